//! `doctor`: what this computer has, what is missing, and how to get it.

use clap::Args;

use super::output;
use crate::diagnostics::diagnostics;
use crate::documents::doctor;
use crate::settings::SettingsFile;

#[derive(Debug, Args)]
pub struct Doctor {
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
    /// Print what a bug report should say: this, changed settings and the last lines of the window's log, without your home folder's name
    #[arg(long, conflicts_with = "json")]
    diagnostics: bool,
}

/// A missing part is a finding, not a failure: the exit code stays 0 and `is_ok` says it.
pub fn run(args: &Doctor, settings: &SettingsFile) -> anyhow::Result<()> {
    if args.diagnostics {
        output::line(diagnostics(settings, None).trim_end())?;
        return Ok(());
    }
    let report = doctor::Doctor::of_this_computer();
    if args.json {
        return output::json(&report);
    }
    output::line(format!("Cutting Room {}", report.version))?;
    for finding in &report.findings {
        let mark = if finding.is_ok { "ok     " } else { "missing" };
        output::line(format!("{mark}  {:<9}  {}", finding.what, finding.detail))?;
    }
    Ok(())
}
