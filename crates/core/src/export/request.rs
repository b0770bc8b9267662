//! What somebody asks to be exported, and what was made of it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use super::exporting::{Exporting, Material};
use super::{NewFolder, bundle, imagefolder, job, onnx, site, tensorboard, weights};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::run::RunInfo;
use crate::run::config::TrainConfig;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The weights, named as torchvision or timm name them
    Safetensors,
    /// The net for ONNX Runtime and other programs, with logits and the last feature map as outputs
    Onnx,
    /// Weights, model card, credits and images with their logits, by which every reader checks itself
    Bundle,
    /// A page that predicts in the visitor's browser, for any host of static files
    Site,
    /// The images as train/CLASS and valid/CLASS, with a manifest from which `import-images` restores scenes and decisions
    Imagefolder,
    /// The course of a run, or of all of them, as TensorBoard's event files
    Tensorboard,
    /// The run's recipe and the images, to train elsewhere with `train-job` or in PyTorch; `import-run` brings the result back
    Job,
}

impl Target {
    pub const ALL: [Self; 7] = [
        Self::Bundle,
        Self::Site,
        Self::Onnx,
        Self::Safetensors,
        Self::Imagefolder,
        Self::Job,
        Self::Tensorboard,
    ];

    /// Whether the images are in it, as links or copies.
    pub fn holds_images(self) -> bool {
        matches!(self, Self::Imagefolder | Self::Job)
    }

    /// Whether it is made of one run; otherwise of the project's images, or of all of its runs where none is named.
    pub fn needs_run(self) -> bool {
        !matches!(self, Self::Imagefolder | Self::Tensorboard)
    }

    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Bundle => "bundle",
            Self::Site => "site",
            Self::Imagefolder => "imagefolder",
            Self::Tensorboard => "tensorboard",
            Self::Job => "job",
        }
    }
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub to: Target,
    /// Needed where [`Target::needs_run`].
    pub run: Option<String>,
    /// A new or an empty folder.
    pub out: PathBuf,
    /// Image folders hold copies, not links.
    pub copies: bool,
    /// Of a page: the folder with the files of [`site::ONNX_RUNTIME_WEB`]; `None`: they are downloaded once.
    pub runtime: Option<PathBuf>,
}

/// What was made; the document of `export --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    pub out: PathBuf,
    pub to: Target,
    pub run: Option<String>,
    /// Of the run, or of the images; of several runs none.
    pub split_hash: Option<String>,
    /// Relative to `out`, sorted.
    pub files: Vec<PathBuf>,
    /// In the image folders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<usize>,
}

impl Exported {
    /// "bundle of 20261126-101500-s1: 23 files in /tmp/demo"; "600 images, split 0123456789abcdef, in /tmp/demo".
    pub fn summary(&self) -> String {
        let out = self.out.display();
        let split = self.split_hash.as_deref().unwrap_or_default();
        match (&self.run, self.images) {
            (_, Some(images)) => format!("{images} images, split {split}, in {out}"),
            (run, None) => format!(
                "{} of {}: {} files in {out}",
                self.to.name(),
                run.as_deref().unwrap_or("all runs"),
                self.files.len()
            ),
        }
    }
}

/// Makes the job of `configs`, of a sweep for instance, as the new folder `out`.
///
/// # Errors
/// As [`Request::run`]; what is wrong with one of the configurations, as [`crate::train::start::train`] has it.
pub fn export_job(
    material: &Material,
    configs: &[TrainConfig],
    (out, copies): (&Path, bool),
    progress: &Progress,
) -> Result<Exported> {
    let folder = NewFolder::new(&material.snapshot, out)?;
    let made = job::write(&folder, material, configs, copies, progress)?;
    progress.check()?;
    Ok(Exported {
        out: out.to_path_buf(),
        to: Target::Job,
        run: None,
        split_hash: Some(made.split_hash),
        files: folder.finish()?,
        images: Some(made.images),
    })
}

impl Request {
    /// Makes it. What is to be known of the result is a warning.
    ///
    /// # Errors
    /// As [`Snapshot::check_output_folder`]; [`Error::Unknown`] if there is no such run; [`Error::Invalid`] if it has no weights,
    /// or nothing can be exported; [`Error::Io`]; [`Error::Cancelled`]. Nothing is left behind then.
    pub fn run(&self, material: &Material, progress: &Progress) -> Result<Exported> {
        let folder = NewFolder::new(&material.snapshot, &self.out)?;
        let (split_hash, images) = self.fill(&folder, material, progress)?;
        progress.check()?;
        Ok(Exported {
            out: self.out.clone(),
            to: self.to,
            run: self.run.clone(),
            split_hash,
            files: folder.finish()?,
            images,
        })
    }

    /// Returns the split's hash, and how many images there are in image folders.
    fn fill(
        &self,
        folder: &NewFolder,
        material: &Material,
        progress: &Progress,
    ) -> Result<(Option<String>, Option<usize>)> {
        if self.to == Target::Imagefolder {
            let made = imagefolder::write(folder, &material.snapshot, self.copies, progress)?;
            if let Some(run) = &self.run {
                let run = RunInfo::read(&material.project.run_dir(run))?;
                imagefolder::compare(&made, &run, progress);
            }
            return Ok((Some(made.split_hash), Some(made.images)));
        }
        if self.to == Target::Tensorboard {
            tensorboard::write(folder, material, self.run.as_deref(), progress)?;
            let run = self.run.as_ref();
            let info = run.map(|run| RunInfo::read(&material.project.run_dir(run)));
            return Ok((info.transpose()?.map(|info| info.split_hash), None));
        }
        let run = self.named_run()?;
        if self.to == Target::Job {
            let config = RunInfo::read(&material.project.run_dir(run))?
                .config
                .asked_again();
            let made = job::write(folder, material, &[config], self.copies, progress)?;
            return Ok((Some(made.split_hash), Some(made.images)));
        }
        let run = Exporting::open(material, run)?;
        match self.to {
            Target::Safetensors => weights::write(folder, &run, progress)?,
            Target::Onnx => onnx::write(folder, &run, progress)?,
            Target::Bundle => bundle::write(folder, &run, progress)?,
            Target::Site => site::write(folder, &run, self.runtime.as_deref(), progress)?,
            // Written above.
            Target::Imagefolder | Target::Tensorboard | Target::Job => {}
        }
        Ok((Some(run.log.info.split_hash), None))
    }

    fn named_run(&self) -> Result<&str> {
        self.run.as_deref().ok_or_else(|| {
            Error::Invalid(format!(
                "which run is to be exported as {}? Name it; the Train page lists the runs (on the command line: `runs PROJECT`)",
                self.to.name()
            ))
        })
    }
}
