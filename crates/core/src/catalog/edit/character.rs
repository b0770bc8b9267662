//! What images are cropped to.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use crate::catalog::change::{Change, Step, non_empty};
use crate::catalog::character::CharacterCrop;
use crate::catalog::record::{ChosenCrop, ImageId};
use crate::catalog::words::{self, unknown};
use crate::error::Result;

/// The last one counts of an image that is named twice.
pub(super) fn plan(connection: &Connection, images: &[ChosenCrop]) -> Result<Step> {
    let chosen: BTreeMap<ImageId, Option<CharacterCrop>> = images
        .iter()
        .map(|chosen| (chosen.image, chosen.crop))
        .collect();
    let mut select = connection.prepare_cached("SELECT character FROM image WHERE id = ?1")?;
    let (mut after, mut before) = (Vec::new(), Vec::new());
    for (image, crop) in chosen {
        let found: Option<Option<CharacterCrop>> =
            select.query_row([image], |row| row.get(0)).optional()?;
        let found = found.ok_or_else(|| unknown("image", image.0))?;
        if found != crop {
            after.push(ChosenCrop { image, crop });
            before.push(ChosenCrop { image, crop: found });
        }
    }
    let changed: Vec<ImageId> = after.iter().map(|chosen| chosen.image).collect();
    let are_cropped = after.iter().all(|chosen| chosen.crop.is_some());
    let images = words::images_text(connection, &changed)?;
    let change = |crops| non_empty(crops, |images| Change::CharacterCrop { images });
    Ok(Step {
        text: if are_cropped {
            format!("Cropped {images} to the character")
        } else {
            format!("Stopped cropping {images} to the character")
        },
        forward: change(after),
        backward: change(before),
    })
}
