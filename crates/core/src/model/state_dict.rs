//! A net's tensors by name, and how one is found under the names that other programs give it.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Tensor;

use crate::error::{Error, Result};

/// Tensors by name, all f32 on the CPU; running statistics included.
pub type State = BTreeMap<String, Tensor>;

/// The tensor called `name` (or, failing that, one of `others`) if it has the `expected` shape.
///
/// # Errors
/// [`Error::Weights`] if there is none, [`Error::WeightShape`] if it has another shape.
pub fn find<'a>(
    state: &'a State,
    (name, others): (&str, &[String]),
    expected: &[usize],
    path: &Path,
) -> Result<&'a Tensor> {
    let tensor = state
        .get(name)
        .or_else(|| others.iter().find_map(|other| state.get(other)))
        .ok_or_else(|| {
            unusable(
                path,
                format!("it has no tensor {name}; take the file of another run or net"),
            )
        })?;
    if tensor.dims() == expected {
        Ok(tensor)
    } else {
        Err(Error::WeightShape {
            name: name.to_owned(),
            found: tensor.dims().to_vec(),
            expected: expected.to_vec(),
            path: path.to_path_buf(),
        })
    }
}

/// An error about the weights file at `path`; `reason` says what helps.
pub(super) fn unusable(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::Weights {
        reason: reason.to_string(),
        path: path.to_path_buf(),
    }
}
