//! What the focused run recorded of the pinned images, read by a worker after each of its epochs.

use std::path::PathBuf;

use crate::catalog::ImageId;
use crate::jobs::slot::Latest;
use crate::pins::History;
use crate::run::RunLog;
use crate::run::event::TrainEvent;
use crate::ui::context::ViewCtx;

/// What the record is of: a longer log has more of it, one that was written anew another one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    run: String,
    epochs: usize,
    rewrites: u32,
}

#[derive(Default)]
pub struct PinHistory {
    worker: Option<Latest<(Version, PathBuf), (Version, History)>>,
    requested: Option<Version>,
    read: Option<(Version, History)>,
}

impl PinHistory {
    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>, log: &RunLog) {
        let is_epoch = |event: &&TrainEvent| matches!(event, TrainEvent::Epoch { .. });
        let version = Version {
            run: log.info.id.clone(),
            epochs: log.events.iter().filter(is_epoch).count(),
            rewrites: log.rewrites,
        };
        if self.requested.as_ref() != Some(&version) {
            if self.worker.is_none() {
                self.worker = Latest::new(
                    "pinned images",
                    ctx.waker.clone(),
                    |(version, dir): (Version, PathBuf), _| Ok((version, History::read(&dir)?)),
                )
                .map_err(|error| tracing::error!("no record of pinned images: {error}"))
                .ok();
            }
            if let Some(worker) = &self.worker {
                worker.request((version.clone(), log.dir.clone()));
            }
            self.requested = Some(version);
        }
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok(read)) => self.read = Some(read),
            Some(Err(error)) => tracing::warn!("{error}"),
            None => {}
        }
    }

    /// Of the run that was followed last, as far as it was read.
    pub fn of(&self, log: &RunLog) -> Option<&History> {
        let (version, history) = self.read.as_ref()?;
        (version.run == log.info.id).then_some(history)
    }

    /// How the probability of `class` went, by epoch.
    pub fn curve(&self, log: &RunLog, image: ImageId, class: usize) -> Vec<(u32, f32)> {
        let rows = self.of(log).and_then(|history| history.of(image));
        let rows = rows.into_iter().flatten();
        rows.filter_map(|(epoch, row)| Some((*epoch, *row.probs.get(class)?)))
            .collect()
    }
}
