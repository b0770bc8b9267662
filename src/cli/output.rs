//! Results on stdout, everything else on stderr. Whoever reads them may leave (`| head -1`) without ending the work.

use std::io::{self, Write as _};

use serde::Serialize;

/// One line of the result, for people.
pub fn line(text: impl std::fmt::Display) -> io::Result<()> {
    print(&text)
}

/// The command's one JSON document.
pub fn json(document: &impl Serialize) -> anyhow::Result<()> {
    // Serialised first: half a document is worse than none.
    print(&serde_json::to_string_pretty(document)?)?;
    Ok(())
}

/// One line on stderr: progress, warnings, errors. `eprintln!` would panic if nobody reads it.
pub fn note(text: impl std::fmt::Display) {
    // There is nowhere left to report a failure to.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A reader that has left is no failure; a full disk is.
fn print(text: &dyn std::fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
