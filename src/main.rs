//! The program: allocator, command line or window, exit code.

mod allocator;

use std::collections::BTreeMap;
use std::process::ExitCode;

use cutting_room::cli::{self, Cli};

fn main() -> ExitCode {
    allocator::set_up();
    let Cli {
        project,
        command,
        verbose,
    } = Cli::parsed();
    cli::exit_code(match command {
        Some(command) => cli::run(command, verbose, check_keys),
        None => window(project, verbose),
    })
}

#[cfg(feature = "gui")]
fn window(project: Option<std::path::PathBuf>, verbosity: u8) -> anyhow::Result<()> {
    cutting_room::ui::run(project, verbosity)
}

#[cfg(feature = "gui")]
fn check_keys(keys: &BTreeMap<String, String>) -> Vec<String> {
    cutting_room::ui::keys::Bindings::of_settings(keys).1
}

#[cfg(not(feature = "gui"))]
fn check_keys(_keys: &BTreeMap<String, String>) -> Vec<String> {
    Vec::new()
}

#[cfg(not(feature = "gui"))]
fn window(_project: Option<std::path::PathBuf>, _verbosity: u8) -> anyhow::Result<()> {
    anyhow::bail!("this build has no window; see `cutting-room --help` for the commands")
}
