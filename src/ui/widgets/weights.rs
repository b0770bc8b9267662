//! Whose weights answer: a run's best ones, or those of a run that trains here, as they are now.

use std::sync::Arc;

use crate::explain::Explainer;
use crate::predict::live::LiveNet;
use crate::run::RunLog;
use crate::ui::context::ViewCtx;
use crate::ui::number;

/// Equal ones give equal answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    pub run: String,
    /// The run's best one so far: after a better one there are other weights.
    pub epoch: Option<u32>,
    /// Of a run that trains here, in place of its best ones.
    pub live: Option<Arc<LiveNet>>,
}

impl Weights {
    /// The best ones so far.
    pub fn best(run: &RunLog) -> Self {
        Self {
            run: run.info.id.clone(),
            epoch: run.best_epoch(),
            live: None,
        }
    }

    /// The newest: of a run that trains here, the net as it was a few seconds ago. `None` if it has neither that nor a best
    /// epoch yet.
    pub fn newest(ctx: &ViewCtx<'_>, run: &RunLog) -> Option<Self> {
        let Some(live) = ctx.session.live_net(&run.info.id) else {
            return Some(Self::best(run)).filter(|best| best.epoch.is_some());
        };
        Some(Self {
            run: run.info.id.clone(),
            epoch: None,
            live: Some(live),
        })
    }

    /// For a worker: lets them answer.
    pub fn lead(&self, explainer: &mut Explainer) {
        explainer.follow(self.live.clone());
    }

    /// "step 340, epoch 3", of a run that trains.
    pub fn moment(&self) -> Option<String> {
        let LiveNet { step, epoch, .. } = &**self.live.as_ref()?;
        Some(format!(
            "step {}, epoch {epoch}",
            number::count(*step as usize)
        ))
    }
}
