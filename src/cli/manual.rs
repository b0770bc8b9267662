//! `completions` and `man`: the commands for a shell and for `man`, from the same definitions as `--help`.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::output;
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

/// `program`: with all of its commands.
pub fn completions(args: &Completions, mut program: clap::Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "cutting-room", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if args.shell == Shell::Bash {
        // clap_complete 4.6 looks for commands by the one spelling and lists them by the other, if the program's name has a hyphen.
        script = script.replace("cutting__subcmd__room", "cutting__room");
    }
    output::line(script.trim_end())?;
    Ok(())
}

/// As [`completions`].
pub fn man(args: &Man, program: clap::Command) -> anyhow::Result<()> {
    let folder = &args.folder;
    let of_folder = |error: io::Error| Error::io("write the pages into", folder)(error);
    fs::create_dir_all(folder).map_err(of_folder)?;
    clap_mangen::generate_to(program, folder).map_err(of_folder)?;
    output::line(format!(
        "Wrote the pages into {}; `man -l {}` shows the first",
        folder.display(),
        folder.join("cutting-room.1").display()
    ))?;
    Ok(())
}
