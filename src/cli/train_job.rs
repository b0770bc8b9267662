//! `train-job`: the trainings of a job, in its own folder.

use std::path::PathBuf;

use clap::Args;

use super::output;
use super::progress_bar::Shown;
use super::settings_device::SettingsDevice;
use super::sweep::{document, train};
use crate::job_folder::JobFolder;
use crate::ops::compute::Compute;

#[derive(Debug, Args)]
pub struct TrainJobArgs {
    /// The job's folder
    #[arg(value_name = "DIR")]
    job: PathBuf,
    /// Only this one of its trainings, counted from 1
    #[arg(long, value_name = "N")]
    number: Option<usize>,
    /// Where to compute: cpu, cuda or cuda:N [the first CUDA device, or the CPU if there is none]
    #[arg(long)]
    device: Option<Compute>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// `device`: of the settings.
pub fn run(args: &TrainJobArgs, device: &SettingsDevice) -> anyhow::Result<()> {
    let mut shown = Shown::new()?;
    let job = JobFolder::open(&args.job, &shown.progress)?;
    let mut queue = job.queue(args.number)?;
    for config in &mut queue.configs {
        config.device = device.unless(args.device, config.precision)?;
    }
    let failed = train(&queue, &shown)?;
    shown.finish();
    document(&queue, failed, args.json)?;
    output::note(format_args!(
        "`cutting-room import-run PROJECT {}` brings the runs back",
        args.job.display()
    ));
    Ok(())
}
