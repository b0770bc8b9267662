//! `find-lr`: suggests a learning rate for a training with the same options.

use clap::Args;

use super::args::ProjectArgs;
use super::progress_bar::Shown;
use super::settings_device::SettingsDevice;
use super::{output, weights};
use crate::dataset::{Leakage, Split};
use crate::documents::training::LearningRates;
use crate::run::config::TrainConfig;
use crate::train::find_lr::find_lr;
use crate::train::job::{KeptEpoch, TrainJob, Watch};

#[derive(Debug, Args)]
pub struct FindLr {
    #[command(flatten)]
    at: ProjectArgs,
    #[command(flatten)]
    config: TrainConfig,
}

/// `device`: of the settings.
pub fn run(mut args: FindLr, device: &SettingsDevice) -> anyhow::Result<()> {
    args.config.device = device.unless(args.config.device, args.config.precision)?;
    let mut shown = Shown::new()?;
    let (project, snapshot) = args.at.read_split(&shown.progress)?;
    let split = Split::of(&snapshot)?;
    weights::fetch(&mut args.config, &shown)?;
    let job = TrainJob {
        project,
        config: args.config,
        split,
        kept: KeptEpoch::Best,
        // Nothing is measured.
        leakage: Leakage::default(),
        watch: Watch::default(),
    };
    let curve = find_lr(&job, &shown.progress, &mut |_| {})?;
    shown.finish();
    let found = LearningRates::of(curve);
    if args.at.json {
        return output::json(&found);
    }
    let text = |rate: Option<f64>| rate.map_or("none".to_owned(), |rate| format!("{rate:.1e}"));
    output::line(format!("valley    {}  (suggested)", text(found.valley)))?;
    output::line(format!("steepest  {}", text(found.steepest)))?;
    output::line("\nrate      smoothed loss")?;
    for point in &found.points {
        output::line(format!("{:<8.1e}  {:.4}", point.lr, point.loss))?;
    }
    Ok(())
}
