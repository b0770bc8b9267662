//! The program that comes with a net, for people who work in Python.

use super::NewFolder;
use crate::error::Result;

/// It predicts with an exported net, and checks a bundle.
const PREDICT: &str = include_str!("predict.py");

pub fn write(folder: &NewFolder) -> Result<()> {
    folder.write("predict.py", PREDICT.as_bytes())
}
