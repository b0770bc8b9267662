//! The program: allocator, command line or window, exit code.

mod allocator;

use std::process::ExitCode;

use clap::Parser as _;
use cutting_room::cli::{self, Cli};

fn main() -> ExitCode {
    allocator::set_up();
    let Cli { project, command } = Cli::parse();
    cli::exit_code(match command {
        Some(command) => cli::run(command),
        None => window(project),
    })
}

#[cfg(feature = "gui")]
fn window(project: Option<std::path::PathBuf>) -> anyhow::Result<()> {
    cutting_room::ui::run(project)
}

#[cfg(not(feature = "gui"))]
fn window(_project: Option<std::path::PathBuf>) -> anyhow::Result<()> {
    anyhow::bail!("this build has no window; see `cutting-room --help` for the commands")
}
