//! Explanations of images by the runs of a project, with what is slow kept from one to the next.
//!
//! The run's net is kept until another run is asked for, the image's last feature map until another image is. So
//! another class costs one Grad-CAM, or one backward pass for guided backpropagation. Both are loaded again when their
//! file was replaced on disk: a run that is still training replaces its best weights.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use image::RgbaImage;

use super::method::{Explanation, Method, explain};
use crate::error::{Error, Result};
use crate::media::recipe::Recipe;
use crate::predict::{ImageFile, Inspection, Prediction, Predictor, ReadImage};
use crate::project::Project;
use crate::run::RunLog;
use crate::spare::give_back;

/// Belongs to one worker at a time; holds one net and one image.
pub struct Explainer {
    project: Project,
    run: Option<LoadedRun>,
    image: Option<InspectedImage>,
}

/// What a run says about an image, and where one of its classes is seen.
#[derive(Clone, Debug)]
pub struct Explained {
    /// In the order of the prediction's probabilities.
    pub classes: Arc<[String]>,
    pub prediction: Prediction,
    /// Index of the class that is explained.
    pub class: usize,
    /// Width and height in pixels of the image as it was read for the net.
    pub image_size: (u32, u32),
    /// What was made of the file before.
    pub recipe: Recipe,
    pub explanation: Explanation,
}

impl Explained {
    /// Name of the class that is explained.
    pub fn class_name(&self) -> &str {
        self.classes.get(self.class).map_or("", String::as_str)
    }

    /// Probability of the class that is explained.
    pub fn prob(&self) -> f32 {
        let prob = self.prediction.probs.get(self.class);
        prob.copied().unwrap_or_default()
    }

    /// The explanation with the image's aspect, no side over `max_side` pixels and none over the image's.
    pub fn colors(&self, max_side: u32) -> RgbaImage {
        let (width, height) = fit(self.image_size, max_side);
        self.explanation.colors(width, height)
    }
}

/// Width and height with the aspect of `size` and no side over `side`; never larger than `size`, never 0.
fn fit((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let scale = (f64::from(side) / f64::from(width.max(height).max(1))).min(1.0);
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    (scaled(width), scaled(height))
}

struct LoadedRun {
    id: String,
    /// Where the run stood before its weights were read.
    log: RunLog,
    epoch: Option<u32>,
    weights: Option<FileVersion>,
    predictor: Predictor,
    classes: Arc<[String]>,
}

impl LoadedRun {
    fn load(project: &Project, id: &str) -> Result<Self> {
        // Asked before the weights are read: ones that are replaced meanwhile are read again next time.
        let dir = project.run_dir(id);
        let weights = FileVersion::of(&Predictor::weights_path(&dir));
        let log = RunLog::open(&dir);
        let predictor = Predictor::load(project, id)?;
        let log = log?;
        Ok(Self {
            id: id.to_owned(),
            epoch: log.best_epoch(),
            log,
            weights,
            classes: predictor.classes().into(),
            predictor,
        })
    }

    /// Whether these are the best weights of the run still. A file's time alone does not tell: some disks count in
    /// steps of two seconds, and a short epoch fits into one.
    fn is_current(&mut self) -> bool {
        let weights = FileVersion::of(&Predictor::weights_path(&self.log.dir));
        let is_read = self.log.refresh().is_ok();
        is_read
            && weights.is_some()
            && weights == self.weights
            && self.epoch == self.log.best_epoch()
    }
}

struct InspectedImage {
    asked: ImageFile,
    file: Option<FileVersion>,
    read: ReadImage,
    inspection: Inspection,
}

/// Tells a file from the one that replaced it. The length alone does not: weights of one net are always as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileVersion {
    modified: SystemTime,
    size_bytes: u64,
    /// A file that is written anew and renamed has another number.
    inode: u64,
}

impl FileVersion {
    /// `None` where the file or its time cannot be read.
    fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        Some(Self {
            modified: metadata.modified().ok()?,
            size_bytes: metadata.len(),
            inode: inode(&metadata),
        })
    }
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &std::fs::Metadata) -> u64 {
    0
}

impl Explainer {
    pub fn new(project: Project) -> Self {
        Self {
            project,
            run: None,
            image: None,
        }
    }

    /// Explains why the best weights of a run see a class in an image; `class` `None` is the most probable one.
    ///
    /// # Errors
    /// As [`Predictor::load`] and [`Predictor::read`]; [`Error::Unknown`] if the run has no such class; as [`explain`].
    pub fn explain(
        &mut self,
        run_id: &str,
        asked: &ImageFile,
        class: Option<&str>,
        method: Method,
    ) -> Result<Explained> {
        let is_current = self
            .run
            .as_mut()
            .is_some_and(|run| run.id == run_id && run.is_current());
        if !is_current {
            // First, so that two nets are never in memory together.
            self.release();
        }
        let run = if let Some(run) = self.run.take() {
            self.run.insert(run)
        } else {
            let loaded = self.run.insert(LoadedRun::load(&self.project, run_id)?);
            // The file and its tensors, which the net has taken over.
            give_back();
            loaded
        };
        let file = FileVersion::of(&asked.path);
        let shown = match self.image.take() {
            Some(image) if image.asked == *asked && file.is_some() && image.file == file => {
                self.image.insert(image)
            }
            other => {
                drop(other);
                self.image.insert(InspectedImage::read(run, asked, file)?)
            }
        };
        let prediction = shown.inspection.prediction.clone();
        let class = match class {
            Some(name) => class_index(&run.classes, name)?,
            None => prediction.ranking().first().copied().unwrap_or_default(),
        };
        let seen = (&shown.read.image, &shown.inspection);
        // A backward pass keeps every map of the net: several times as much as the net itself.
        let goes_back = method != Method::GradCam;
        if goes_back {
            run.predictor.release_memory();
        }
        let explanation = explain(&run.predictor, seen, class, method);
        if goes_back {
            run.predictor.release_memory();
            give_back();
        }
        Ok(Explained {
            classes: Arc::clone(&run.classes),
            prediction,
            class,
            image_size: shown.read.image.dimensions(),
            recipe: shown.read.recipe,
            explanation: explanation?,
        })
    }

    /// Lets go of the net and the image; the next request loads them again.
    pub fn release(&mut self) {
        self.image = None;
        self.run = None;
        give_back();
    }
}

impl InspectedImage {
    fn read(run: &LoadedRun, asked: &ImageFile, file: Option<FileVersion>) -> Result<Self> {
        let read = run.predictor.read(asked)?;
        Ok(Self {
            asked: asked.clone(),
            file,
            inspection: run.predictor.inspect(&read.image)?,
            read,
        })
    }
}

fn class_index(classes: &[String], name: &str) -> Result<usize> {
    classes
        .iter()
        .position(|class| class == name)
        .ok_or_else(|| Error::Unknown {
            what: "class",
            name: name.to_owned(),
            remedy: format!("the run knows: {}", classes.join(", ")),
        })
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use image::RgbImage;
    use std::path::PathBuf;

    use super::*;
    use crate::model::weights::{self, Precision};
    use crate::model::{self, Arch};
    use crate::run::RunInfo;
    use crate::run::config::TrainConfig;
    use crate::run::preset::Preset;

    const RUN: &str = "20261123-101500-s1";

    /// A project with one run of two classes and one image.
    fn project(root: &Path) -> (Project, PathBuf) {
        let project = Project::create(&root.join("films")).unwrap();
        let dir = project.run_dir(RUN);
        std::fs::create_dir_all(&dir).unwrap();
        let info = RunInfo {
            id: RUN.to_owned(),
            started: 1_790_000_000,
            process: 1,
            program: "cutting-room".to_owned(),
            hardware: "test".to_owned(),
            split_hash: "0123456789abcdef".to_owned(),
            is_random_split: false,
            leaks: None,
            train_n: 6,
            valid_n: 6,
            classes: vec!["drakes".to_owned(), "elves".to_owned()],
            lineage: None,
            data_version: None,
            copies: 0,
            crop: None,
            contaminated: None,
            config: TrainConfig {
                size: Some(64.into()),
                preset: Some(Preset::default()),
                ..TrainConfig::default()
            },
        };
        std::fs::write(dir.join("run.toml"), toml::to_string(&info).unwrap()).unwrap();
        let path = root.join("image.png");
        let image = RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8 * 4, y as u8 * 4, 9]));
        image.save(&path).unwrap();
        (project, path)
    }

    /// Weights of a net that takes every image for `class`.
    fn save_weights(project: &Project, class: usize) {
        let head = Preset::default().head();
        let net = model::build(Arch::default(), head, 2, 0).unwrap();
        let mut state = net.state().unwrap();
        let (name, bias) = state
            .iter_mut()
            .filter(|(_, value)| value.dims() == [2])
            .last()
            .map(|(name, value)| (name.clone(), value))
            .unwrap();
        assert!(name.ends_with("bias"), "{name}");
        let values = [0, 1].map(|index| if index == class { 50f32 } else { -50.0 });
        *bias = candle_core::Tensor::new(&values, &Device::Cpu).unwrap();
        let path = Predictor::weights_path(&project.run_dir(RUN));
        weights::save(&path, &state, Precision::F32).unwrap();
    }

    #[test]
    fn weights_replaced_on_disk_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (project, image) = project(folder.path());
        let mut explainer = Explainer::new(project.clone());
        for (class, name) in ["drakes", "elves"].into_iter().enumerate() {
            save_weights(&project, class);
            let found = explainer
                .explain(RUN, &ImageFile::outside(&image), None, Method::GradCam)
                .unwrap();
            assert_eq!((found.class, found.class_name()), (class, name));
            assert!(found.prob() > 0.9, "{:?}", found.prediction);
        }
    }

    /// As on a disk whose times are too coarse for a short epoch, and which uses the old file's place again.
    #[test]
    fn a_better_epoch_is_noticed_also_where_the_file_looks_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (project, image) = project(folder.path());
        let weights = Predictor::weights_path(&project.run_dir(RUN));
        let metrics = project.run_dir(RUN).join("metrics.jsonl");
        let mut explainer = Explainer::new(project.clone());
        let mut rows = String::new();
        for (class, epoch) in [(0, 1), (1, 2)] {
            let before = weights.metadata().and_then(|before| before.modified());
            save_weights(&project, class);
            if let (Ok(before), Some(kept)) = (before, &mut explainer.run) {
                let file = std::fs::File::options().write(true).open(&weights);
                file.unwrap().set_modified(before).unwrap();
                kept.weights = FileVersion::of(&weights);
            }
            let row = format!(
                r#"{{"kind":"epoch","epoch":{epoch},"epochs":2,"step":1,"train_loss":1.0,"valid_loss":1.0,"train_accuracy":null,"accuracy":0.5,"valid_n":6,"is_best":true,"elapsed_secs":1.0}}"#
            );
            rows = format!("{rows}{row}\n");
            std::fs::write(&metrics, &rows).unwrap();
            let found = explainer
                .explain(RUN, &ImageFile::outside(&image), None, Method::GradCam)
                .unwrap();
            assert_eq!(found.class, class, "epoch {epoch}");
        }
    }

    #[test]
    fn what_is_unchanged_is_kept_and_another_image_in_its_place_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let (project, path) = project(folder.path());
        save_weights(&project, 0);
        let mut explainer = Explainer::new(project);
        let mut explain =
            |class| explainer.explain(RUN, &ImageFile::outside(&path), class, Method::Guided);
        assert_eq!(explain(Some("elves")).unwrap().class, 1);
        assert!(matches!(explain(Some("orcs")), Err(Error::Unknown { .. })));
        RgbImage::new(80, 60).save(&path).unwrap();
        assert_eq!(explain(None).unwrap().image_size, (80, 60));
        let kept = |explainer: &Explainer| {
            explainer
                .image
                .as_ref()
                .map(|image| image.inspection.features.id())
        };
        let before = kept(&explainer);
        explainer
            .explain(
                RUN,
                &ImageFile::outside(&path),
                Some("drakes"),
                Method::GradCam,
            )
            .unwrap();
        assert!(before.is_some() && before == kept(&explainer));
    }

    #[test]
    fn a_run_without_weights_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let (project, image) = project(folder.path());
        let error = Explainer::new(project)
            .explain(RUN, &ImageFile::outside(&image), None, Method::GradCam)
            .unwrap_err();
        assert!(error.to_string().contains("no weights yet"), "{error}");
    }

    #[test]
    fn fitting_keeps_the_aspect_and_never_enlarges() {
        assert_eq!(fit((3200, 1600), 384), (384, 192));
        assert_eq!(fit((100, 50), 384), (100, 50));
        assert_eq!(fit((10_000, 1), 100), (100, 1));
    }
}
