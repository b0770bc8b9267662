//! What images show: `predict` and `explain`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::explain::Explained;
use crate::explain::faithfulness::Faithfulness;
use crate::explain::method::Method;
use crate::media::border::Insets;
use crate::media::recipe::Recipe;
use crate::predict::Prediction;

/// The document of `predict --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Predictions {
    pub predictions: Vec<PredictionRow>,
    /// By which it was predicted, if it was by an exported bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle: Option<CheckedBundle>,
}

/// A bundle that has passed its check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckedBundle {
    pub path: PathBuf,
    pub run: String,
    /// Images in it that it was asked about.
    pub checked: usize,
    /// By how much a logit differed at most from the one that the run gave.
    pub difference: f32,
}

/// One image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PredictionRow {
    /// As it was given.
    pub path: PathBuf,
    /// The most probable one.
    pub class: String,
    /// By class, 0 to 1.
    pub probs: BTreeMap<String, f32>,
    /// Pixels that were cut off before, as the images that the run was trained on were cropped.
    #[serde(skip_serializing_if = "Insets::is_nothing")]
    pub crop: Insets,
}

impl PredictionRow {
    /// `classes`: in the order of the prediction's probabilities.
    pub fn new(
        (path, recipe): (&Path, Recipe),
        classes: &[String],
        prediction: &Prediction,
    ) -> Self {
        let ranking = prediction.ranking();
        let top = ranking.first().and_then(|&index| classes.get(index));
        let probs = prediction.probs.iter().copied();
        Self {
            path: path.to_path_buf(),
            class: top.cloned().unwrap_or_default(),
            probs: classes.iter().cloned().zip(probs).collect(),
            crop: recipe.crop,
        }
    }
}

/// The document of `explain --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplanationRow {
    #[serde(flatten)]
    pub prediction: PredictionRow,
    /// The class.
    pub explained: String,
    /// The class that it was compared with.
    pub against: Option<String>,
    pub method: Method,
    /// Whose map was read, for a method that reads one.
    pub layer: Option<String>,
    /// The PNG that was written.
    pub out: PathBuf,
    /// The array for NumPy that was written, if one was asked for.
    pub raw: Option<PathBuf>,
    /// Of the raw map.
    pub shape: Vec<usize>,
    /// If it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faithfulness: Option<Faithfulness>,
    /// Nothing in the image speaks for the class.
    #[serde(skip)]
    pub is_blank: bool,
}

/// The document of `explain --json` with several images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanations {
    pub explanations: Vec<ExplanationRow>,
}

/// The files an explanation was written to.
#[derive(Clone, Copy, Debug)]
pub struct WrittenFiles<'a> {
    pub out: &'a Path,
    pub raw: Option<&'a Path>,
}

impl ExplanationRow {
    pub fn new(path: &Path, explained: &Explained, files: WrittenFiles<'_>) -> Self {
        let against = explained.against.as_ref();
        let layer = explained.method.takes_layer();
        Self {
            prediction: PredictionRow::new(
                (path, explained.recipe),
                &explained.classes,
                &explained.prediction,
            ),
            explained: explained.class_name().to_owned(),
            against: against.map(|other| explained.name_of(other.class).to_owned()),
            method: explained.method,
            layer: layer.then(|| explained.layer_name().to_owned()),
            out: files.out.to_path_buf(),
            raw: files.raw.map(Path::to_path_buf),
            shape: explained.raw().0,
            faithfulness: None,
            is_blank: explained.explanation.is_blank(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_names_the_most_probable_class_and_every_probability() {
        let classes = ["elves".to_owned(), "orcs".to_owned()];
        let prediction = Prediction {
            probs: vec![0.25, 0.75],
        };
        let row = PredictionRow::new(
            (Path::new("a.jpg"), Recipe::default()),
            &classes,
            &prediction,
        );
        assert_eq!(
            serde_json::to_value(row).unwrap(),
            serde_json::json!({
                "path": "a.jpg", "class": "orcs", "probs": { "elves": 0.25, "orcs": 0.75 }
            })
        );
    }
}
