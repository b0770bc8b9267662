//! `export`: a run's net or the data set for other programs, as a new folder.

use std::path::PathBuf;

use clap::Args;
use clap::error::ErrorKind;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use super::runs::check_run;
use crate::catalog::Catalog;
use crate::export::{Material, Request, Target};

#[derive(Debug, Args)]
#[command(
    override_usage = "cutting-room export [OPTIONS] --to <TO> <PROJECT> <RUN> <DIR>\n       \
                            cutting-room export [OPTIONS] --to <imagefolder|tensorboard> <PROJECT> [RUN] <DIR>"
)]
pub struct ExportArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// A run's id, which `cutting-room runs PROJECT` lists; for imagefolder and tensorboard it may be left out
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// A folder that is not there yet, or empty
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// What is made
    #[arg(long, value_enum)]
    to: Target,
    /// Copy the images instead of linking them (imagefolder, job)
    #[arg(long)]
    copy: bool,
    /// The folder of an unpacked onnxruntime-web (site), instead of downloading it once
    #[arg(long, value_name = "FOLDER")]
    runtime: Option<PathBuf>,
}

impl ExportArgs {
    /// The run and the folder: of one word alone it is the folder.
    fn places(&self) -> (Option<String>, PathBuf) {
        match &self.dir {
            Some(dir) => (Some(self.run.to_string_lossy().into_owned()), dir.clone()),
            None => (None, self.run.clone()),
        }
    }

    fn check_usage(&self) {
        let problem = match (&self.dir, self.to) {
            (None, to) if to.needs_run() => format!(
                "{} is made of a run: name the run and the folder",
                to.name()
            ),
            (_, to) if self.copy && !to.holds_images() => {
                format!(
                    "--copy is for imagefolder and job: {} has no images to link",
                    to.name()
                )
            }
            (_, to) if self.runtime.is_some() && to != Target::Site => {
                format!("--runtime is for site: {} runs in no browser", to.name())
            }
            _fine => return,
        };
        let mut command = Self::augment_args(clap::Command::new("cutting-room export"));
        command.build();
        command
            .error(ErrorKind::MissingRequiredArgument, problem)
            .exit();
    }
}

pub fn run(args: &ExportArgs) -> anyhow::Result<()> {
    args.check_usage();
    let (run, out) = args.places();
    let mut shown = Shown::new()?;
    let progress = &shown.progress;
    let (project, snapshot) = args.at.read_split(progress)?;
    if let Some(run) = &run {
        check_run(&project, run)?;
    }
    let material = Material {
        credits: Catalog::open_read_only(&project)?.credits()?,
        project,
        snapshot,
    };
    let request = Request {
        to: args.to,
        run,
        out,
        copies: args.copy,
        runtime: args.runtime.clone(),
    };
    let exported = request.run(&material, progress)?;
    shown.finish();
    if args.at.json {
        return output::json(&exported);
    }
    output::line(exported.summary())?;
    let out = exported.out.display();
    let next = match exported.to {
        Target::Bundle => format!("`cutting-room predict --bundle {out} IMAGE…` predicts with it"),
        Target::Site => format!(
            "`python3 -m http.server --directory {out}` shows it at http://localhost:8000; any host of static files serves it"
        ),
        Target::Job => format!(
            "`cutting-room train-job {out}` trains it, there or wherever the folder is copied to; `cutting-room import-run PROJECT {out}` brings the run back"
        ),
        Target::Tensorboard => format!("`tensorboard --logdir {out}` shows it"),
        Target::Onnx | Target::Safetensors | Target::Imagefolder => return Ok(()),
    };
    output::line(next)?;
    Ok(())
}
