//! Makes an embedded weights file: reads a safetensors file and writes it again in half precision.
//!
//! `cargo run --example convert_weights -- efficientnet-lite0-imagenet.safetensors assets/efficientnet-lite0-imagenet.f16.safetensors`

use std::path::Path;

use anyhow::{Context as _, Result};
use cutting_room::model::weights::{Precision, load, save};

fn main() -> Result<()> {
    let mut paths = std::env::args().skip(1);
    let from = paths.next().context("first argument: the file to read")?;
    let to = paths.next().context("second argument: the file to write")?;
    save(Path::new(&to), &load(Path::new(&from))?, Precision::F16)?;
    Ok(())
}
