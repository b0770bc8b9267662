//! `completions` and `man`: the commands for a shell and for `man`, from the same definitions as `--help`.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, output};
use crate::error::Error;

#[derive(Debug, Args)]
pub struct Completions {
    /// Whose; in bash: `source <(cutting-room completions bash)`
    shell: Shell,
}

#[derive(Debug, Args)]
pub struct Man {
    /// Folder of the pages, such as ~/.local/share/man/man1; made if it is not there
    folder: PathBuf,
}

pub fn completions(args: &Completions) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cutting-room", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(())
}

pub fn man(args: &Man) -> anyhow::Result<()> {
    let folder = &args.folder;
    let of_folder = |error: io::Error| Error::io("write the pages into", folder)(error);
    fs::create_dir_all(folder).map_err(of_folder)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(of_folder)?;
    output::line(format!(
        "Wrote the pages into {}; `man -l {}` shows the first",
        folder.display(),
        folder.join("cutting-room.1").display()
    ))?;
    Ok(())
}
