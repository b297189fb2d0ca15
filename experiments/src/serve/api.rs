//! What is asked for at which address, and the answers. `docs/serve.md` describes them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;

use super::edit::Edit;
use super::files::{Listed, Served};
use super::http::{self, Answer, Door, Refusal, Rules, Status};
use super::jobs::Jobs;
use super::outline::{self, Drawings, utf16};
use super::page;
use crate::file::schema_text;

/// Checking all experiments for the list takes at most this long; the rest stay unchecked.
const LIST_FOR: Duration = Duration::from_secs(30);

/// All that requests share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) door: Door,
    pub(super) served: Served,
    pub(super) jobs: Jobs,
    /// The folder as the user calls it.
    shown: String,
    drawings: Drawings,
    /// Checks go one at a time: one of a large network takes much memory.
    checking: Semaphore,
    /// Whether each state of a file checks.
    checked: Mutex<BTreeMap<(String, String), bool>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAndText {
    file: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saving {
    file: String,
    text: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Editing {
    text: String,
    edit: Edit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfJob {
    job: String,
}

impl Server {
    pub(super) fn new(door: Door, served: Served, jobs: Jobs, folder: &Path) -> Self {
        let shown = folder.display().to_string();
        let (drawings, checking, checked) = (Drawings::default(), Semaphore::new(1), Mutex::default());
        Server { door, served, jobs, shown, drawings, checking, checked }
    }

    /// The answer to a request, whatever it is.
    pub(super) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Answer {
        let nonce = super::secret();
        let rules = match request.uri().path().starts_with("/results/") {
            true => Rules::Results,
            false => Rules::Page(nonce.clone()),
        };
        let answered = match self.door.check_host(&request) {
            Ok(()) => self.answered(request, &nonce).await,
            Err(refusal) => Err(refusal),
        };
        http::guard(answered.unwrap_or_else(Refusal::answer), &rules)
    }

    async fn answered(self: Arc<Self>, request: Request<Incoming>, nonce: &str) -> Result<Answer, Refusal> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        if let Some(rest) = path.strip_prefix("/api/") {
            self.door.check_caller(&request)?;
            let document = self.interface(rest, request).await?;
            return Ok(http::json(&document));
        }
        let wrong_method = || Refusal::new(Status::METHOD_NOT_ALLOWED, "this can only be read");
        let nothing = || Refusal::new(Status::NOT_FOUND, "there is nothing at this address");
        if method != Method::GET && method != Method::HEAD {
            return Err(wrong_method());
        }
        if let Some(rest) = path.strip_prefix("/results/") {
            let (id, name) = rest.split_once('/').ok_or_else(nothing)?;
            let name = percent_encoding::percent_decode_str(name).decode_utf8().map_err(|_| nothing())?.into_owned();
            let job = self.jobs.find(id).ok_or_else(nothing)?;
            let result = tokio::task::spawn_blocking(move || job.result(&name)).await;
            let (kind, bytes) = result.ok().flatten().ok_or_else(nothing)?;
            return Ok(http::answer(kind, bytes));
        }
        if path == "/" {
            let query = request.uri().query().unwrap_or_default();
            let key = query.split('&').find_map(|part| part.strip_prefix("key=")).unwrap_or_default();
            return Ok(match self.door.is_key(key) {
                true => page::index(key, nonce),
                false => page::locked(),
            });
        }
        page::file(&path).ok_or_else(nothing)
    }

    async fn interface(self: &Arc<Self>, what: &str, request: Request<Incoming>) -> Result<Json, Refusal> {
        match (request.method().as_str(), what) {
            ("GET", "about") => Ok(json!({
                "netsim": env!("CARGO_PKG_VERSION"),
                "folder": self.shown,
                "limit_s": self.jobs.limit().as_secs(),
            })),
            ("GET", "schema") => Ok(serde_json::from_str(&schema_text()).expect("a schema is JSON")),
            ("GET", "experiments") => self.list(request.uri().query() == Some("check")).await,
            ("POST", "open") => {
                let Named { file } = http::document(request).await?;
                let text = self.blocking(move |server| server.served.read(&file)).await?;
                Ok(serde_json::to_value(&text).expect("a text is JSON"))
            }
            ("POST", "check") => {
                let FileAndText { file, text } = http::document(request).await?;
                self.heavy(move |server| {
                    let around = server.served.around(&file)?;
                    outline::document(&around, &file, &text, &server.drawings)
                })
                .await
            }
            ("POST", "save") => {
                let Saving { file, text, version } = http::document(request).await?;
                let saved = self.blocking(move |server| server.served.save(&file, &text, &version)).await?;
                Ok(json!({ "file": saved.file, "version": saved.version }))
            }
            ("POST", "edit") => {
                let Editing { text, edit } = http::document(request).await?;
                let edited = edit.apply(&text).map_err(|why| Refusal::new(Status::UNPROCESSABLE_ENTITY, why))?;
                let (from, to) = (utf16(&edited.text, edited.changed.start), utf16(&edited.text, edited.changed.end));
                Ok(json!({ "text": edited.text, "from": from, "to": to }))
            }
            ("POST", "run") => {
                let FileAndText { file, text } = http::document(request).await?;
                let around = self.served.around(&file)?;
                Ok(self.jobs.begin(&file, text, around).document())
            }
            ("POST", "progress") => Ok(self.job(request).await?.document()),
            ("POST", "stop") => {
                let job = self.job(request).await?;
                job.stop_asked();
                Ok(job.document())
            }
            _ => Err(Refusal::new(Status::NOT_FOUND, "the interface has nothing of this name")),
        }
    }

    async fn job(&self, request: Request<Incoming>) -> Result<Arc<super::jobs::Job>, Refusal> {
        let OfJob { job } = http::document(request).await?;
        self.jobs.find(&job).ok_or_else(|| Refusal::new(Status::NOT_FOUND, "this run is not known any more"))
    }

    /// Does what waits for the file system.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Server) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let server = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&server)).await;
        done.unwrap_or_else(|_| {
            Err(Refusal::new(Status::INTERNAL_SERVER_ERROR, "a fault of netsim; the terminal says more"))
        })
    }

    /// Does what takes time and memory, one after the other.
    async fn heavy<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Server) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let _turn = self.checking.acquire().await.expect("it is never closed");
        self.blocking(work).await
    }

    /// The experiments; with whether each checks, if that is wanted.
    async fn list(self: &Arc<Self>, with_checks: bool) -> Result<Json, Refusal> {
        let listed = self.blocking(|server| Ok(server.served.list())).await?;
        let mut entries = Vec::new();
        let until = tokio::time::Instant::now() + LIST_FOR;
        for one in listed {
            let Listed { file, .. } = &one;
            let file = file.clone();
            let mut entry = serde_json::to_value(&one).expect("an entry is JSON");
            if with_checks && tokio::time::Instant::now() < until {
                entry["ok"] = self.heavy(move |server| Ok(server.is_ok(&file))).await?.into();
            }
            entries.push(entry);
        }
        Ok(json!({ "experiments": entries }))
    }

    /// Whether an experiment checks, which is remembered for the state that its file is in.
    fn is_ok(&self, file: &str) -> bool {
        let known = || self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let (Ok(text), Ok(around)) = (self.served.read(file), self.served.around(file)) else { return false };
        let key = (file.to_owned(), text.version);
        if let Some(&ok) = known().get(&key) {
            return ok;
        }
        let ok = outline::check(&around, file, &text.text).is_ok();
        let mut known = known();
        known.retain(|(other, _), _| other != file);
        known.insert(key, ok);
        ok
    }
}
