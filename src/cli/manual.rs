//! `completions` and `man`: the commands for a shell and for `man`, from the same definitions as `--help`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use clap_complete::Shell;

use super::output;
use crate::error::Error;
use crate::project::write_atomic;

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

/// Whether nothing is at `page`, or an earlier version of it, which begins in the same way.
fn may_write(page: &Path, text: &str) -> bool {
    match fs::read_to_string(page) {
        Ok(there) => there.lines().next() == text.lines().next(),
        Err(error) => error.kind() == io::ErrorKind::NotFound && !page.is_symlink(),
    }
}

/// As [`completions`].
pub fn man(args: &Man, program: clap::Command) -> anyhow::Result<()> {
    let folder = &args.folder;
    let of_folder = |error: io::Error| Error::io("write the pages into", folder)(error);
    let made = tempfile::tempdir().map_err(of_folder)?;
    clap_mangen::generate_to(program, made.path()).map_err(of_folder)?;
    fs::create_dir_all(folder).map_err(of_folder)?;
    let mut pages = Vec::new();
    for entry in fs::read_dir(made.path()).map_err(of_folder)? {
        let entry = entry.map_err(of_folder)?;
        let text = fs::read_to_string(entry.path()).map_err(of_folder)?;
        let page = folder.join(entry.file_name());
        if !may_write(&page, &text) {
            bail!(
                "nothing was written, because a file is there that is no page of this program; move it away, or choose another folder; file {}",
                page.display()
            );
        }
        pages.push((page, text));
    }
    for (page, text) in &pages {
        write_atomic(page, text.as_bytes())?;
    }
    output::line(format!(
        "Wrote the pages into {}; `man -l {}` shows the first",
        folder.display(),
        folder.join("cutting-room.1").display()
    ))?;
    Ok(())
}
