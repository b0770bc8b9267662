//! The weights alone, named as torchvision or timm name them, with what is needed to load them there.

use std::path::Path;

use super::exporting::Exporting;
use super::{NewFolder, python};
use crate::error::Result;
use crate::model::weights::{Precision, State, to_bytes};
use crate::progress::Progress;

/// The weights' file in an export.
pub const WEIGHTS: &str = "model.safetensors";

/// Weights, preprocessing, and a program that loads both in Python.
pub fn write(folder: &NewFolder, run: &Exporting<'_>, progress: &Progress) -> Result<()> {
    progress.stage("writing the weights", None);
    let net = run.predictor.net();
    let arch = net.arch();
    let state: State = net
        .state()?
        .into_iter()
        .map(|(name, tensor)| (arch.name_in_python(&name), tensor))
        .collect();
    let bytes = to_bytes(&state, Precision::F32, Path::new(WEIGHTS))?;
    progress.check()?;
    folder.write(WEIGHTS, &bytes)?;
    run.preprocessing.write(folder)?;
    python::write(folder)
}
