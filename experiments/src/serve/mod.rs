//! `netsim serve`: a page on this machine that lists experiments, edits and runs them, and shows their reports.
//!
//! ```text
//! browser --HTTP, 127.0.0.1--> http: who may ask? --> api --+-- files    the folder: listing, reading, saving
//!                                                           +-- outline  checking a text; its network
//!                                                           +-- edit     changes by clicking, as text
//!                                                           +-- jobs     runs, into a temporary folder
//! ```
//!
//! Everything is bounded: requests in size, time and number, runs in time and size. What the page may do, and how it is kept
//! from others, is in `docs/serve.md`.

mod api;
pub mod edit;
mod files;
mod http;
mod jobs;
mod outline;
mod page;

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};

use self::api::Server;
use self::files::Served;
use self::http::Door;
use self::jobs::Jobs;
use crate::cli::{Exit, terminal};

/// The port if none is asked for, and it is free.
pub const PORT: u16 = 8787;
/// Connections at once; others wait.
const MOST_CONNECTIONS: usize = 64;
/// A request's head must arrive within this time.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection is closed after this time, whatever it does; browsers open another.
const LIFE_OF_A_CONNECTION: Duration = Duration::from_secs(120);
/// What still runs at the end is given this time.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What `netsim serve` is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeOptions {
    /// The folder with the experiments.
    pub folder: PathBuf,
    /// The port; 0 for any that is free. If not said, [`PORT`], or another if that is taken.
    pub port: Option<u16>,
    /// Whether the browser is opened.
    pub open: bool,
    /// How long a run may take.
    pub limit: Duration,
}

/// Serves until Ctrl-C.
pub fn serve(options: &ServeOptions) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let failed = |doing: &str, error: io::Error| {
        terminal::message(&format!("cannot {doing}: {error}"));
        Exit::Failed
    };
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed("start the server", error),
    };
    let served = match Served::open(&options.folder) {
        Ok(served) => served,
        Err(error) => return failed(&format!("serve {}", options.folder.display()), error),
    };
    let jobs = match Jobs::new(options.limit) {
        Ok(jobs) => jobs,
        Err(error) => return failed("make a temporary folder for results", error),
    };
    let listener = match runtime.block_on(listen(options.port)) {
        Ok(listener) => listener,
        Err(error) => return failed(&format!("listen on port {}", options.port.unwrap_or(PORT)), error),
    };
    let port = match listener.local_addr() {
        Ok(address) => address.port(),
        Err(error) => return failed("listen", error),
    };
    let server = Arc::new(Server::new(Door::new(port, secret()), served, jobs, &options.folder));
    let address = server.door.page();
    let count = server.served.list().len();
    let said = terminal::print(&format!(
        "{count} experiment{} of {} at\n  {address}\nfor programs on this machine only; Ctrl-C ends it\n",
        if count == 1 { "" } else { "s" },
        options.folder.display()
    ));
    if options.open
        && let Err(error) = open::that_detached(&address)
    {
        terminal::message(&format!("cannot open a browser ({error}): open the address above"));
    }
    runtime.block_on(accept(&listener, &server, &interrupted()));
    server.jobs.stop_all();
    // Runs stop between two events, but drawings are drawn to their end; the folder goes when nobody writes into it.
    runtime.shutdown_timeout(LAST_WORDS);
    said
}

async fn listen(port: Option<u16>) -> io::Result<TcpListener> {
    let on = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match port {
        Some(port) => on(port).await,
        None => match on(PORT).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => on(0).await,
            listener => listener,
        },
    }
}

/// Told when the user presses Ctrl-C. Pressed again, it ends everything at once.
fn interrupted() -> Arc<Notify> {
    let notify = Arc::new(Notify::new());
    let (told, was_pressed) = (notify.clone(), AtomicBool::new(false));
    // Where one cannot listen, the system's own answer to Ctrl-C remains.
    let _ = ctrlc::set_handler(move || {
        if was_pressed.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
        told.notify_one();
    });
    notify
}

async fn accept(listener: &TcpListener, server: &Arc<Server>, end: &Notify) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await.expect("it is never closed");
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            () = end.notified() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let server = server.clone();
                tokio::spawn(async move {
                    converse(stream, server).await;
                    drop(place);
                });
            }
            // Too many open files, perhaps: some will be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Answers the requests of one connection.
async fn converse(stream: TcpStream, server: Arc<Server>) {
    let service = service_fn(move |request| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(server.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // Whatever goes wrong with a connection is the matter of its other end.
    let is_over = tokio::time::timeout(LIFE_OF_A_CONNECTION, connection.as_mut()).await.is_ok();
    if !is_over {
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(PATIENCE, connection).await;
    }
}

/// A word that nobody can guess: 128 random bits.
fn secret() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
