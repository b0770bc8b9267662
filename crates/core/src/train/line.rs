//! What a new run descends from, written down before its first batch: see [`crate::run::lineage`].

use std::path::Path;

use super::data::fingerprint::{self, FileHash, Fingerprint};
use super::job::TrainJob;
use crate::catalog::ContentHash;
use crate::dataset::Crops;
use crate::error::Result;
use crate::progress::Progress;
use crate::run::RunInfo;
use crate::run::lineage::{LineImages, TrainedOn, line, line_images};

/// Completes `info`, the description of the run in `dir`, by its line, and lists the images beside it. Contamination is
/// a warning.
///
/// # Errors
/// [`crate::Error::Cancelled`]; [`crate::Error::Io`] where the list cannot be written.
pub(super) fn record(
    job: &TrainJob,
    dir: &Path,
    info: &mut RunInfo,
    (from, files): (Option<&RunInfo>, &Fingerprint),
    progress: &Progress,
) -> Result<()> {
    let from_dir = |from: &RunInfo| job.project.run_dir(&from.id);
    info.lineage = Some(from.map_or_else(Vec::new, |from| line(&from_dir(from), from)));
    info.data_version = Some(files.text.clone());
    let before = match from {
        Some(from) => images_before(job, &from_dir(from), from, files, progress)?,
        None => Some(TrainedOn::default()),
    };
    let is_known = before.is_some();
    let mut trained_on = before.unwrap_or_default();
    trained_on.extend(contents(&files.train));
    trained_on.write(dir)?;
    let valid = files.valid.iter().map(|file| file.map(ContentHash::from));
    info.contaminated = is_known.then(|| trained_on.count_in(valid, &job.split.pixels));
    match (info.contaminated, from) {
        (Some(0), _) | (None, None) => {}
        (Some(images), _) => progress.warn(
            info.id.clone(),
            format!(
                "contaminated: {images} of the {} validation images were trained on by the run or one that it started from, so its accuracy looks better than it is; train stage 1 again for an honest number",
                info.valid_n
            ),
        ),
        (None, Some(from)) => progress.warn(
            from.id.clone(),
            "an older version trained it on another split, so it may have seen images that are in validation now; train stage 1 again for an honest number",
        ),
    }
    if let Some(from) = from.filter(|from| Crops::differ(from.crop.as_ref(), info.crop.as_ref())) {
        progress.warn(
            from.id.clone(),
            "was trained on images that were cropped otherwise than they are now; train stage 1 again if the crop matters",
        );
    }
    if let Some(from) = from.filter(|from| (from.copies > 0) != (info.copies > 0)) {
        let text = if info.copies > 0 {
            "was trained without copies of images of upsampled sources"
        } else {
            "was trained on copies of images of upsampled sources, too"
        };
        progress.warn(from.id.clone(), text);
    }
    for source in job.split.crops.iter().flat_map(Crops::unmeasured) {
        progress.warn(source.source.clone(), source.unmeasured_text());
    }
    info.write(dir)
}

fn contents(files: &[FileHash]) -> impl Iterator<Item = ContentHash> + '_ {
    files.iter().flatten().map(|hash| ContentHash::from(*hash))
}

/// What the line of `from` was trained on; `None` if nobody knows.
fn images_before(
    job: &TrainJob,
    dir: &Path,
    from: &RunInfo,
    files: &Fingerprint,
    progress: &Progress,
) -> Result<Option<TrainedOn>> {
    Ok(match line_images(dir, from) {
        LineImages::Listed(list) => Some(list),
        // Older versions trained on twins as well.
        LineImages::TrainingSideOf(hash) if hash == job.split.hash => {
            let twins = job.split.twins.iter().map(|twin| twin.train.as_path());
            let twins: Vec<&Path> = twins.collect();
            let mut list = TrainedOn::default();
            list.extend(contents(&files.train));
            list.extend(contents(&fingerprint::of_files(&twins, progress)?));
            Some(list)
        }
        LineImages::TrainingSideOf(_) | LineImages::Unknown => None,
    })
}
