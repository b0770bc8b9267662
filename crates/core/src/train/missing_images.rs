//! Images whose files are gone or damaged: what a run can do without, and what it cannot.

use crate::dataset::{Sample, Split};
use crate::error::{Error, Result};

/// A few files that are gone are warnings of the run; without any on a side there is nothing to run on, and a class without
/// any is one that the run cannot learn.
pub(super) fn refuse_missing_images(split: &Split) -> Result<()> {
    for (side, samples) in [("training", &split.train), ("validation", &split.valid)] {
        // The first one that is there ends the search.
        if let Some(first) = samples.first()
            && samples.iter().all(|sample| !sample.path.is_file())
        {
            return Err(Error::Invalid(format!(
                "the files of all {} {side} images are gone, for instance {}; put them back, or import their films and folders again",
                samples.len(),
                first.path.display()
            )));
        }
    }
    for (class, name) in split.classes.iter().enumerate() {
        let mut of_class = split
            .train
            .iter()
            .filter(|sample| sample.target as usize == class)
            .peekable();
        let Some(first) = of_class.peek().map(|sample| sample.path.clone()) else {
            continue;
        };
        if of_class.all(|sample| !sample.path.is_file()) {
            return Err(Error::Invalid(format!(
                "the files of all training images of class {name} are gone, for instance {}; put them back, or import the film or folder again",
                first.display()
            )));
        }
    }
    Ok(())
}

/// A class whose files are there, but of which not one is an image any more.
pub(super) fn refuse_unread_class(split: &Split, read: &[Sample]) -> Result<()> {
    let count = |samples: &[Sample], class: usize| {
        let of_class = samples.iter().filter(|s| s.target as usize == class);
        of_class.count()
    };
    for (class, name) in split.classes.iter().enumerate() {
        if count(&split.train, class) > 0 && count(read, class) == 0 {
            return Err(Error::Invalid(format!(
                "not one training image of class {name} can be read; restore its files, or import the film or folder again"
            )));
        }
    }
    Ok(())
}
