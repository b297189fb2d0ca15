//! `netsim serve` over real connections to this machine: what it answers, what it refuses, and what it leaves behind.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

const EXPERIMENT: &str = r#"{
  // Two routers and what is between them.
  "title": "A cable is cut",
  "teaches": "Packets find no way.",
  "duration": "10 s",
  "topology": {
    "nodes": [ "a", { "name": "A", "kind": "router" }, { "name": "B", "kind": "router" }, "b" ],
    "links": [
      { "from": "a", "to": "A" },
      { "from": "A", "to": "B", "bandwidth": "1 Mbps" }, // narrow
      { "from": "B", "to": "b" }
    ]
  },
  "flows": [
    { "name": "f", "from": "a", "to": "b", "udp": { "constant": { "rate": "80 kbps", "packet_size": "1000 B" } } }
  ]
}
"#;

/// A run that would take hours.
const ENDLESS: &str = r#"{
  "title": "Without end", "duration": "1000000 s", "sample_interval": "1000 s",
  "topology": { "shape": "dumbbell", "pairs": 1 },
  "flows": [ { "name": "f", "from": "left1", "to": "right1", "tcp": {} } ]
}
"#;

/// Reports and answers are waited for no longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

struct Served {
    folder: TempDir,
    /// Where the server makes its temporary folder.
    temporary: TempDir,
    child: Child,
    port: u16,
    key: String,
}

/// An answer: its status, its head in lower case, its body.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Served {
    /// Serves a folder with `a.json` and `endless.json`, and a map that is no experiment.
    fn start(arguments: &[&str]) -> Served {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("more")).unwrap();
        for (name, text) in [("a.json", EXPERIMENT), ("more/endless.json", ENDLESS), ("map.json", "{ \"nodes\": [] }")]
        {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Served::start_in(folder, arguments)
    }

    fn start_in(folder: TempDir, arguments: &[&str]) -> Served {
        let temporary = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_netsim"))
            .arg("serve")
            .arg(folder.path())
            .args(["--port", "0"])
            .args(arguments)
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find(|line| line.contains("?key=")).expect("an address");
        let (port, key) = address.trim().strip_prefix("http://127.0.0.1:").unwrap().split_once("/?key=").unwrap();
        Served { folder, temporary, child, port: port.parse().unwrap(), key: key.to_owned() }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Sends bytes as they are, and reads until the other end closes.
    fn raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // The server may have refused and closed before all is sent.
        let _ = stream.write_all(request.as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head, body: bytes[end..].to_vec() }
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        self.raw(&format!("{request}\r\n{body}"))
    }

    fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[("Host", &self.host()), ("X-Netsim-Key", &self.key)], "")
    }

    /// As the page does it.
    fn post(&self, what: &str, document: &Json) -> Answer {
        let (host, origin) = (self.host(), format!("http://{}", self.host()));
        let headers = [
            ("Host", host.as_str()),
            ("Origin", &origin),
            ("X-Netsim-Key", &self.key),
            ("Content-Type", "application/json"),
        ];
        self.request("POST", &format!("/api/{what}"), &headers, &document.to_string())
    }

    fn open(&self, file: &str) -> Json {
        let answer = self.post("open", &json!({ "file": file }));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    fn on_disk(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).unwrap()
    }

    /// Runs `text` until it has ended; returns how.
    fn run(&self, file: &str, text: &str) -> Json {
        let begun = self.post("run", &json!({ "file": file, "text": text }));
        assert_eq!(begun.status, 200, "{begun:?}");
        self.ended(begun.json()["id"].as_str().unwrap())
    }

    fn ended(&self, job: &str) -> Json {
        for _ in 0..1200 {
            let said = self.post("progress", &json!({ "job": job })).json();
            if said["state"] == "ended" {
                return said;
            }
            pause();
        }
        panic!("a run does not end");
    }
}

/// Between two looks at a run.
#[expect(clippy::disallowed_methods, reason = "a test waits for another process")]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn experiments_are_listed_and_opened() {
    let served = Served::start(&[]);
    let listed = served.get("/api/experiments?check").json();
    let files: Vec<&str> =
        listed["experiments"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["a.json", "more/endless.json"], "the map is no experiment");
    assert_eq!(listed["experiments"][0]["title"], "A cable is cut");
    assert_eq!(listed["experiments"][0]["teaches"], "Packets find no way.");
    assert_eq!(listed["experiments"][0]["ok"], true);
    let opened = served.open("a.json");
    assert_eq!(opened["text"], EXPERIMENT);
    assert_eq!(served.get("/api/schema").json()["title"], "A netsim experiment");
    assert_eq!(served.get("/api/about").json()["limit_s"], 60);
}

#[test]
fn the_page_comes_with_its_files_and_strict_rules() {
    let served = Served::start(&[]);
    let page = served.get(&format!("/?key={}", served.key));
    assert_eq!(page.status, 200);
    assert!(page.text().contains(&served.key) && !page.text().contains("{{"));
    for path in ["/serve.js", "/serve.css", "/vendor/editor.js"] {
        assert_eq!(served.get(path).status, 200, "{path}");
    }
    for rule in [
        "content-security-policy: default-src 'none'",
        "frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
        "referrer-policy: no-referrer",
        "cross-origin-opener-policy: same-origin",
    ] {
        assert!(page.head.contains(rule), "{rule} is missing in {}", page.head);
    }
    assert!(!page.head.contains("access-control"));
    // Others on this machine do not have the key.
    for path in ["/", "/?key=", "/?key=0123456789abcdef0123456789abcdef"] {
        let locked = served.get(path);
        assert_eq!(locked.status, 403, "{path}");
        assert!(!locked.text().contains(&served.key));
    }
}

#[test]
fn an_error_is_found_at_its_line_as_one_types() {
    let served = Served::start(&[]);
    let text = EXPERIMENT.replace("\"narrow\"", "").replace("\"bandwidth\"", "\"bandwith\"");
    let said = served.post("check", &json!({ "file": "a.json", "text": text })).json();
    assert_eq!(said["ok"], false);
    let remark = &said["remarks"][0];
    assert_eq!((remark["severity"].as_str(), remark["line"].as_u64()), (Some("error"), Some(10)));
    assert_eq!(remark["suggestion"], "bandwidth");
    let from = remark["from"].as_u64().unwrap() as usize;
    assert!(text[from..].starts_with("\"bandwith\""), "places are those of the text: it has ASCII only");
    let fine = served.post("check", &json!({ "file": "a.json", "text": EXPERIMENT })).json();
    assert_eq!(fine["ok"], true, "{fine}");
    let outline = &fine["outline"];
    assert_eq!(outline["cables"][1]["name"], "A-B");
    assert_eq!(outline["cables"][1]["forward"]["bandwidth"], "1 Mbps");
    assert_eq!(outline["nodes"][1]["router"], true);
    assert!(outline["nodes"][1]["place"][0].is_number());
    assert_eq!(outline["seconds"], 10.0);
}

#[test]
fn a_text_is_saved_unless_the_file_has_changed_meanwhile() {
    let served = Served::start(&[]);
    let opened = served.open("a.json");
    let longer = EXPERIMENT.replace("10 s", "20 s");
    let saved = served.post("save", &json!({ "file": "a.json", "text": longer, "version": opened["version"] }));
    assert_eq!(saved.status, 200, "{saved:?}");
    assert_eq!(served.on_disk("a.json"), longer);
    // The version of before is now another's.
    let theirs = served.post("save", &json!({ "file": "a.json", "text": EXPERIMENT, "version": opened["version"] }));
    assert_eq!(theirs.status, 409);
    assert_eq!(theirs.json()["on_disk"]["text"], longer);
    assert_eq!(theirs.json()["on_disk"]["version"], saved.json()["version"]);
    assert_eq!(served.on_disk("a.json"), longer);
    // Unfinished texts are saved, but not what is no experiment.
    let version = saved.json()["version"].clone();
    let half = format!("{longer} {{");
    let unfinished = served.post("save", &json!({ "file": "a.json", "text": half, "version": version }));
    assert_eq!(unfinished.status, 200);
    let version = unfinished.json()["version"].clone();
    let none = served.post("save", &json!({ "file": "a.json", "text": "{ \"title\": \"t\" }", "version": version }));
    assert_eq!(none.status, 422);
    assert_eq!(served.on_disk("a.json"), half);
}

#[test]
fn a_run_leaves_its_results_in_a_temporary_folder_that_goes_at_the_end() {
    let mut served = Served::start(&[]);
    let ended = served.run("a.json", EXPERIMENT);
    assert_eq!(ended["outcome"], "done", "{ended}");
    assert!(ended["progress"]["events"].as_u64().unwrap() > 0);
    assert_eq!(ended["is_report"], true);
    let page = ended["page"].as_str().unwrap();
    let folder = &page[..page.rfind('/').unwrap()];
    let report = served.get(page);
    assert_eq!(report.status, 200);
    assert!(report.text().contains("A cable is cut"));
    for rule in
        ["content-security-policy: sandbox allow-scripts", "frame-ancestors 'self'", "x-content-type-options: nosniff"]
    {
        assert!(report.head.contains(rule), "{rule} is missing in {}", report.head);
    }
    let summary = served.get(&format!("{folder}/summary.json"));
    assert!(summary.json().is_object(), "{summary:?}");
    let overview = served.get(&format!("{folder}/overview.html")).text();
    let chart = overview.split("<img src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a chart");
    let chart = served.get(&format!("{folder}/{chart}"));
    assert!(chart.status == 200 && chart.head.contains("image/svg+xml"), "{chart:?}");
    assert!(!overview.contains(&served.temporary.path().display().to_string()));
    for path in ["nothing.json", "..%2f..%2fa.json", "../a.json", "%2e%2e/a.json", "/etc/passwd", "charts", ""] {
        assert_eq!(served.get(&format!("{folder}/{path}")).status, 404, "{path}");
    }
    assert_eq!(served.get("/results/0123456789abcdef0123456789abcdef/summary.json").status, 404);
    let left: Vec<_> = fs::read_dir(served.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "nothing is written beside the experiments: {left:?}");
    assert_eq!(fs::read_dir(served.temporary.path()).unwrap().count(), 1);
    if cfg!(unix) {
        let pid = served.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert_eq!(served.child.wait().unwrap().code(), Some(0));
        assert_eq!(fs::read_dir(served.temporary.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_missed_expectation_and_an_error_are_said_in_words() {
    let served = Served::start(&[]);
    let missed = EXPERIMENT.replace(
        "\"flows\"",
        "\"expect\": [ { \"flow\": \"f\", \"delivered_bytes\": { \"at_most\": \"1 B\" } } ],\n  \"flows\"",
    );
    let ended = served.run("a.json", &missed);
    assert_eq!(
        (ended["outcome"].as_str(), ended["words"].as_str()),
        (Some("missed"), Some("One expectation was missed.")),
        "{ended}"
    );
    let ended = served.run("a.json", &EXPERIMENT.replace("80 kbps", "80 kb"));
    assert_eq!(ended["outcome"], "invalid");
    assert_eq!(ended["remarks"][0]["line"], 15);
    assert!(ended["page"].is_null());
}

#[test]
fn a_run_over_the_limit_is_stopped() {
    let served = Served::start(&["--limit", "1"]);
    let ended = served.run("more/endless.json", ENDLESS);
    assert_eq!(ended["outcome"], "limit", "{ended}");
    assert!(ended["words"].as_str().unwrap().contains("more than 1 s"));
    assert_eq!(served.get(ended["page"].as_str().unwrap()).status, 200, "what there was is shown");
}

#[test]
fn a_run_is_stopped_by_the_user_or_by_the_next_one() {
    let served = Served::start(&[]);
    let begin = || served.post("run", &json!({ "file": "more/endless.json", "text": ENDLESS })).json();
    let first = begin();
    let second = begin();
    let ended = served.ended(first["id"].as_str().unwrap());
    assert_eq!(ended["outcome"], "stopped");
    let id = second["id"].as_str().unwrap();
    for _ in 0..200 {
        if served.post("progress", &json!({ "job": id })).json()["progress"]["now_s"].as_f64() > Some(0.0) {
            break;
        }
        pause();
    }
    assert_eq!(served.post("stop", &json!({ "job": id })).status, 200);
    let ended = served.ended(id);
    assert_eq!(ended["outcome"], "stopped");
    assert!(ended["progress"]["now_s"].as_f64().unwrap() > 0.0);
}

#[test]
fn what_is_too_large_for_a_page_is_not_run() {
    let served = Served::start(&[]);
    let large = ENDLESS
        .replace("1000000 s", "1000 s")
        .replace("1000 s\",\n", "1 ms\",\n")
        .replace("\"pairs\": 1", "\"pairs\": 100");
    let ended = served.run("more/endless.json", &large);
    assert_eq!(ended["outcome"], "refused", "{ended}");
    assert!(ended["words"].as_str().unwrap().contains("netsim run"), "{ended}");
}

#[test]
fn a_click_becomes_a_line_of_the_text() {
    let served = Served::start(&[]);
    let edit = json!({ "event": { "at": "4 s", "link_down": "A-B" } });
    let edited = served.post("edit", &json!({ "text": EXPERIMENT, "edit": edit }));
    assert_eq!(edited.status, 200, "{edited:?}");
    let edited = edited.json();
    let line = r#"{ "at": "4 s", "link_down": "A-B" }"#;
    let expected = EXPERIMENT.replace("\n  ]\n}\n", &format!("\n  ],\n  \"events\": [\n    {line}\n  ]\n}}\n"));
    assert_eq!(edited["text"], expected);
    let (from, to) = (edited["from"].as_u64().unwrap() as usize, edited["to"].as_u64().unwrap() as usize);
    assert!(expected[from..to].contains(line));
    let outline = served.post("check", &json!({ "file": "a.json", "text": expected })).json();
    assert_eq!(outline["outline"]["events"][0]["seconds"], 4.0, "{outline}");
    let impossible = served.post("edit", &json!({ "text": EXPERIMENT, "edit": { "remove_event": 0 } }));
    assert_eq!(impossible.status, 422);
    assert!(impossible.json()["error"].as_str().unwrap().contains("no event 0"));
}

#[test]
fn strangers_are_refused() {
    let served = Served::start(&[]);
    let (host, key) = (served.host(), served.key.clone());
    let origin = format!("http://{host}");
    let document = json!({ "file": "a.json" }).to_string();
    let kind = ("Content-Type", "application/json");
    let check = |headers: &[(&str, &str)], status: u16| {
        let answer = served.request("POST", "/api/open", headers, &document);
        assert_eq!(answer.status, status, "{headers:?}: {answer:?}");
        assert!(!answer.head.contains("access-control"));
    };
    let own = [("Host", host.as_str()), ("Origin", &origin), ("X-Netsim-Key", &key), kind];
    check(&own, 200);
    check(&[("Host", &host), ("Sec-Fetch-Site", "same-origin"), ("X-Netsim-Key", &key), kind], 200);
    // Another name that leads here, another page, no key, a key of before.
    check(&[("Host", "netsim.example"), own[1], own[2], kind], 403);
    check(&[("Host", &format!("netsim.example:{}", served.port)), own[1], own[2], kind], 403);
    check(&[own[1], own[2], kind], 403);
    check(&[own[0], ("Origin", "http://netsim.example"), own[2], kind], 403);
    check(&[own[0], ("Origin", "null"), own[2], kind], 403);
    check(&[own[0], own[2], kind], 403);
    check(&[own[0], own[1], kind], 403);
    check(&[own[0], own[1], ("X-Netsim-Key", "0123456789abcdef0123456789abcdef"), kind], 403);
    check(&[own[0], own[1], own[2], ("Sec-Fetch-Site", "cross-site"), kind], 403);
    // A form of another page can send these without asking.
    check(&[own[0], own[1], own[2], ("Content-Type", "text/plain")], 415);
    assert_eq!(served.request("GET", "/api/experiments", &[own[0]], "").status, 403);
    assert_eq!(served.request("OPTIONS", "/api/open", &[own[0], ("Origin", "http://netsim.example")], "").status, 403);
}

#[test]
fn nothing_outside_of_the_folder_is_read_or_written() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.json"), EXPERIMENT).unwrap();
    fs::write(outside.path().join("trace.txt"), "0.5 10\n1 20\n").unwrap();
    let served = Served::start(&[]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path().join("secret.json"), served.folder.path().join("link.json")).unwrap();
        std::os::unix::fs::symlink(outside.path(), served.folder.path().join("away")).unwrap();
    }
    let absolute = outside.path().join("secret.json").display().to_string();
    let name = outside.path().file_name().unwrap().to_string_lossy().into_owned();
    let climbing = format!("../{name}/secret.json");
    for file in
        [absolute.as_str(), &climbing, "link.json", "away/secret.json", "a.json/../../x.json", "..", "", "a.txt"]
    {
        for (what, document) in [
            ("open", json!({ "file": file })),
            ("check", json!({ "file": file, "text": EXPERIMENT })),
            ("save", json!({ "file": file, "text": EXPERIMENT, "version": "" })),
            ("run", json!({ "file": file, "text": EXPERIMENT })),
        ] {
            assert_eq!(served.post(what, &document).status, 404, "{what} {file}");
        }
    }
    let map = served.post("save", &json!({ "file": "map.json", "text": EXPERIMENT, "version": "" }));
    assert_eq!(map.status, 422, "only experiments are written: {map:?}");
    assert_eq!(served.on_disk("map.json"), "{ \"nodes\": [] }");
    for path in ["/../Cargo.toml", "/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "/a.json", "/serve.js/..", "//serve.js"]
    {
        assert_eq!(served.get(path).status, 404, "{path}");
    }
    // Nor what an experiment names.
    for named in [
        outside.path().join("trace.txt").display().to_string(),
        format!("../{name}/trace.txt"),
        "away/trace.txt".into(),
    ] {
        let text = EXPERIMENT.replace("\"bandwidth\": \"1 Mbps\"", &format!("\"bandwidth_trace\": \"{named}\""));
        let said = served.post("check", &json!({ "file": "a.json", "text": text })).json();
        let message = said["remarks"][0]["message"].as_str().unwrap();
        assert!(message.contains("outside of the folder"), "{named}: {message}");
        assert_eq!(served.run("a.json", &text)["outcome"], "invalid");
    }
    fs::copy(outside.path().join("trace.txt"), served.folder.path().join("more/trace.txt")).unwrap();
    let text = EXPERIMENT.replace("\"bandwidth\": \"1 Mbps\"", "\"bandwidth_trace\": \"more/trace.txt\"");
    assert_eq!(served.post("check", &json!({ "file": "a.json", "text": text })).json()["ok"], true);
    assert_eq!(fs::read_to_string(outside.path().join("secret.json")).unwrap(), EXPERIMENT);
}

#[test]
fn requests_are_bounded_and_must_make_sense() {
    let served = Served::start(&[]);
    let too_large = json!({ "file": "a.json", "text": "x".repeat(1 << 20) });
    assert_eq!(served.post("check", &too_large).status, 413);
    for (what, document) in [
        ("open", json!({})),
        ("open", json!({ "file": 3 })),
        ("open", json!({ "file": "a.json", "more": 1 })),
        ("edit", json!({ "text": EXPERIMENT, "edit": { "explode": 1 } })),
    ] {
        assert_eq!(served.post(what, &document).status, 400, "{what} {document}");
    }
    assert_eq!(served.post("nothing", &json!({})).status, 404);
    assert_eq!(served.post("progress", &json!({ "job": "of yesterday" })).status, 404);
    assert_eq!(served.get("/api/open").status, 404);
    assert_eq!(served.get("/nothing").status, 404);
    let host = served.host();
    assert_eq!(served.request("POST", "/", &[("Host", &host)], "").status, 405);
    assert_eq!(served.raw("nonsense\r\n\r\n").status, 400);
    assert_eq!(
        served.raw(&format!("GET http://{host}/serve.js HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).status,
        403
    );
    let long = "x".repeat(200_000);
    assert!(matches!(served.raw(&format!("GET /{long} HTTP/1.1\r\nHost: {host}\r\n\r\n")).status, 414 | 431 | 0));
}

#[test]
fn who_sends_slowly_is_not_waited_for() {
    let served = Served::start(&[]);
    let head = served.raw("GET / HTTP/1.1\r\nHost:");
    assert!(matches!(head.status, 0 | 408), "the connection is closed: {head:?}");
    let (host, key) = (served.host(), &served.key);
    let body = served.raw(&format!(
        "POST /api/open HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nX-Netsim-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{{"
    ));
    assert_eq!(body.status, 408, "{body:?}");
}

#[test]
fn a_port_that_is_taken_is_an_error_only_if_it_was_asked_for() {
    let served = Served::start(&[]);
    let again = Command::new(env!("CARGO_BIN_EXE_netsim"))
        .args(["serve", "--port", &served.port.to_string()])
        .arg(served.folder.path())
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&again.stderr).contains("cannot listen on port"));
    let nowhere =
        Command::new(env!("CARGO_BIN_EXE_netsim")).arg("serve").arg(Path::new("no/such/folder")).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("no/such/folder"));
}
