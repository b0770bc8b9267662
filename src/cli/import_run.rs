//! `import-run`: brings the runs of a job back.

use std::path::PathBuf;

use clap::Args;

use super::args::ProjectArgs;
use super::output;
use super::progress_bar::Shown;
use crate::import_run::ImportRun;
use crate::report::interval_text;

#[derive(Debug, Args)]
pub struct ImportRunArgs {
    #[command(flatten)]
    at: ProjectArgs,
    /// The job's folder
    #[arg(value_name = "DIR")]
    job: PathBuf,
}

/// Opens the catalog only for reading, as `train` does.
pub fn run(args: &ImportRunArgs) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let (project, snapshot) = args.at.read_split(&shown.progress)?;
    let import = ImportRun {
        project,
        snapshot,
        job: args.job.clone(),
    };
    let imported = import.run(&shown.progress)?;
    shown.finish();
    if args.at.json {
        return output::json(&imported);
    }
    for run in &imported.imported {
        let accuracy = run.accuracy.unwrap_or_default() * 100.0;
        let interval = run.interval.map(interval_text).unwrap_or_default();
        let checked = run.checked.map_or(String::new(), |checked| {
            format!(
                "; checked by {} images: no logit differs by more than {:.1e}",
                checked.images, checked.difference
            )
        });
        output::line(format!("{}  {accuracy:.1} %  {interval}{checked}", run.run))?;
    }
    for run in &imported.known {
        output::line(format!("{run}  is in the project already"))?;
    }
    Ok(())
}
