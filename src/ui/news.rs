//! What is said when a job ends, for a toast.

use super::number;
use super::page::Page;
use crate::jobs::event::{Event, Outcome};

/// Started, cancelled and failed jobs show themselves in the status bar and on cards; a sweep of rates in its plot, whose
/// button a toast would lie over.
pub fn news_of(event: &Event, page: Page) -> Option<String> {
    match event {
        Event::Started { .. } | Event::Failed { .. } => None,
        Event::Finished {
            outcome: Outcome::LrFound { .. },
            ..
        } if page == Page::Train => None,
        Event::Cancelled { title, .. } => Some(format!("{title} was cancelled")),
        Event::Finished { title, outcome, .. } => Some(match outcome {
            Outcome::Imported(report) => format!(
                "{}: {} added",
                report.source,
                number::counted(report.added, "picture")
            ),
            Outcome::Trained { accuracy, .. } => {
                format!("{title}: best accuracy {}", number::percent(*accuracy))
            }
            Outcome::LrFound {
                suggested: Some(rate),
            } => format!("{title}: {rate:.1e} is suggested"),
            Outcome::LrFound { suggested: None } | Outcome::Evaluated { .. } => {
                format!("{title} is done")
            }
            Outcome::Downloaded { licence, .. } => match licence {
                Some(licence) => format!("{title}: done; the weights' licence is {licence}"),
                None => format!("{title}: done"),
            },
        }),
    }
}
