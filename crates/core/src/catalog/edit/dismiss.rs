//! Findings that are called wrong, or no longer.

use rusqlite::Connection;

use crate::catalog::change::{Change, Step, non_empty};
use crate::catalog::dismissal::{self, Dismissal};
use crate::error::Result;

/// `text`: for the toast and the history.
pub(super) fn plan(
    connection: &Connection,
    dismissals: &[Dismissal],
    is_dismissed: bool,
    text: &str,
) -> Result<Step> {
    let mut changed = Vec::new();
    for dismissal in dismissals {
        if dismissal::is_known(connection, dismissal)? != is_dismissed {
            changed.push(dismissal.clone());
        }
    }
    let change = |is_dismissed| {
        non_empty(changed.clone(), |dismissals| Change::Dismissed {
            dismissals,
            is_dismissed,
        })
    };
    Ok(Step {
        text: text.to_owned(),
        forward: change(is_dismissed),
        backward: change(!is_dismissed),
    })
}
