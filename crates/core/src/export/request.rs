//! What somebody asks to be exported, and what was made of it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use super::exporting::{Exporting, Material};
use super::{NewFolder, bundle, imagefolder, job, onnx, weights};
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
    /// The images as train/CLASS and valid/CLASS, with a manifest from which `import-images` restores scenes and decisions
    Imagefolder,
    /// The run's recipe and the images, to train elsewhere with `train-job` or in PyTorch; `import-run` brings the result back
    Job,
}

impl Target {
    pub const ALL: [Self; 5] = [
        Self::Bundle,
        Self::Onnx,
        Self::Safetensors,
        Self::Imagefolder,
        Self::Job,
    ];

    /// Whether the images are in it, as links or copies.
    pub fn holds_images(self) -> bool {
        matches!(self, Self::Imagefolder | Self::Job)
    }

    /// Whether it is made of a run; otherwise it is of the project's images alone.
    pub fn needs_run(self) -> bool {
        self != Self::Imagefolder
    }

    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Bundle => "bundle",
            Self::Imagefolder => "imagefolder",
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
}

/// What was made; the document of `export --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    pub out: PathBuf,
    pub to: Target,
    pub run: Option<String>,
    /// Of the run, or of the images.
    pub split_hash: String,
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
        match (&self.run, self.images) {
            (_, Some(images)) => format!("{images} images, split {}, in {out}", self.split_hash),
            (run, None) => format!(
                "{} of {}: {} files in {out}",
                self.to.name(),
                run.as_deref().unwrap_or("a run"),
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
        split_hash: made.split_hash,
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
    ) -> Result<(String, Option<usize>)> {
        let write: fn(&NewFolder, &Exporting<'_>, &Progress) -> Result<()> = match self.to {
            Target::Imagefolder => {
                let made = imagefolder::write(folder, &material.snapshot, self.copies, progress)?;
                if let Some(run) = &self.run {
                    let run = RunInfo::read(&material.project.run_dir(run))?;
                    imagefolder::compare(&made, &run, progress);
                }
                return Ok((made.split_hash, Some(made.images)));
            }
            Target::Job => {
                let run = RunInfo::read(&material.project.run_dir(self.named_run()?))?;
                let config = run.config.asked_again();
                let made = job::write(folder, material, &[config], self.copies, progress)?;
                return Ok((made.split_hash, Some(made.images)));
            }
            Target::Safetensors => weights::write,
            Target::Onnx => onnx::write,
            Target::Bundle => bundle::write,
        };
        let run = self.named_run()?;
        let run = Exporting::open(material, run)?;
        write(folder, &run, progress)?;
        Ok((run.log.info.split_hash, None))
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
