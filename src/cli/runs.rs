//! `runs`: what was trained, how well it did.

use clap::Args;
use serde::Serialize;

use super::{ProjectArgs, output};
use crate::error::Error;
use crate::project::Project;
use crate::run::{self, RunInfo, RunLog, RunStatus};

#[derive(Debug, Args)]
pub struct Runs {
    #[command(flatten)]
    at: ProjectArgs,
}

#[derive(Serialize)]
struct Listing {
    runs: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    status: &'static str,
    accuracy: Option<f64>,
    #[serde(flatten)]
    info: Info,
}

/// `run.toml` under its own name: `id` is already the row's.
#[derive(Serialize)]
struct Info {
    run: RunInfo,
}

pub fn run(runs: &Runs) -> anyhow::Result<()> {
    let project = runs.at.open()?;
    let mut rows = Vec::new();
    for id in run::list(&project)? {
        match RunLog::open(&project.run_dir(&id)) {
            Ok(log) => rows.push(row(log)),
            Err(error) => eprintln!("warning: {id}: {error}"),
        }
    }
    if runs.at.json {
        return output::json(&Listing { runs: rows });
    }
    if rows.is_empty() {
        output::line("No runs yet; `cutting-room train PROJECT` makes the first")?;
    }
    for row in rows {
        let accuracy = row.accuracy.map_or("    –".into(), |accuracy| {
            format!("{:>5.1} %", accuracy * 100.0)
        });
        output::line(format!(
            "{:<24} stage {}  {:<11} {accuracy}{}",
            row.id,
            row.info.run.config.stage,
            row.status,
            if row.info.run.is_random_split {
                "  random split: flattering"
            } else {
                ""
            },
        ))?;
    }
    Ok(())
}

fn row(log: RunLog) -> Row {
    Row {
        accuracy: log.best_accuracy(),
        status: match log.status {
            RunStatus::Running => "running",
            RunStatus::Finished => "finished",
            RunStatus::Cancelled => "cancelled",
            RunStatus::Failed => "failed",
            RunStatus::Interrupted => "interrupted",
        },
        id: log.info.id.clone(),
        info: Info { run: log.info },
    }
}

/// A run's folder exists, or the runs that do are named.
pub fn check_run(project: &Project, run: &str) -> Result<(), Error> {
    let runs = run::list(project)?;
    if runs.iter().any(|known| known == run) {
        return Ok(());
    }
    Err(Error::Unknown {
        what: "run",
        name: run.to_owned(),
        remedy: if runs.is_empty() {
            "train one first with `cutting-room train PROJECT`".into()
        } else {
            format!("the project has: {}", runs.join(", "))
        },
    })
}
