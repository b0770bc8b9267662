//! What a run said of the pinned images after each of its epochs: `runs/ID/pins.jsonl`, a line for each image and epoch.
//!
//! Of an epoch that is trained again after a resume the last line counts. A line that was torn by a kill is skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::Pinned;
use crate::catalog::ImageId;
use crate::error::{Error, Result};
use crate::explain::Heatmap;
use crate::explain::cam::grad_cam_of;
use crate::explain::explanation::Explanation;
use crate::media::recipe::Recipe;
use crate::model::preprocess::Preprocess;
use crate::model::{Classifier as _, Freeze, Mode, Net};
use crate::predict::{ImageFile, Prediction};
use crate::progress::Progress;
use crate::run::files;

/// Digits that a probability and a map's value are kept with.
const DIGITS: f32 = 1e4;

/// A pinned image after an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// From 1.
    pub epoch: u32,
    pub image: ImageId,
    /// In the order of the run's classes.
    pub probs: Vec<f32>,
    /// Width and height of the map in cells.
    pub size: [usize; 2],
    /// Grad-CAM of the most probable class, row-major, from 0 to 1 at its hottest cell; all 0 where no region speaks for it.
    pub map: Vec<f32>,
    /// The part of the image the net saw, as fractions of its width and height: left, top, right, bottom.
    pub region: [f32; 4],
}

impl Row {
    /// Index of the most probable class.
    pub fn class(&self) -> usize {
        let best = self.probs.iter().enumerate();
        best.max_by(|(_, a), (_, b)| a.total_cmp(b))
            .map_or(0, |(class, _)| class)
    }

    /// The map, as any explanation is drawn.
    pub fn explanation(&self) -> Explanation {
        let [width, height] = self.size;
        Explanation::Regions {
            heatmap: Heatmap {
                width,
                height,
                values: self.map.clone(),
            },
            region: self.region,
        }
    }
}

/// All rows of a run, by image and epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History(BTreeMap<ImageId, BTreeMap<u32, Row>>);

impl History {
    /// Empty for a run that recorded nothing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn read(dir: &Path) -> Result<Self> {
        let path = files::pins(dir);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Error::io("read the pinned images", &path)(error)),
        };
        let lines = bytes.split(|&byte| byte == b'\n');
        let mut history = Self::default();
        for row in lines.filter_map(|line| serde_json::from_slice::<Row>(line).ok()) {
            history
                .0
                .entry(row.image)
                .or_default()
                .insert(row.epoch, row);
        }
        Ok(history)
    }

    pub fn of(&self, image: ImageId) -> Option<&BTreeMap<u32, Row>> {
        self.0.get(&image)
    }

    pub fn row(&self, image: ImageId, epoch: u32) -> Option<&Row> {
        self.0.get(&image)?.get(&epoch)
    }

    /// Epochs after which any of `images` was seen, in their order.
    pub fn epochs(&self, images: &[ImageId]) -> Vec<u32> {
        let rows = images.iter().filter_map(|image| self.0.get(image));
        let epochs: BTreeSet<u32> = rows.flat_map(BTreeMap::keys).copied().collect();
        epochs.into_iter().collect()
    }
}

/// Writes the rows of a run. What does not change from epoch to epoch is kept: the image as the net takes it, and under a
/// frozen backbone its last map.
#[derive(Default)]
pub struct Recorder {
    known: BTreeMap<ImageId, Known>,
    unreadable: BTreeSet<ImageId>,
}

struct Known {
    file: ImageFile,
    kept: Kept,
    region: [f32; 4],
}

enum Kept {
    /// `(1, 3, H, W)`, normalised.
    Input(Tensor),
    /// `(1, C, h, w)`.
    Features(Tensor),
}

impl Recorder {
    /// Appends a row for each of the `pinned` images, as `net` sees them after `epoch`. One that cannot be read is warned of
    /// once, and left out.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Tensor`].
    pub fn record(
        &mut self,
        (dir, epoch): (&Path, u32),
        (net, preprocess): (&Net, &Preprocess),
        pinned: &[Pinned],
        progress: &Progress,
    ) -> Result<()> {
        let is_pinned = |id: &ImageId| pinned.iter().any(|pin| pin.image == *id);
        self.known.retain(|id, _| is_pinned(id));
        let mut lines = Vec::new();
        for pin in pinned {
            if !self.is_ready(pin, (net, preprocess), progress)? {
                continue;
            }
            let Some(known) = self.known.get(&pin.image) else {
                continue;
            };
            let row = row(known, net, (pin.image, epoch))?;
            serde_json::to_writer(&mut lines, &row)
                .map_err(|error| Error::Invalid(error.to_string()))?;
            lines.push(b'\n');
        }
        append(dir, &lines)
    }

    /// Reads the image if that was not done yet.
    fn is_ready(
        &mut self,
        pin: &Pinned,
        (net, preprocess): (&Net, &Preprocess),
        progress: &Progress,
    ) -> Result<bool> {
        let known = self.known.get(&pin.image);
        if known.is_some_and(|known| known.file == pin.file) {
            return Ok(true);
        }
        if self.unreadable.contains(&pin.image) {
            return Ok(false);
        }
        let recipe = pin.file.recipe.unwrap_or_default();
        let (input, region) = match input(&pin.file.path, recipe, preprocess) {
            Ok(read) => read,
            Err(error) => {
                self.unreadable.insert(pin.image);
                let path = pin.file.path.display().to_string();
                progress.warn(
                    path,
                    format!("it is pinned, but cannot be watched: {error}"),
                );
                return Ok(false);
            }
        };
        let kept = if net.freeze() == Freeze::Backbone {
            Kept::Features(net.features(&input, Mode::Eval)?)
        } else {
            Kept::Input(input)
        };
        let known = Known {
            file: pin.file.clone(),
            kept,
            region,
        };
        self.known.insert(pin.image, known);
        Ok(true)
    }
}

/// What the net takes of the image, and the part of it that this is.
fn input(path: &Path, recipe: Recipe, preprocess: &Preprocess) -> Result<(Tensor, [f32; 4])> {
    let side = preprocess.decode_side();
    let image = recipe.decode_unknown_for(path, side)?.into_image();
    let region = preprocess.fit.region(image.width(), image.height());
    Ok((preprocess.input(&image)?, region))
}

fn row(known: &Known, net: &Net, (image, epoch): (ImageId, u32)) -> Result<Row> {
    let features = match &known.kept {
        Kept::Features(features) => features.clone(),
        Kept::Input(input) => net.features(input, Mode::Eval)?,
    };
    let logits: Vec<f32> = net.head(&features, None)?.flatten_all()?.to_vec1()?;
    let prediction = Prediction::from_logits(&logits);
    let class = prediction.ranking().first().copied().unwrap_or_default();
    let heatmap = grad_cam_of(net, &features, class)?;
    let most = heatmap.values.iter().copied().fold(0.0, f32::max);
    let scale = if most > 0.0 { 1.0 / most } else { 0.0 };
    let short = |value: f32| (value * DIGITS).round() / DIGITS;
    Ok(Row {
        epoch,
        image,
        probs: prediction.probs.into_iter().map(short).collect(),
        size: [heatmap.width, heatmap.height],
        map: heatmap.values.iter().map(|v| short(v * scale)).collect(),
        region: known.region,
    })
}

/// In one write, on a line of its own also after a torn one.
fn append(dir: &Path, lines: &[u8]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let path = files::pins(dir);
    let write = || {
        let is_torn = fs::read(&path).is_ok_and(|bytes| bytes.last().is_some_and(|b| *b != b'\n'));
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        let start: &[u8] = if is_torn { b"\n" } else { b"" };
        file.write_all(&[start, lines].concat())
    };
    write().map_err(Error::io("write what is said of the pinned images", &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(epoch: u32, image: i64, prob: f32) -> Vec<u8> {
        let row = Row {
            epoch,
            image: ImageId(image),
            probs: vec![prob, 1.0 - prob],
            size: [2, 1],
            map: vec![0.0, 1.0],
            region: [0.0, 0.0, 1.0, 1.0],
        };
        let mut line = serde_json::to_vec(&row).unwrap();
        line.push(b'\n');
        line
    }

    #[test]
    fn a_torn_line_is_skipped_and_of_an_epoch_trained_again_the_last_word_counts() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(History::read(folder.path()).unwrap(), History::default());
        append(folder.path(), &line(1, 7, 0.25)).unwrap();
        let torn = line(2, 7, 0.5);
        append(folder.path(), &torn[..torn.len() / 2]).unwrap();
        append(folder.path(), &[line(1, 7, 0.75), line(3, 8, 0.5)].concat()).unwrap();
        let history = History::read(folder.path()).unwrap();
        assert_eq!(history.row(ImageId(7), 1).unwrap().probs, [0.75, 0.25]);
        assert_eq!(history.row(ImageId(7), 1).unwrap().class(), 0);
        assert!(history.row(ImageId(7), 2).is_none());
        assert_eq!(history.epochs(&[ImageId(7), ImageId(8)]), [1, 3]);
        assert_eq!(history.epochs(&[ImageId(9)]), [0u32; 0]);
    }
}
