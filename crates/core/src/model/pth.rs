//! Weights as PyTorch saves them: a zip of a pickle and raw numbers (torch 1.6 and later), plain or in a fastai file.
//!
//! The pickle is read by candle as data; nothing in it is run. Files of before torch 1.6 (2020) are refused by name.

use std::path::Path;

use candle_core::{DType, Tensor, pickle};

use super::state_dict::{State, bad_file};
use crate::error::Result;

/// Where fastai (`{'model', 'opt'}`) and many training scripts put the tensors.
const KEYS: [Option<&str>; 3] = [None, Some("model"), Some("state_dict")];

/// What a weights file is, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Safetensors,
    Zip,
    /// A bare pickle, or torch 0.1's tar.
    Legacy,
}

impl Format {
    pub fn of(bytes: &[u8]) -> Self {
        let is_tar = bytes.get(257..262) == Some(b"ustar");
        if bytes.starts_with(b"PK\x03\x04") {
            Self::Zip
        } else if is_tar || bytes.starts_with(&[0x80, 2]) {
            Self::Legacy
        } else {
            Self::Safetensors
        }
    }
}

/// Reads a file of [`Format::Zip`].
///
/// # Errors
/// [`crate::Error::BadFile`] if it is broken or holds no tensors of numbers.
pub fn load(path: &Path) -> Result<State> {
    for key in KEYS {
        // Without the key the file's own dictionary is meant, and other keys are looked for in it.
        let Ok(tensors) = pickle::read_all_with_key(path, key) else {
            continue;
        };
        let state = numbers(tensors)?;
        if !state.is_empty() {
            return Ok(state);
        }
    }
    Err(bad_file(
        path,
        "no tensors are found in it; save the state dict of the net in PyTorch, or a .safetensors file",
    ))
}

/// All as f32; PyTorch's counters of batches are left out.
fn numbers(tensors: Vec<(String, Tensor)>) -> Result<State> {
    let mut state = State::new();
    for (name, tensor) in tensors {
        if matches!(
            tensor.dtype(),
            DType::F16 | DType::BF16 | DType::F32 | DType::F64
        ) {
            state.insert(name, tensor.to_dtype(DType::F32)?.contiguous()?);
        }
    }
    Ok(state)
}
