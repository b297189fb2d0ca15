//! The page itself: its files are in `experiments/page/serve`, and are part of the program.

use super::http::{self, Answer, Status};

/// A file of the page, embedded.
macro_rules! page_file {
    ($name:literal) => {
        include_str!(concat!("../../page/serve/", $name))
    };
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Where each file is found, and what it is.
const FILES: &[(&str, &str, &str)] = &[
    ("/serve.css", "text/css; charset=utf-8", page_file!("serve.css")),
    ("/serve.js", SCRIPT, page_file!("serve.js")),
    ("/api.js", SCRIPT, page_file!("api.js")),
    ("/complete.js", SCRIPT, page_file!("complete.js")),
    ("/dom.js", SCRIPT, page_file!("dom.js")),
    ("/editor.js", SCRIPT, page_file!("editor.js")),
    ("/list.js", SCRIPT, page_file!("list.js")),
    ("/network.js", SCRIPT, page_file!("network.js")),
    ("/parameters.js", SCRIPT, page_file!("parameters.js")),
    ("/run.js", SCRIPT, page_file!("run.js")),
    ("/vendor/editor.js", SCRIPT, page_file!("vendor/editor.js")),
];

/// The page with the key that its requests must carry, and the word that its styles must.
pub(super) fn index(key: &str, nonce: &str) -> Answer {
    let page = page_file!("index.html").replace("{{key}}", key).replace("{{nonce}}", nonce);
    http::answer("text/html; charset=utf-8", page)
}

/// What somebody sees who has no key.
pub(super) fn locked() -> Answer {
    let mut answer = http::answer("text/html; charset=utf-8", page_file!("locked.html"));
    *answer.status_mut() = Status::FORBIDDEN;
    answer
}

/// Another file of the page.
pub(super) fn file(path: &str) -> Option<Answer> {
    let (_, kind, text) = FILES.iter().find(|(known, ..)| *known == path)?;
    Some(http::answer(kind, *text))
}
