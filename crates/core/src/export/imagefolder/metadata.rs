//! `metadata.csv` of each side, as Hugging Face's `datasets` reads it.
//!
//! It guesses a column's type from what is in it, side by side, and refuses the set if the guesses differ: so no column is empty, and
//! none holds now words and now numbers.

use crate::catalog::Side;
use crate::catalog::import::manifest::Manifest;
use crate::error::{Error, Result};
use crate::export::NewFolder;
use crate::progress::Progress;

const COLUMNS: [&str; 9] = [
    "file_name",
    "label",
    "scene",
    "group",
    "decision",
    "crop_left",
    "crop_top",
    "crop_right",
    "crop_bottom",
];

/// Where there is no scene or group.
const NONE: &str = "-";

/// What pandas takes for a value that is missing or true or false, in lower case.
const MISREAD: [&str; 10] = [
    "na", "n/a", "nan", "null", "none", "<na>", "#n/a", "-nan", "true", "false",
];

pub fn write(folder: &NewFolder, manifest: &Manifest, progress: &Progress) -> Result<()> {
    for side in [Side::Train, Side::Valid] {
        let name = format!("{}/{}", side.name(), Manifest::METADATA);
        folder.write(&name, &table(manifest, side)?)?;
    }
    let mut images = manifest.images.iter();
    let misread = images.find(|image| is_misread(&image.class));
    if let Some(image) = misread {
        progress.warn(
            Manifest::METADATA,
            format!(
                "Hugging Face's datasets would not read the class {} as a word; name the column's type there, or rename the class before",
                image.class
            ),
        );
    }
    Ok(())
}

fn is_misread(class: &str) -> bool {
    class.parse::<f64>().is_ok() || MISREAD.contains(&class.to_lowercase().as_str())
}

/// A row an image, with its file as seen from the side's folder.
fn table(manifest: &Manifest, side: Side) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::Invalid(format!("the table cannot be made: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    let folder = format!("{}/", side.name());
    for image in &manifest.images {
        let Some(file) = image.file.strip_prefix(&folder) else {
            continue;
        };
        let scene = image.scene.and_then(|scene| manifest.scenes.get(scene));
        let group = scene.and_then(|scene| scene.group);
        let group = group.map_or_else(|| NONE.to_owned(), |group| format!("group {group}"));
        let crop = image.cut;
        let [left, top, right, bottom] =
            [crop.left, crop.top, crop.right, crop.bottom].map(|pixels| pixels.to_string());
        let row = [
            file,
            image.class.as_str(),
            scene.map_or(NONE, |scene| scene.name.as_str()),
            &group,
            image.decision.name(),
            &left,
            &top,
            &right,
            &bottom,
        ];
        writer.write_record(row).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::Invalid(format!("the table cannot be made: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_pandas_takes_for_something_else_are_known() {
        for class in ["1", "2.5", "None", "NA", "true", "inf"] {
            assert!(is_misread(class), "{class}");
        }
        for class in ["elves", "no", "1 elf", "other"] {
            assert!(!is_misread(class), "{class}");
        }
    }
}
