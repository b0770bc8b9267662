//! Films and folders as a whole: a test set or not, in the project or not.

use rusqlite::Connection;
use rusqlite::types::FromSql;

use crate::catalog::change::{Change, Step};
use crate::catalog::crop::Crop;
use crate::catalog::record::SourceId;
use crate::catalog::words::{self, unknown};
use crate::error::Result;
use crate::number::counted;

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
    let value = |source, crop| Change::Crop { source, crop };
    let (mut step, whose) = plan_each(connection, sources, ("crop", crop), value)?;
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

pub(super) fn plan_upsampled(
    connection: &Connection,
    sources: &[SourceId],
    is_upsampled: bool,
) -> Result<Step> {
    let value = |source, is_upsampled| Change::Upsampled {
        source,
        is_upsampled,
    };
    let column = ("is_upsampled", is_upsampled);
    let (mut step, whose) = plan_each(connection, sources, column, value)?;
    step.text = if is_upsampled {
        format!("Upsampled {whose} with copies of its images")
    } else {
        format!("Stopped upsampling {whose}")
    };
    Ok(step)
}

/// One value for a column of several sources. Without a text; with the name of what changes.
fn plan_each<T: Copy + PartialEq + FromSql>(
    connection: &Connection,
    sources: &[SourceId],
    (column, value): (&'static str, T),
    change: impl Fn(SourceId, T) -> Change,
) -> Result<(Step, String)> {
    let mut step = Step {
        text: String::new(),
        forward: Vec::new(),
        backward: Vec::new(),
    };
    let mut names = Vec::new();
    let select = format!("SELECT {column} FROM source WHERE id = ?1");
    for &source in sources {
        let name = words::source_name(connection, source)?;
        let before: T = connection.query_row(&select, [source], |row| row.get(0))?;
        if before != value {
            names.push(name);
            step.forward.push(change(source, value));
            step.backward.push(change(source, before));
        }
    }
    let whose = match names.as_slice() {
        [only] => only.clone(),
        several => counted(several.len(), "source"),
    };
    Ok((step, whose))
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
