//! Films and folders as a whole: a test set or not, in the project or not.

use rusqlite::Connection;

use crate::catalog::change::{Change, Step};
use crate::catalog::crop::Crop;
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

pub(super) fn plan_crop(
    connection: &Connection,
    sources: &[SourceId],
    crop: Option<Crop>,
) -> Result<Step> {
    let mut step = Step {
        text: String::new(),
        forward: Vec::new(),
        backward: Vec::new(),
    };
    let mut names = Vec::new();
    for &source in sources {
        let name = words::source_name(connection, source)?;
        let before: Option<Crop> =
            connection.query_row("SELECT crop FROM source WHERE id = ?1", [source], |row| {
                row.get(0)
            })?;
        if before != crop {
            names.push(name);
            step.forward.push(Change::Crop { source, crop });
            let crop = before;
            step.backward.push(Change::Crop { source, crop });
        }
    }
    let whose = match names.as_slice() {
        [only] => only.clone(),
        several => counted(several.len(), "source"),
    };
    step.text = match crop {
        Some(Crop::Measured) => format!("Cropped the measured borders of {whose}"),
        Some(Crop::Pixels(pixels)) => {
            let pixels = counted(pixels as usize, "pixel");
            format!("Cropped {pixels} off each side of {whose}")
        }
        None => format!("Stopped cropping {whose}"),
    };
    Ok(step)
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
