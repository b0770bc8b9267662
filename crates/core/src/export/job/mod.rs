//! Trainings as a folder that needs nothing else: see [`crate::job_folder`].

mod recipe;
mod scripts;
mod starts;

use std::collections::BTreeMap;

use super::exporting::Material;
use super::imagefolder;
use super::{NewFolder, python};
use crate::catalog::{Catalog, ImageId, ImageRecord, Unit};
use crate::curate::Leaks;
use crate::dataset::{Sample, Split};
use crate::error::{Error, Result};
use crate::job_folder::{FORMAT, JobFile, JobImage, JobImages, JobRun};
use crate::progress::Progress;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::train::job::{KeptEpoch, TrainJob, Watch};
use crate::train::start;
use starts::Starts;

/// What was written.
pub(super) struct Made {
    pub split_hash: String,
    pub images: usize,
}

pub(super) fn write(
    folder: &NewFolder,
    material: &Material,
    configs: &[TrainConfig],
    copies: bool,
    progress: &Progress,
) -> Result<Made> {
    let snapshot = &material.snapshot;
    let split = Split::of(snapshot)?;
    let catalog = Catalog::open_read_only(&material.project)?;
    let leakage = Leaks::of(&catalog, snapshot, &split, None)?.leakage();
    let job = |config: &TrainConfig| TrainJob {
        project: material.project.clone(),
        // That is for whoever trains it to choose.
        config: TrainConfig {
            device: None,
            ..config.clone()
        },
        split: split.clone(),
        kept: KeptEpoch::Best,
        leakage,
        watch: Watch::default(),
    };
    // Before anything is copied.
    let jobs: Vec<TrainJob> = configs
        .iter()
        .map(|config| {
            let job = job(config);
            let config = start::settled(&job)?;
            Ok(TrainJob { config, ..job })
        })
        .collect::<Result<_>>()?;
    let made = imagefolder::write(folder, snapshot, copies, progress)?;
    progress.stage("writing the job", Some(jobs.len() as u64));
    let mut starts = Starts::new(folder, &material.project);
    let mut runs = Vec::with_capacity(jobs.len());
    for job in &jobs {
        progress.check()?;
        let net = start::first_net(job)?;
        let weights = starts.weights_of(job, &net)?;
        runs.push(JobRun {
            torch: recipe::of(job, net, weights)?,
            config: starts.config_of(job)?,
        });
        progress.advance(1);
    }
    let file = JobFile {
        format: FORMAT,
        program: format!("cutting-room {}", env!("CARGO_PKG_VERSION")),
        project: material.project.name().to_owned(),
        split_hash: split.hash.clone(),
        classes: split.classes.clone(),
        starts: starts.into_runs(),
        runs,
    };
    write_json(folder, JobFile::FILE, &file)?;
    write_json(
        folder,
        JobFile::IMAGES,
        &images(&split, material, &made.files)?,
    )?;
    Project::describe(folder.path(), material.project.name())?;
    let place = folder.place("catalog.sqlite")?;
    catalog.copy_for(&place, &made.files, &snapshot.pixels)?;
    refuse_changed(folder, &split)?;
    python::write(folder)?;
    scripts::write(folder, &file)?;
    Ok(Made {
        split_hash: split.hash,
        images: made.images,
    })
}

/// The snapshot was taken before the catalog was copied.
fn refuse_changed(folder: &NewFolder, split: &Split) -> Result<()> {
    let copied = Catalog::open_read_only(&Project::open(folder.path())?)?;
    let there = Split::of(&copied.snapshot()?)?;
    if there.hash == split.hash && there.crops == split.crops {
        return Ok(());
    }
    Err(Error::Invalid(
        "nothing was written, because the project was changed while it was exported; export it again".into(),
    ))
}

fn images(
    split: &Split,
    material: &Material,
    files: &BTreeMap<ImageId, String>,
) -> Result<JobImages> {
    let records = material.snapshot.images.iter();
    let records: BTreeMap<ImageId, &ImageRecord> = records.map(|image| (image.id, image)).collect();
    let side = |samples: &[Sample]| -> Result<Vec<JobImage>> {
        let image = |sample: &Sample| {
            let id = sample.image?;
            let crop = sample.recipe.crop;
            Some(JobImage {
                file: files.get(&id)?.clone(),
                target: sample.target,
                hash: records.get(&id)?.hash.clone(),
                unit: unit(sample.unit, id),
                crop: [crop.left, crop.top, crop.right, crop.bottom],
            })
        };
        let found: Option<Vec<JobImage>> = samples.iter().map(image).collect();
        found.ok_or_else(|| {
            Error::Invalid("an image of the split is not in the project; export again".into())
        })
    };
    Ok(JobImages {
        train: side(&split.train)?,
        valid: side(&split.valid)?,
    })
}

fn unit(unit: Option<Unit>, image: ImageId) -> String {
    match unit.unwrap_or(Unit::Image(image)) {
        Unit::Group(group) => format!("group-{}", group.0),
        Unit::Scene(scene) => format!("scene-{}", scene.0),
        Unit::Image(image) => format!("image-{}", image.0),
    }
}

fn write_json(folder: &NewFolder, name: &str, value: &impl serde::Serialize) -> Result<()> {
    let json =
        serde_json::to_string_pretty(value).map_err(|error| Error::Invalid(error.to_string()))?;
    folder.write(name, json.as_bytes())
}
