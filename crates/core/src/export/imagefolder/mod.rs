//! The images as folders: `train/CLASS/…` and `valid/CLASS/…`, which fastai, torchvision and Ultralytics read, with a
//! `metadata.csv` in each for Hugging Face's `datasets` and a manifest ([`Manifest`]) that keeps scenes, groups and decisions.
//!
//! Files are exported as they are, so that their content, and with it the split's hash, is the same wherever they are imported; what is
//! cropped off an image is told beside it. Training images that are also measured on lie in a folder of their own,
//! where no training finds them.

mod metadata;
mod names;
mod place;

use std::collections::{BTreeMap, BTreeSet};

use super::NewFolder;
use crate::catalog::import::manifest::{self, Manifest, ManifestImage, ManifestScene};
use crate::catalog::{Decision, GroupId, ImageId, ImageRecord, SceneId, Side, Snapshot, Unit};
use crate::dataset::Split;
use crate::dataset::split::image_sides;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::run::RunInfo;
use names::Names;
use place::{Placing, put};

/// What was written.
pub struct Made {
    pub split_hash: String,
    pub images: usize,
    /// Where each lies in the folder, with `/`.
    pub files: BTreeMap<ImageId, String>,
}

/// `copies`: of the files; otherwise links to them.
pub(super) fn write(
    folder: &NewFolder,
    snapshot: &Snapshot,
    copies: bool,
    progress: &Progress,
) -> Result<Made> {
    let split = Split::of(snapshot)?;
    let sides = image_sides(snapshot);
    refuse_cut_scenes(snapshot, &sides)?;
    let twins: BTreeSet<ImageId> = split.twins.iter().map(|twin| twin.image).collect();
    let (scenes, places) = scenes_of(snapshot, &sides);
    let mut names = Names::new(&split.classes);
    let mut images = Vec::with_capacity(sides.len());
    // Also of a class that one side has no image of: readers number the classes of a side by its folders.
    for side in [Side::Train, Side::Valid] {
        for class in names.folders() {
            folder.place(&format!("{}/{class}/image", side.name()))?;
        }
    }
    let mut files = BTreeMap::new();
    let placing = Placing::new(copies);
    progress.stage(placing.stage(), Some(sides.len() as u64));
    for image in &snapshot.images {
        let Some(side) = sides.get(&image.id).copied() else {
            continue;
        };
        progress.check()?;
        let class = image.class.and_then(|class| snapshot.class_name(class));
        let class = class.unwrap_or_default();
        let is_twin = twins.contains(&image.id);
        let top = if is_twin {
            Manifest::TWINS
        } else {
            side.name()
        };
        let source = snapshot.source(image.source);
        let source = source.map_or("", |source| source.name.as_str());
        let file = names.choose((top, class), source, image);
        put(image, &folder.place(&file)?, placing)?;
        files.insert(image.id, file.clone());
        images.push(ManifestImage {
            file,
            class: class.to_owned(),
            side,
            hash: image.hash.clone(),
            source: source.to_owned(),
            origin: image.origin.clone(),
            scene: image.scene.and_then(|scene| places.get(&scene).copied()),
            frame: image.frame,
            time_secs: image.time_secs,
            decision: image.decision,
            decided_at: image.decided.at,
            crop: image.crop,
            character: image.character,
            cut: image.recipe().crop,
            is_twin,
        });
        progress.advance(1);
    }
    let manifest = Manifest {
        format: manifest::FORMAT,
        program: format!("cutting-room {}", env!("CARGO_PKG_VERSION")),
        project: project_name(snapshot),
        split_hash: split.hash.clone(),
        split_mode: split.mode,
        scenes,
        images,
    };
    let json = serde_json::to_string_pretty(&manifest)
        .map_err(|error| Error::Invalid(error.to_string()))?;
    folder.write(Manifest::FILE, json.as_bytes())?;
    metadata::write(folder, &manifest, progress)?;
    tell(snapshot, &split, &manifest, progress);
    Ok(Made {
        split_hash: split.hash,
        images: manifest.images.len(),
        files,
    })
}

/// Warns if the run was trained on another split than the one that was exported.
pub(super) fn compare(made: &Made, run: &RunInfo, progress: &Progress) {
    if run.split_hash != made.split_hash {
        progress.warn(
            run.id.clone(),
            format!(
                "it was trained on split {}, and what was exported is the split as it is now, {}",
                run.split_hash, made.split_hash
            ),
        );
    }
}

/// A random split has neighboring frames on both sides. Elsewhere nobody would know.
fn refuse_cut_scenes(snapshot: &Snapshot, sides: &BTreeMap<ImageId, Side>) -> Result<()> {
    let mut side_of: BTreeMap<Unit, Side> = BTreeMap::new();
    for image in &snapshot.images {
        let (Some(side), unit) = (sides.get(&image.id), snapshot.unit_of(image)) else {
            continue;
        };
        if unit.is_cluster() && *side_of.entry(unit).or_insert(*side) != *side {
            return Err(Error::Invalid(
                "the split is random and cuts scenes, so whoever trained on these folders would measure what he has trained on; put whole scenes into validation on the Split page (on the command line: `split PROJECT --suggest 0.2`) and export again".into(),
            ));
        }
    }
    Ok(())
}

/// The scenes that have an image in the split, and the place of each among them.
fn scenes_of(
    snapshot: &Snapshot,
    sides: &BTreeMap<ImageId, Side>,
) -> (Vec<ManifestScene>, BTreeMap<SceneId, usize>) {
    let in_split = |image: &&ImageRecord| sides.contains_key(&image.id);
    let mut side_of: BTreeMap<SceneId, Side> = BTreeMap::new();
    for image in snapshot.images.iter().filter(in_split) {
        if let (Some(scene), Some(side)) = (image.scene, sides.get(&image.id)) {
            side_of.insert(scene, *side);
        }
    }
    let mut groups: BTreeMap<GroupId, u32> = BTreeMap::new();
    let mut scenes = Vec::new();
    let mut places = BTreeMap::new();
    for scene in &snapshot.scenes {
        let Some(side) = side_of.get(&scene.id) else {
            continue;
        };
        let group = scene.group.map(|group| {
            let next = groups.len() as u32 + 1;
            *groups.entry(group).or_insert(next)
        });
        places.insert(scene.id, scenes.len());
        let source = snapshot.source(scene.source);
        scenes.push(ManifestScene {
            name: snapshot.scene_name(scene),
            source: source.map_or_else(String::new, |source| source.name.clone()),
            first_frame: scene.first_frame,
            last_frame: scene.last_frame,
            transition: scene.transition,
            side: *side,
            group,
        });
    }
    (scenes, places)
}

fn project_name(snapshot: &Snapshot) -> String {
    let name = snapshot.root.file_name();
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// What the folders do not hold, or hold otherwise than the program uses it.
fn tell(snapshot: &Snapshot, split: &Split, manifest: &Manifest, progress: &Progress) {
    let warn = |subject: &str, text: String| progress.warn(subject, text);
    let images = |count: usize| match count {
        1 => "1 image".to_owned(),
        count => format!("{count} images"),
    };
    let cropped = manifest
        .images
        .iter()
        .filter(|image| !image.crop.is_none())
        .count();
    if cropped > 0 {
        warn(
            "crops",
            format!(
                "{} cropped in the project: the files are whole, and what is to be cut off is in {}",
                images(cropped),
                Manifest::METADATA
            ),
        );
    }
    if !split.copies.is_empty() {
        warn(
            "upsampled sources",
            format!(
                "{} of upsampled sources are not among the files; `upsample --write DIR` writes them",
                images(split.copies.len())
            ),
        );
    }
    if !split.twins.is_empty() {
        warn(
            Manifest::TWINS,
            format!(
                "{} of the training side are also in validation or a test set: they lie in a folder of their own, where no training finds them",
                images(split.twins.len())
            ),
        );
    }
    for side in [Side::Train, Side::Valid] {
        let of_side = manifest.images.iter();
        let of_side = of_side.filter(|image| image.side == side && !image.is_twin);
        let present: BTreeSet<&str> = of_side.map(|image| image.class.as_str()).collect();
        let missing = split.classes.iter().map(String::as_str);
        let missing: Vec<&str> = missing.filter(|class| !present.contains(class)).collect();
        if !missing.is_empty() {
            warn(
                side.name(),
                format!(
                    "no image of {}: its folder is there, so that both sides number the classes alike, and torchvision wants allow_empty=True",
                    missing.join(", ")
                ),
            );
        }
    }
    let left_out = LeftOut::of(snapshot);
    if left_out.rejected > 0 {
        let text = format!("not exported: {}", images(left_out.rejected));
        warn("rejected", text);
    }
    if left_out.without_class > 0 {
        let text = format!("not exported: {}", images(left_out.without_class));
        warn("without a class", text);
    }
    let tests = snapshot.sources.iter().filter(|source| source.is_test);
    let tests: Vec<&str> = tests.map(|source| source.name.as_str()).collect();
    if !tests.is_empty() {
        warn("test sets", format!("not exported: {}", tests.join(", ")));
    }
}

/// Images of the project that are in no folder; those of test sets are told by their sources.
struct LeftOut {
    rejected: usize,
    /// And not rejected.
    without_class: usize,
}

impl LeftOut {
    fn of(snapshot: &Snapshot) -> Self {
        let mut left_out = Self {
            rejected: 0,
            without_class: 0,
        };
        for image in &snapshot.images {
            if snapshot
                .source(image.source)
                .is_some_and(|source| source.is_test)
            {
                continue;
            }
            if image.decision == Decision::Reject {
                left_out.rejected += 1;
            } else if image.class.is_none() {
                left_out.without_class += 1;
            }
        }
        left_out
    }
}
