//! What is said when a job ends, for a toast.

use super::page::Page;
use crate::session::{Event, Job};

/// Whether what ended was a step of the history, which a toast can take back.
pub fn is_edit(event: &Event) -> bool {
    match event {
        Event::Finished { job, .. } => job.kind().is_edit(),
        Event::Started { .. } | Event::Failed { .. } | Event::Cancelled { .. } => false,
    }
}

/// Started, cancelled and failed jobs show themselves in the status bar and on cards; a sweep of rates, a cross-validation and
/// a queue of runs in the middle of their page, whose buttons a toast would lie over.
pub fn news_of(event: &Event, page: Page) -> Option<String> {
    match event {
        Event::Started { .. } | Event::Failed { .. } => None,
        Event::Cancelled { title, .. } => Some(format!("{title} was cancelled")),
        // The split page shows what was found.
        Event::Finished { job, .. }
            if matches!(
                **job,
                Job::FindTwins(_) | Job::FindLeaks(_) | Job::Honesty(_)
            ) =>
        {
            None
        }
        Event::Finished { job, .. } if !job.kind().is_asked_for() => None,
        // They come every few seconds, and the card of the watched folder counts them.
        Event::Finished { job, .. } if matches!(&**job, Job::ImportImages(import) if import.is_of_watch()) => {
            None
        }
        Event::Finished { job, .. } => {
            let is_in_sight = page == Page::Train
                && matches!(
                    **job,
                    Job::FindLr(_) | Job::CrossValidate(_) | Job::TrainQueue(_)
                );
            (!is_in_sight).then(|| job.kind().news())
        }
    }
}
