//! A sweep of learning rates for a run with a config; its curve is seen while it grows, also if it is cancelled.

use super::kind::{JobKind, Lane, Part, Work};
use super::twins::complete_twins;
use crate::catalog::Catalog;
use crate::dataset::{Leakage, Split};
use crate::error::Result;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::train::find_lr::find_lr;
use crate::train::job::{KeptEpoch, TrainJob, Watch};
use crate::train::schedule::lr_curve::LrCurve;

#[derive(Clone, Debug, PartialEq)]
pub struct LrSweep {
    pub config: TrainConfig,
    /// As far as it has come; without points before the first batch.
    pub curve: LrCurve,
}

impl LrSweep {
    pub fn new(config: TrainConfig) -> Self {
        Self {
            config,
            curve: LrCurve::default(),
        }
    }
}

impl JobKind for LrSweep {
    fn title(&self) -> String {
        format!("Find learning rate of stage {}", self.config.stage)
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn is_training(&self) -> bool {
        true
    }

    fn thread_name(&self) -> &'static str {
        "find-lr"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut snapshot = catalog.snapshot()?;
        let mut job = TrainJob {
            project: project.clone(),
            config: self.config.clone(),
            split: Split::of(&snapshot)?,
            kept: KeptEpoch::Best,
            // Nothing is measured.
            leakage: Leakage::default(),
            watch: Watch::default(),
        };
        Ok(Box::new(move |context| {
            complete_twins::<Self>(context, &mut snapshot)?;
            job.split = Split::of(&snapshot)?;
            // What is sent in vain was cancelled, which the sweep notices by itself.
            let mut observer = |curve: &LrCurve| {
                let curve = curve.clone();
                let _ = context.send(Part::result(|sweep: &mut Self| sweep.curve = curve));
            };
            find_lr(&job, &context.progress, &mut observer)?;
            Ok(())
        }))
    }

    fn summary(&self) -> String {
        self.curve.valley().map_or_else(
            || "no rate can be suggested".to_owned(),
            |rate| format!("suggests {rate:.1e}"),
        )
    }

    fn news(&self) -> String {
        let title = self.title();
        self.curve.valley().map_or_else(
            || format!("{title} is done"),
            |rate| format!("{title}: {rate:.1e} is suggested"),
        )
    }
}
