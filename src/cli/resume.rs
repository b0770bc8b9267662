//! `resume`: goes on with a run that was cut off or stopped, as if nothing had happened.

use clap::Args;

use super::args::ProjectArgs;
use super::progress_bar::Shown;
use super::runs::check_run;
use super::train::{print_result, show_event};
use crate::catalog::Catalog;
use crate::dataset::Split;
use crate::train::job::Watch;
use crate::train::resume::{self, ResumeJob};

#[derive(Debug, Args)]
pub struct Resume {
    #[command(flatten)]
    at: ProjectArgs,
    /// Id of the run, as `runs` lists it
    run: String,
}

/// Opens the catalog only for reading, as `train` does.
pub fn run(args: Resume) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let (project, snapshot) = args.at.read_split(&shown.progress)?;
    check_run(&project, &args.run)?;
    let job = ResumeJob {
        split: Split::of(&snapshot)?,
        watch: Watch::of(&Catalog::open_read_only(&project)?, &snapshot),
        project,
        run_id: args.run,
    };
    job.check()?;
    shown.note(&format!("run {}", job.run_id));
    let summary = resume::resume(&job, &shown.progress, &mut |event| {
        show_event(&shown, event)
    })?;
    shown.finish();
    print_result(summary, (&job.project, &snapshot, &job.split), args.at.json)
}
