//! The files of weights that a run writes: the best ones, and the checkpoint that it can be resumed from exactly.
//!
//! `best.safetensors` is f32 weights with running statistics. `last/checkpoint.safetensors` is one file, replaced
//! atomically, so that weights, moments and position always belong together: tensors `net.NAME`, `m.NAME`, `v.NAME`
//! (and `g.NAME` while gradients are accumulated, `ema.NAME` with an average), the [`TrainState`] as TOML in the header.
//! (JSON here would round its numbers.)

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::state::{FORMAT, TrainState};
use crate::error::{Error, Result};
use crate::model::Net;
use crate::model::weights::{self, State};
use crate::project::write_atomic;
use crate::run::files;

/// The header's entry that holds the state.
const HEADER_KEY: &str = "cutting-room";
const NET_PREFIX: &str = "net.";

pub(crate) struct Checkpoint {
    pub state: TrainState,
    pub net: State,
    /// Tensors of the optimizer and the average, by their own names.
    pub optimizer: State,
    pub path: PathBuf,
}

/// `epoch`: 1-based.
pub(crate) fn save_best(dir: &Path, net: &Net, epoch: u32) -> Result<()> {
    weights::save_with_epoch(&files::best_weights(dir), &net.state()?, epoch)
}

impl Checkpoint {
    /// Lets go of the weights.
    pub fn into_state(self) -> TrainState {
        self.state
    }

    /// # Errors
    /// [`Error::Diverged`] if a number is not finite: the file is then as before, and sound.
    pub fn save(&self) -> Result<()> {
        let mut stored = Vec::with_capacity(self.net.len() + self.optimizer.len());
        let net = self
            .net
            .iter()
            .map(|(name, tensor)| (format!("{NET_PREFIX}{name}"), tensor));
        let optimizer = self
            .optimizer
            .iter()
            .map(|(name, tensor)| (name.clone(), tensor));
        for (name, tensor) in net.chain(optimizer) {
            let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
            if !values.iter().all(|value| value.is_finite()) {
                return Err(Error::Diverged(format!(
                    "{name} is not finite after step {}",
                    self.state.steps.done
                )));
            }
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            stored.push((name, tensor.dims().to_vec(), bytes));
        }
        let bad = |reason: String| bad_file(&self.path, reason);
        let mut views = Vec::with_capacity(stored.len());
        for (name, shape, bytes) in &stored {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes)
                .map_err(|error| bad(error.to_string()))?;
            views.push((name.as_str(), view));
        }
        let state = toml::to_string(&self.state).map_err(|error| bad(error.to_string()))?;
        let header = HashMap::from([(HEADER_KEY.to_owned(), state)]);
        let bytes =
            safetensors::serialize(views, Some(header)).map_err(|error| bad(error.to_string()))?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        write_atomic(&self.path, &bytes)
    }

    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] if it is no checkpoint of this program.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = files::checkpoint(dir);
        let bytes = std::fs::read(&path).map_err(Error::io("read the checkpoint", &path))?;
        let (_, header) = SafeTensors::read_metadata(&bytes)
            .map_err(|error| bad_file(&path, error.to_string()))?;
        let state = header
            .metadata()
            .as_ref()
            .and_then(|header| header.get(HEADER_KEY))
            .ok_or_else(|| bad_file(&path, "it has no position".into()))?;
        let state: TrainState =
            toml::from_str(state).map_err(|error| bad_file(&path, error.message().to_owned()))?;
        if state.format != FORMAT {
            return Err(bad_file(
                &path,
                format!(
                    "it has format {}, this program knows {FORMAT}",
                    state.format
                ),
            ));
        }
        let (mut net, mut optimizer) = (State::new(), State::new());
        for (name, tensor) in weights::read(&bytes, &path)? {
            match name.strip_prefix(NET_PREFIX) {
                Some(name) => net.insert(name.to_owned(), tensor),
                None => optimizer.insert(name, tensor),
            };
        }
        Ok(Self {
            state,
            net,
            optimizer,
            path,
        })
    }
}

fn bad_file(path: &Path, reason: String) -> Error {
    Error::BadFile {
        what: "the checkpoint",
        reason,
        path: path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::super::state::Best;
    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor::from_slice(values, values.len(), &Device::Cpu).unwrap()
    }

    #[test]
    fn a_checkpoint_comes_back_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = TrainState::first("abc".into());
        // Numbers that decimal text likes to round.
        for loss in [0.1 + 0.2, 1.0 / 3.0, 2.638_111_111_111_119e-5] {
            state.smooth.add(loss);
            state.tally.add(loss, 3, 7);
        }
        state.best = Some(Best {
            epoch: 1,
            accuracy: 2.0 / 3.0,
            valid_loss: f64::MIN_POSITIVE,
        });
        state.elapsed_secs = 1e9 + 0.1;
        let saved = Checkpoint {
            state,
            net: State::from([(
                "w".to_owned(),
                tensor(&[f32::MIN_POSITIVE, -0.0, 1.0 / 3.0]),
            )]),
            optimizer: State::from([("m.w".to_owned(), tensor(&[1e-30, 2.0]))]),
            path: files::checkpoint(folder.path()),
        };
        saved.save().unwrap();
        let read = Checkpoint::read(folder.path()).unwrap();
        assert_eq!(read.state, saved.state);
        let bits = |state: &State, name: &str| -> Vec<u32> {
            let values: Vec<f32> = state[name].to_vec1().unwrap();
            values.into_iter().map(f32::to_bits).collect()
        };
        assert_eq!(bits(&read.net, "w"), bits(&saved.net, "w"));
        assert_eq!(bits(&read.optimizer, "m.w"), bits(&saved.optimizer, "m.w"));
    }

    #[test]
    fn spoilt_weights_never_replace_sound_ones() {
        let folder = tempfile::tempdir().unwrap();
        let mut checkpoint = Checkpoint {
            state: TrainState::first(String::new()),
            net: State::from([("w".to_owned(), tensor(&[1.0]))]),
            optimizer: State::new(),
            path: files::checkpoint(folder.path()),
        };
        checkpoint.save().unwrap();
        checkpoint.net.insert("w".into(), tensor(&[f32::NAN]));
        assert!(matches!(checkpoint.save(), Err(Error::Diverged(_))));
        let read = Checkpoint::read(folder.path()).unwrap();
        assert_eq!(read.net["w"].to_vec1::<f32>().unwrap(), [1.0]);
    }
}
