//! A run that can be asked: with the embedded body and a head of made-up weights.

#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use candle_core::{Device, Tensor};
use cutting_room::model::weights::{Precision, save};
use cutting_room::model::{self, Arch, HeadKind};
use cutting_room::project::Project;

use crate::runs::{finished_run, write_run};

pub const RUN: &str = "20261123-101500-s1";

/// A run with the embedded body and a head that knows two classes apart, somehow.
pub fn write_answering_run(root: &std::path::Path) {
    write_run(root, RUN, &finished_run(0.75));
    write_weights(root, |i| (i as f32).sin(), [0.0; 2]);
}

/// `weight`: of each place of the head's matrix; `bias`: of each class.
pub fn write_weights(root: &std::path::Path, weight: fn(usize) -> f32, bias: [f32; 2]) {
    let net = model::build(Arch::default(), HeadKind::Linear, 2, 0).unwrap();
    let mut state = net.state().unwrap();
    let matrix = state.get_mut("classifier.weight").unwrap();
    let values = (0..matrix.elem_count()).map(weight);
    *matrix = Tensor::from_iter(values, &Device::Cpu)
        .and_then(|values| values.reshape(matrix.shape()))
        .unwrap();
    *state.get_mut("classifier.bias").unwrap() = Tensor::new(&bias, &Device::Cpu).unwrap();
    let path = Project::open(root)
        .unwrap()
        .run_dir(RUN)
        .join("best.safetensors");
    save(&path, &state, Precision::F16).unwrap();
}
