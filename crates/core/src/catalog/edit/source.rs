//! Films and folders as a whole: a test set or not, in the project or not.

use rusqlite::Connection;

use crate::catalog::change::{Change, Step};
use crate::catalog::record::SourceId;
use crate::catalog::words::{self, counted, unknown};
use crate::error::Result;

pub(super) fn plan_test(connection: &Connection, source: SourceId, is_test: bool) -> Result<Step> {
    let name = words::source_name(connection, source)?;
    let before: bool = connection.query_row(
        "SELECT is_test FROM source WHERE id = ?1",
        [source],
        |row| row.get(0),
    )?;
    let changes = |is_test| vec![Change::Test { source, is_test }];
    Ok(Step {
        text: if is_test {
            format!("Made {name} a test set")
        } else {
            format!("Made {name} training material again")
        },
        forward: if before == is_test {
            Vec::new()
        } else {
            changes(is_test)
        },
        backward: changes(before),
    })
}

pub(super) fn plan_remove(connection: &Connection, source: SourceId) -> Result<Step> {
    let name = words::source_name(connection, source)?;
    let images: i64 = connection.query_row(
        "SELECT count(*) FROM present_image WHERE source = ?1",
        [source],
        |row| row.get(0),
    )?;
    let is_removed: bool = connection.query_row(
        "SELECT is_removed FROM source WHERE id = ?1",
        [source],
        |row| row.get(0),
    )?;
    if is_removed {
        return Err(unknown("source", source.0));
    }
    let changes = |is_removed| vec![Change::Removed { source, is_removed }];
    Ok(Step {
        text: format!("Removed {name} with {}", counted(images as usize, "image")),
        forward: changes(true),
        backward: changes(false),
    })
}
