//! Weights in safetensors files: named f32 tensors in memory, f16 or f32 on disk.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::pth;
use super::state_dict::unusable;
use super::weights_format::{self, Format};
use crate::error::{Error, Result};
use crate::project::write_atomic;

pub use super::state_dict::{State, find};

/// In the header of a file, as PyTorch's readers of safetensors show it beside the tensors.
const EPOCH: &str = "epoch";

/// How numbers are stored on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Half the size; 11 bits of mantissa.
    F16,
    F32,
}

/// EfficientNet-Lite0 on ImageNet (see assets/LICENSE-efficientnet-lite0), f16.
static LITE0: &[u8] =
    include_bytes!("../../../../assets/efficientnet-lite0-imagenet.f16.safetensors");

/// The ImageNet weights inside the program.
///
/// # Errors
/// [`Error::NoWeights`] if there are none.
pub fn embedded(arch: super::Arch) -> Result<State> {
    if arch.has_embedded_weights() {
        return read(LITE0, Path::new("(embedded)"));
    }
    Err(arch.no_weights())
}

/// Reads a safetensors file or one of PyTorch's, detected by content.
///
/// # Errors
/// [`Error::Io`]; [`Error::Weights`] if it is none of these, or broken, or holds what is no number.
pub fn load(path: &Path) -> Result<State> {
    Ok(load_with_epoch(path)?.0)
}

/// With the 1-based epoch that the file says its weights are of, if it says so: see [`save_with_epoch`].
///
/// # Errors
/// As [`load`].
pub fn load_with_epoch(path: &Path) -> Result<(State, Option<u32>)> {
    let bytes = std::fs::read(path).map_err(Error::io("read the weights", path))?;
    let (state, epoch) =
        match weights_format::detect(&bytes).map_err(|reason| unusable(path, reason))? {
            Format::Safetensors => (read(&bytes, path)?, epoch_of(&bytes)),
            Format::Zip => (pth::load(path)?, None),
        };
    check_finite(&state, path)?;
    Ok((state, epoch))
}

fn epoch_of(safetensors: &[u8]) -> Option<u32> {
    let (_, header) = SafeTensors::read_metadata(safetensors).ok()?;
    header.metadata().as_ref()?.get(EPOCH)?.parse().ok()
}

/// Reads safetensors from memory; `path` is for messages.
pub fn read(bytes: &[u8], path: &Path) -> Result<State> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| {
        unusable(
            path,
            format!("it is cut off or damaged ({error}); download or copy it again"),
        )
    })?;
    let mut state = State::new();
    for (name, view) in file.iter() {
        let dtype = match view.dtype() {
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            Dtype::F32 => DType::F32,
            Dtype::F64 => DType::F64,
            // PyTorch's counters of batches; nothing here reads integers.
            _ => continue,
        };
        let tensor = Tensor::from_raw_buffer(view.data(), dtype, view.shape(), &Device::Cpu)?;
        state.insert(name.to_owned(), tensor.to_dtype(DType::F32)?);
    }
    Ok(state)
}

/// A single number that is none would make every prediction none.
///
/// # Errors
/// [`Error::Weights`] that names the tensor.
fn check_finite(state: &State, path: &Path) -> Result<()> {
    for (name, tensor) in state {
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        if !values.iter().all(|value| value.is_finite()) {
            return Err(unusable(
                path,
                format!(
                    "{name} holds values that are no numbers (NaN or infinite), as after a training that diverged or in a damaged file; take other weights"
                ),
            ));
        }
    }
    Ok(())
}

/// The file's bytes.
pub fn to_bytes(state: &State, precision: Precision, path: &Path) -> Result<Vec<u8>> {
    serialize(state, precision, None, path)
}

fn serialize(
    state: &State,
    precision: Precision,
    epoch: Option<u32>,
    path: &Path,
) -> Result<Vec<u8>> {
    let mut stored = Vec::with_capacity(state.len());
    for (name, tensor) in state {
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        let (dtype, bytes): (_, Vec<u8>) = match precision {
            Precision::F16 => (
                Dtype::F16,
                values
                    .iter()
                    .flat_map(|&v| half::f16::from_f32(v).to_le_bytes())
                    .collect(),
            ),
            Precision::F32 => (
                Dtype::F32,
                values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ),
        };
        stored.push((name, tensor.dims().to_vec(), dtype, bytes));
    }
    let mut views = Vec::with_capacity(stored.len());
    for (name, shape, dtype, bytes) in &stored {
        let view = TensorView::new(*dtype, shape.clone(), bytes).map_err(|e| unusable(path, e))?;
        views.push((name.as_str(), view));
    }
    let header = epoch.map(|epoch| HashMap::from([(EPOCH.to_owned(), epoch.to_string())]));
    safetensors::serialize(views, header).map_err(|e| unusable(path, e))
}

/// Writes the file whole or not at all.
pub fn save(path: &Path, state: &State, precision: Precision) -> Result<()> {
    write_atomic(path, &to_bytes(state, precision, path)?)
}

/// The same in f32, of a 1-based `epoch`. The file says itself which epoch it is of, so that what the weights
/// answer is never taken for what those of a later epoch would, while a training replaces them.
pub fn save_with_epoch(path: &Path, state: &State, epoch: u32) -> Result<()> {
    write_atomic(path, &serialize(state, Precision::F32, Some(epoch), path)?)
}
