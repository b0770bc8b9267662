//! The open project as the start page will show it next time, brought up to date once it has come to rest.

use super::digest::Digest;
use super::remembered::Recent;
use crate::catalog::ImageId;
use crate::run::RunLog;
use crate::run::choice::best_run;
use crate::session::Session;

/// Waited for after the last change, so that culling does not write a file at each key.
const SETTLE_SECS: f64 = 0.5;
const STRIP_IMAGES: usize = 12;

/// What a change is known by.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    version: u64,
    accuracy: Option<f64>,
    cursor: Option<ImageId>,
}

#[derive(Default)]
pub struct RecentWatch {
    seen: Option<Seen>,
    /// Since when it is so.
    pending_secs: Option<f64>,
}

impl RecentWatch {
    /// Once a frame; true if the project is to be remembered now. `soon` is called when it must be asked again.
    pub fn is_due(
        &mut self,
        session: &Session,
        cursor: Option<ImageId>,
        now_secs: f64,
        soon: impl FnOnce(f64),
    ) -> bool {
        let seen = Seen {
            version: session.snapshot().version,
            accuracy: best_accuracy(session),
            cursor,
        };
        if self.seen.as_ref() != Some(&seen) {
            self.seen = Some(seen);
            self.pending_secs = Some(now_secs);
        }
        match self.pending_secs {
            Some(since) if now_secs - since >= SETTLE_SECS => {
                self.pending_secs = None;
                true
            }
            Some(since) => {
                soon(since + SETTLE_SECS - now_secs);
                false
            }
            None => false,
        }
    }

    /// True if something has not come to rest when the project or the window closes.
    pub fn take_pending(&mut self) -> bool {
        self.pending_secs.take().is_some()
    }
}

fn best_accuracy(session: &Session) -> Option<f64> {
    best_run(session.runs()).and_then(RunLog::best_accuracy)
}

/// As it looks now.
pub fn recent_of(session: &Session, digest: &Digest, cursor: Option<ImageId>) -> Recent {
    let images = &session.snapshot().images;
    let step = (images.len() / STRIP_IMAGES).max(1);
    let best = best_run(session.runs());
    let accuracy = best.and_then(RunLog::best_accuracy);
    let mut to_do: Vec<String> = digest
        .badges
        .iter()
        .map(|(page, badge)| format!("{}: {}", page.name(), badge.tooltip))
        .collect();
    if images.is_empty() {
        to_do.push("no images yet".to_owned());
    } else if accuracy.is_none() {
        to_do.push("no run yet".to_owned());
    }
    Recent {
        path: session.project().root().to_path_buf(),
        name: session.project().name().to_owned(),
        accuracy,
        caveat: best.and_then(|run| Some(run.caveats().first()?.short())),
        strip: images
            .iter()
            .step_by(step)
            .take(STRIP_IMAGES)
            .map(|image| (image.path.clone(), image.hash.clone()))
            .collect(),
        images: images.len(),
        to_do,
        cursor: cursor.map(|image| image.0),
    }
}
