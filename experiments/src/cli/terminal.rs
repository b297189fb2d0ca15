//! The only place that prints. Results go to standard output, messages to standard error.

use std::io::{self, Write};

use super::Exit;

/// Prints to standard output. A reader that has gone away (`netsim schema | head -1`) is no failure.
pub fn print(text: &str) -> Exit {
    let mut out = anstream::stdout().lock();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            message(&format!("cannot print: {error}"));
            Exit::Failed
        }
        Ok(()) | Err(_) => Exit::Done,
    }
}

/// Prints a line to standard error, coloured only on a terminal. There is nobody left to tell when that fails.
pub fn message(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
