//! A run's model card: what it is of, how right it is and how sure that is, and why to distrust it; as data and as a text.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::catalog::Credit;
use crate::collect::credits::date;
use crate::error::{Error, Result};
use crate::evaluate::Predictions;
use crate::project::{Project, read_text};
use crate::report::interval_text;
use crate::run::caveat::Caveat;
use crate::run::{Ancestor, RunLog};

/// model-card.json.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    pub program: String,
    pub project: String,
    pub run: String,
    /// `2026-11-26`, in UTC.
    pub trained: String,
    pub hardware: String,
    pub architecture: String,
    pub stage: u8,
    pub classes: Vec<String>,
    pub train_images: usize,
    pub valid_images: usize,
    /// Of the files of both sides; `null` in runs of older versions.
    pub data_version: Option<String>,
    pub split_hash: String,
    pub is_random_split: bool,
    /// Runs that it descends from, oldest first; `null` in runs of older versions.
    pub lineage: Option<Vec<Ancestor>>,
    /// On validation, 0 to 1, with 95 %.
    pub accuracy: Option<f64>,
    pub interval: Option<[f64; 2]>,
    /// Validation images that its line was trained on; `null`: nobody knows.
    pub contaminated: Option<usize>,
    /// Why the accuracy looks better than it is, in words.
    pub caveats: Vec<String>,
    /// Sets that it was measured on.
    pub sets: Vec<MeasuredSet>,
    /// On validation, where that was evaluated: the least known class first.
    pub per_class: Vec<ClassRecall>,
    /// Collected images that it was trained on, by licence.
    pub licences: BTreeMap<String, usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredSet {
    pub set: String,
    pub images: usize,
    pub accuracy: Option<f64>,
    pub interval: Option<[f64; 2]>,
    /// Images of it that the run's line was trained on; `null`: nobody knows.
    pub seen_in_training: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassRecall {
    pub class: String,
    pub images: usize,
    /// Part of them that is taken for the class.
    pub recall: f64,
}

impl ModelCard {
    pub const FILE: &str = "model-card.json";

    /// True of every classifier that this program makes.
    pub const NOT_FOR: &str = "It knows these classes alone: an image of anything else is taken for one of them. Images of another style than those that it
was trained on are known less well than the numbers above say.";

    /// `credits`: of the images that it was trained on.
    ///
    /// # Errors
    /// As [`Predictions::read_all`].
    pub fn of(project: &Project, run: &RunLog, credits: &[Credit]) -> Result<Self> {
        let info = &run.info;
        let measured = Predictions::read_all(project, &info.id)?;
        let current = measured
            .iter()
            .filter(|set| set.info.best_epoch == run.best_epoch());
        let valid = current.clone().find(|set| set.info.set == "valid");
        let mut licences = BTreeMap::new();
        for credit in credits {
            let licence = credit.provenance.licence.clone();
            let licence = licence.unwrap_or_else(|| "not named".to_owned());
            *licences.entry(licence).or_default() += 1;
        }
        Ok(Self {
            program: info.program.clone(),
            project: project.name().to_owned(),
            run: info.id.clone(),
            trained: date(info.started),
            hardware: info.hardware.clone(),
            architecture: info.config.arch.title().to_owned(),
            stage: info.config.stage,
            classes: info.classes.clone(),
            train_images: info.train_n,
            valid_images: info.valid_n,
            data_version: info.data_version.clone(),
            split_hash: info.split_hash.clone(),
            is_random_split: info.is_random_split,
            lineage: info.lineage.clone(),
            accuracy: run.best_accuracy(),
            interval: run.best_interval(),
            contaminated: run.contaminated,
            caveats: run.caveats().into_iter().map(Caveat::text).collect(),
            sets: current
                .map(|set| MeasuredSet {
                    set: set_name(&set.info.set),
                    images: set.info.n,
                    accuracy: set.info.accuracy,
                    interval: set.info.interval,
                    seen_in_training: set.info.seen_in_training,
                })
                .collect(),
            per_class: valid.map(recalls).unwrap_or_default(),
            licences,
        })
    }

    /// model-card.json of the bundle in `folder`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::BadFile`].
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(Self::FILE);
        let text = read_text(&path, ("read the bundle", "the bundle"))?;
        serde_json::from_str(&text).map_err(|error| Error::BadFile {
            what: "the model card of a bundle",
            reason: error.to_string(),
            path,
        })
    }

    /// # Errors
    /// [`Error::Invalid`] if it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| Error::Invalid(error.to_string()))
    }

    pub fn to_markdown(&self) -> String {
        let parts = [
            self.what_it_is(),
            self.how_right_it_is(),
            format!("## What it is not for\n\n{}", Self::NOT_FOR),
            self.where_it_is_from(),
            HOW_TO_USE.to_owned(),
        ];
        parts.join("\n\n") + "\n"
    }

    fn what_it_is(&self) -> String {
        let classes = match self.classes.len() {
            1 => "1 class".to_owned(),
            several => format!("{several} classes"),
        };
        format!(
            "# {}: {}\n\nAn image classifier for {classes}: {}.\n\nRun {}, stage {}, trained on {} by {} ({}) on {} images; {} others were held out and measured on.",
            self.project,
            self.architecture,
            self.classes.join(", "),
            self.run,
            self.stage,
            self.trained,
            self.program,
            self.hardware,
            self.train_images,
            self.valid_images
        )
    }

    fn how_right_it_is(&self) -> String {
        let interval = self.interval.map(interval_text);
        let interval = interval.map(|text| format!(", {text}")).unwrap_or_default();
        let mut lines = vec!["## How right it is".to_owned(), String::new()];
        lines.push(match self.accuracy {
            Some(accuracy) => format!(
                "{:.1} % of the held-out images{interval}.",
                accuracy * 100.0
            ),
            None => "It was not measured.".to_owned(),
        });
        for caveat in &self.caveats {
            lines.push(format!("\n**{caveat}**"));
        }
        if !self.sets.is_empty() {
            lines.push("\n| set | images | right | 95 % | trained on |".to_owned());
            lines.push("|---|---|---|---|---|".to_owned());
            lines.extend(self.sets.iter().map(MeasuredSet::row));
        }
        if !self.per_class.is_empty() {
            lines.push("\n| class | images held out | taken for it |".to_owned());
            lines.push("|---|---|---|".to_owned());
            lines.extend(self.per_class.iter().map(ClassRecall::row));
        }
        lines.join("\n")
    }

    fn where_it_is_from(&self) -> String {
        let data = self.data_version.as_deref().unwrap_or("unknown");
        let runs = match &self.lineage {
            None => {
                "it started from runs that nobody knows (an older version trained it)".to_owned()
            }
            Some(runs) if runs.is_empty() => "it started from no other run".to_owned(),
            Some(runs) => {
                let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
                format!("it started from {}", ids.join(", then "))
            }
        };
        let mut lines = vec![
            "## Where it is from".to_owned(),
            String::new(),
            format!("- data version {data}, split {}", self.split_hash),
            format!("- {runs}"),
        ];
        if !self.licences.is_empty() {
            let licences = self.licences.iter();
            let licences: Vec<String> = licences.map(|(name, n)| format!("{name} ({n})")).collect();
            lines.push(format!(
                "- licences of images that it was trained on: {}; CREDITS.md says by whom they are",
                licences.join(", ")
            ));
        }
        lines.join("\n")
    }
}

const HOW_TO_USE: &str = "## How to use it

`cutting-room predict --bundle DIR IMAGE…`, or `python predict.py IMAGE…` in this folder (with numpy, pillow, torch, and
torchvision or timm). Both compare their logits of the images in `goldens` with those in goldens.json first and say so. What the
net sees of an image is in preprocessing.json.";

impl ClassRecall {
    fn row(&self) -> String {
        let recall = self.recall * 100.0;
        format!("| {} | {} | {recall:.0} % |", self.class, self.images)
    }
}

impl MeasuredSet {
    fn row(&self) -> String {
        let accuracy = self.accuracy.map(|part| format!("{:.1} %", part * 100.0));
        let interval = self
            .interval
            .map(|[low, high]| format!("{:.1} to {:.1} %", low * 100.0, high * 100.0));
        let seen = self.seen_in_training.map(|seen| seen.to_string());
        format!(
            "| {} | {} | {} | {} | {} |",
            self.set,
            self.images,
            accuracy.unwrap_or_default(),
            interval.unwrap_or_default(),
            seen.unwrap_or_else(|| "unknown".to_owned())
        )
    }
}

/// A folder by its last part: where it lies on this computer is nobody's business.
fn set_name(set: &str) -> String {
    let last = set.rsplit(['/', '\\']).find(|part| !part.is_empty());
    last.unwrap_or(set).to_owned()
}

fn recalls(valid: &Predictions) -> Vec<ClassRecall> {
    let mut recalls: Vec<ClassRecall> = Vec::new();
    for (index, class) in valid.info.classes.iter().enumerate() {
        let of_class = valid.images.iter().filter(|image| image.target == index);
        let (images, right) = of_class.fold((0usize, 0usize), |(images, right), image| {
            (images + 1, right + usize::from(image.is_correct()))
        });
        if images > 0 {
            recalls.push(ClassRecall {
                class: class.clone(),
                images,
                recall: right as f64 / images as f64,
            });
        }
    }
    recalls.sort_by(|a, b| a.recall.total_cmp(&b.recall));
    recalls
}
