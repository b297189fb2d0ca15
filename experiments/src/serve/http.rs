//! What is common to all answers: who may ask, how much, and what a browser may do with them.

use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

pub(super) use hyper::StatusCode as Status;

/// The header that carries the key of this start of the server.
pub(super) const KEY: &str = "x-netsim-key";
/// Larger requests are refused.
const MOST_BYTES: usize = 1 << 20;
/// A request must have arrived within this time.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) type Answer = Response<Full<Bytes>>;

/// Why a request is not answered as it wishes.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: Status,
    /// In words, for the page to show.
    pub(super) why: String,
    /// What else the page needs to know.
    pub(super) more: Vec<(&'static str, Json)>,
}

impl Refusal {
    pub(super) fn new(status: Status, why: impl Into<String>) -> Self {
        Refusal { status, why: why.into(), more: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: Json) -> Self {
        self.more.push((name, value));
        self
    }

    pub(super) fn answer(self) -> Answer {
        let mut document = json!({ "error": self.why });
        for (name, value) in self.more {
            document[name] = value;
        }
        let mut answer = json(&document);
        *answer.status_mut() = self.status;
        answer
    }
}

/// An answer of this kind of content.
pub(super) fn answer(kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

pub(super) fn json(document: &Json) -> Answer {
    answer("application/json; charset=utf-8", document.to_string())
}

/// Whom we answer, at which address.
#[derive(Clone, Debug)]
pub(super) struct Door {
    hosts: [String; 2],
    key: String,
}

impl Door {
    pub(super) fn new(port: u16, key: String) -> Self {
        Door { hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")], key }
    }

    /// The address of the page.
    pub(super) fn page(&self) -> String {
        format!("http://{}/?key={}", self.hosts[0], self.key)
    }

    pub(super) fn is_key(&self, said: &str) -> bool {
        // Of equal length, all bytes are compared, so that the time tells nothing.
        let (ours, theirs) = (self.key.as_bytes(), said.as_bytes());
        ours.len() == theirs.len() && ours.iter().zip(theirs).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
    }

    /// A name that leads to this machine may be anybody's (DNS rebinding): only the two that we gave out are answered.
    pub(super) fn check_host<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let stranger = || Refusal::new(Status::FORBIDDEN, "this server answers to 127.0.0.1 and localhost only");
        let host = only(request.headers(), &header::HOST).ok_or_else(stranger)?;
        let is_absolute = request.uri().authority().is_some();
        if is_absolute || !self.hosts.iter().any(|own| own == host) { Err(stranger()) } else { Ok(()) }
    }

    /// Only our own page may use the interface: it has the key, and what changes something also comes from our origin.
    pub(super) fn check_caller<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let refused = |why: &str| Err(Refusal::new(Status::FORBIDDEN, why));
        let headers = request.headers();
        let host = only(headers, &header::HOST).unwrap_or_default();
        let is_ours = |origin: &str| origin.strip_prefix("http://") == Some(host);
        let site = only(headers, &HeaderName::from_static("sec-fetch-site"));
        let from_elsewhere = "this request comes from another page";
        match (headers.contains_key(header::ORIGIN), only(headers, &header::ORIGIN)) {
            (true, origin) if !origin.is_some_and(is_ours) => return refused(from_elsewhere),
            (false, _) if *request.method() != Method::GET && site != Some("same-origin") => {
                return refused(from_elsewhere);
            }
            (true | false, _) => {}
        }
        if site.is_some_and(|site| site != "same-origin") {
            return refused(from_elsewhere);
        }
        match only(headers, &HeaderName::from_static(KEY)).is_some_and(|said| self.is_key(said)) {
            true => Ok(()),
            false => refused("this page is of an earlier start of netsim serve: open the address that it printed"),
        }
    }
}

/// The value of a header that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok();
    if values.next().is_some() { None } else { value }
}

/// The JSON that a request carries.
pub(super) async fn document<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Refusal> {
    let kind = only(request.headers(), &header::CONTENT_TYPE).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::new(Status::UNSUPPORTED_MEDIA_TYPE, "requests are JSON"));
    }
    let too_large = || Refusal::new(Status::PAYLOAD_TOO_LARGE, "this is more than 1 MiB, and not taken");
    if request.body().size_hint().lower() > MOST_BYTES as u64 {
        return Err(too_large());
    }
    let body = Limited::new(request.into_body(), MOST_BYTES).collect();
    let body = tokio::time::timeout(PATIENCE, body).await;
    let body = body.map_err(|_| Refusal::new(Status::REQUEST_TIMEOUT, "this request took too long to arrive"))?;
    let body = body.map_err(|_| too_large())?.to_bytes();
    serde_json::from_slice(&body)
        .map_err(|error| Refusal::new(Status::BAD_REQUEST, format!("this request is not understood: {error}")))
}

/// What an answer is, for the browser's rules.
#[derive(Clone, Debug)]
pub(super) enum Rules {
    /// Our own page and its files. Its styles carry this word.
    Page(String),
    /// What a run wrote. It may hold scripts, which must reach nothing: it has no origin, like a page from elsewhere.
    Results,
}

/// Puts the browser's rules on an answer.
pub(super) fn guard(mut answer: Answer, rules: &Rules) -> Answer {
    let policy = match rules {
        Rules::Page(nonce) => format!(
            "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
             connect-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        ),
        Rules::Results => "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; \
             style-src 'unsafe-inline'; img-src 'self' data: blob:; font-src data:; frame-ancestors 'self'; \
             base-uri 'none'; form-action 'none'"
            .to_owned(),
    };
    let policy = HeaderValue::from_str(&policy).expect("a policy is printable");
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Rules::Page(_) = rules {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("same-origin"));
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri("/api/save");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request")
    }

    fn door() -> Door {
        Door::new(8787, "abc".into())
    }

    #[test]
    fn only_our_own_names_are_answered() {
        let check = |headers: &[(&str, &str)]| door().check_host(&request(Method::GET, headers)).is_ok();
        assert!(check(&[("host", "127.0.0.1:8787")]) && check(&[("host", "localhost:8787")]));
        for headers in [
            &[][..],
            &[("host", "127.0.0.1")],
            &[("host", "127.0.0.1:80")],
            &[("host", "netsim.example:8787")],
            &[("host", "127.0.0.1:8787"), ("host", "netsim.example")],
        ] {
            assert!(!check(headers), "{headers:?}");
        }
    }

    #[test]
    fn only_our_own_page_changes_anything() {
        let own = [("host", "localhost:8787"), (KEY, "abc")];
        let check = |method: Method, more: &[(&str, &str)]| {
            door().check_caller(&request(method, &[&own[..], more].concat())).is_ok()
        };
        assert!(check(Method::POST, &[("origin", "http://localhost:8787")]));
        assert!(check(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(check(Method::GET, &[]));
        for more in [
            &[][..],
            &[("origin", "http://127.0.0.1:8787")],
            &[("origin", "null")],
            &[("origin", "http://localhost:8787"), ("sec-fetch-site", "cross-site")],
            &[("origin", "http://localhost:8787"), ("origin", "http://elsewhere.example")],
        ] {
            assert!(!check(Method::POST, more), "{more:?}");
        }
        assert!(!check(Method::GET, &[("origin", "http://elsewhere.example")]));
        assert!(!check(Method::GET, &[("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn the_key_must_be_right() {
        for key in ["", "ab", "abd", "abcd"] {
            let headers = [("host", "localhost:8787"), (KEY, key), ("origin", "http://localhost:8787")];
            assert!(door().check_caller(&request(Method::POST, &headers)).is_err(), "{key}");
        }
    }
}
