//! Results on stdout. A closed pipe comes back as an error, which `exit_code` knows to be success.

use std::io::{self, Write as _};

use serde::Serialize;

/// One line for people.
pub fn line(text: impl std::fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// The command's one JSON document.
pub fn json(document: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    // Serialised first: half a document is worse than none.
    let text = serde_json::to_string_pretty(document)?;
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}
