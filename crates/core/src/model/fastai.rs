//! The net of a fastai learner out of the file that `learn.save` wrote: which architecture it is, and its tensors under our
//! names.
//!
//! fastai's nets are two modules, body and head, whose layers are numbered. The head that `create_head` makes by default is
//! ours (concat pool, norm, 512, ReLU, norm, classes); dropout has no tensors but takes a number, and since v2 the linear
//! layers have no bias, which is a bias of 0.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::state_dict::unusable;
use super::weights::{self, State};
use super::{Arch, pretrained, pth};
use crate::error::Result;

/// Nets whose body fastai cuts where ours ends, and whose images it normalises as ImageNet's.
const ARCHS: [Arch; 6] = [
    Arch::Resnet18,
    Arch::Resnet34,
    Arch::Resnet50,
    Arch::Resnet101,
    Arch::Resnet152,
    Arch::Resnext50,
];

/// Names of our head's layers, in their order.
const LAYERS: [&str; 4] = ["head.2", "head.4", "head.6", "head.8"];

/// A net in a file.
#[derive(Debug)]
pub struct LearnerNet {
    pub arch: Arch,
    /// Rows of its last layer.
    pub classes: usize,
    /// Under our names.
    pub state: State,
}

/// A layer of the head: its tensors by field.
type Layer<'a> = BTreeMap<&'a str, &'a Tensor>;

/// # Errors
/// [`crate::Error::Weights`] for a file that holds no such net, with what to do; [`crate::Error::Io`].
pub fn read(path: &Path) -> Result<LearnerNet> {
    if pth::is_pickled_learner(path)? {
        return Err(unusable(
            path,
            "it is a whole learner (learn.export), and reading one would run the code in it; in Python: from fastai.vision.all import *; learn = load_learner('export.pkl'); torch.save(learn.model.state_dict(), 'learner.pth'); print(','.join(learn.dls.vocab)); then import learner.pth with --classes and what was printed",
        ));
    }
    let tensors = weights::load(path)?;
    let layers = head_layers(&tensors);
    if layers.is_empty() {
        return Err(unusable(
            path,
            "it is no fastai learner: there is no head in it (tensors like 1.8.weight); save it with learn.save, or give it to train --weights if it is a net of ImageNet",
        ));
    }
    let mut bodies = ARCHS
        .iter()
        .filter_map(|&arch| Some((arch, pretrained::select(arch, &tensors, path).ok()?)));
    let Some((arch, mut state)) = bodies.next() else {
        return Err(unusable(
            path,
            format!(
                "its body is none of the nets that can be imported ({}); train one of these with vision_learner, or use it in fastai",
                ARCHS.map(Arch::title).join(", ")
            ),
        ));
    };
    let classes = take_head(&layers, arch, &mut state).ok_or_else(|| {
        unusable(
            path,
            "its head is not the one that vision_learner makes by default (AdaptiveConcatPool2d, 512 hidden units, no lin_ftrs, no bn_final); use it in fastai",
        )
    })?;
    Ok(LearnerNet {
        arch,
        classes,
        state,
    })
}

/// Those with tensors, in the order of their numbers.
fn head_layers(tensors: &State) -> Vec<Layer<'_>> {
    let mut layers: BTreeMap<usize, Layer<'_>> = BTreeMap::new();
    for (name, tensor) in tensors {
        let name = name.strip_prefix("module.").unwrap_or(name);
        let parts = name
            .strip_prefix("1.")
            .and_then(|rest| rest.split_once('.'));
        if let Some((number, field)) = parts
            && let Ok(number) = number.parse()
        {
            layers.entry(number).or_default().insert(field, tensor);
        }
    }
    layers.into_values().collect()
}

/// Adds the head to `state`; returns how many classes it has, or `None` for another head.
fn take_head(layers: &[Layer<'_>], arch: Arch, state: &mut State) -> Option<usize> {
    let [norm_in, linear_in, norm_hidden, linear_out] = layers else {
        return None;
    };
    let &[hidden, inputs] = linear_in.get("weight")?.dims() else {
        return None;
    };
    let &[classes, inner] = linear_out.get("weight")?.dims() else {
        return None;
    };
    if (hidden, inputs, inner) != (512, 2 * arch.feature_channels(), 512) {
        return None;
    }
    let norm_fields = ["weight", "bias", "running_mean", "running_var"];
    for (norm, width) in [(norm_in, inputs), (norm_hidden, hidden)] {
        let fits = |field| {
            norm.get(field)
                .is_some_and(|tensor: &&Tensor| tensor.dims() == [width])
        };
        if norm.len() != norm_fields.len() || !norm_fields.into_iter().all(fits) {
            return None;
        }
    }
    for (name, layer) in LAYERS.into_iter().zip(layers) {
        for (field, tensor) in layer {
            state.insert(format!("{name}.{field}"), (*tensor).clone());
        }
    }
    for (name, width) in [("head.4.bias", hidden), ("head.8.bias", classes)] {
        if !state.contains_key(name) {
            let zeros = Tensor::zeros(width, DType::F32, &Device::Cpu).ok()?;
            state.insert(name.to_owned(), zeros);
        }
    }
    Some(classes)
}
