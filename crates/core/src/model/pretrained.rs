//! The backbone of an architecture out of a weights file that another program wrote.
//!
//! Data parallel, compiled and wrapped nets are saved with a prefix before every name (`module.`, `_orig_mod.`,
//! `model.`). A file of another net can hold every tensor that is asked for and more: `ResNet-34`'s names and shapes
//! contain `ResNet-18`'s. So nothing but a head may be left over.

use std::collections::BTreeSet;
use std::path::Path;

use super::Arch;
use super::backbone::Backbone;
use super::state_dict::{State, unusable};
use super::weights;
use crate::error::Result;

/// First parts of the names of a head's tensors: torchvision's, timm's, and a fastai net's second half.
const HEADS: [&str; 7] = [
    "fc",
    "_fc",
    "classifier",
    "head",
    "last_linear",
    "heads",
    "1",
];

/// Tensors listed in a message.
const LISTED: usize = 3;

/// A tensor of a backbone under each of its names, and its shape.
struct Wanted {
    /// The first is ours.
    names: Vec<String>,
    shape: Vec<usize>,
}

/// What a file has for an architecture.
struct Found {
    /// With our names, without a prefix.
    state: State,
    missing: Vec<String>,
    /// Tensors whose shape does not fit, with both shapes.
    unfit: Vec<String>,
    /// Names in the file that belong to neither backbone nor head.
    left_over: Vec<String>,
}

/// Reads the weights file at `path` and takes the backbone of `arch` from it, under our names.
///
/// # Errors
/// [`crate::Error::Weights`] if the file cannot be read or holds another net, which is named where it is a known one.
pub fn load(arch: Arch, path: &Path) -> Result<State> {
    select(arch, &weights::load(path)?, path)
}

impl Found {
    fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.unfit.is_empty() && self.left_over.is_empty()
    }
}

/// As [`load`], from the tensors of a file; `path` is for messages.
///
/// # Errors
/// As [`load`].
pub fn select(arch: Arch, state: &State, path: &Path) -> Result<State> {
    let found = find(arch, state);
    if found.is_whole() {
        return Ok(found.state);
    }
    let title = arch.title();
    let likely = Arch::ALL
        .into_iter()
        .find(|&other| other != arch && find(other, state).is_whole());
    let reason = if let Some(likely) = likely {
        format!(
            "it holds the weights of {}, not of {title}; choose that architecture, or take a file of {title}",
            likely.title()
        )
    } else if found.state.is_empty() {
        let names: Vec<String> = state.keys().cloned().collect();
        format!(
            "it holds no weights of {title} (it begins with {}); take a file that torchvision, timm or fastai saved",
            list(&names)
        )
    } else if !found.unfit.is_empty() {
        format!("{}; take a file of {title}", list(&found.unfit))
    } else if !found.missing.is_empty() {
        format!(
            "it lacks {} of {title} ({}); take a file of {title}",
            if found.missing.len() == 1 {
                "one tensor".to_owned()
            } else {
                format!("{} tensors", found.missing.len())
            },
            list(&found.missing)
        )
    } else {
        format!(
            "it holds tensors that {title} does not have ({}), so it is of another net; take a file of {title}",
            list(&found.left_over)
        )
    };
    Err(unusable(path, reason))
}

fn find(arch: Arch, state: &State) -> Found {
    let wanted = wanted(arch, &arch.backbone());
    let prefix = prefix(&wanted, state).unwrap_or_default();
    let mut found = Found {
        state: State::new(),
        missing: Vec::new(),
        unfit: Vec::new(),
        left_over: Vec::new(),
    };
    let mut used = BTreeSet::new();
    for Wanted { names, shape } in &wanted {
        let named = names.iter().find_map(|name| {
            let name = format!("{prefix}{name}");
            let tensor = state.get(&name)?;
            Some((name, tensor))
        });
        let Some(own) = names.first() else { continue };
        match named {
            Some((name, tensor)) if tensor.dims() == shape => {
                used.insert(name);
                found.state.insert(own.clone(), tensor.clone());
            }
            Some((name, tensor)) => {
                let dims = tensor.dims();
                found
                    .unfit
                    .push(format!("{name} has shape {dims:?} instead of {shape:?}"));
                used.insert(name);
            }
            None => found.missing.push(own.clone()),
        }
    }
    for name in state.keys() {
        // What has no prefix in a file that has one belongs to the training around the net.
        let Some(rest) = name.strip_prefix(&prefix) else {
            continue;
        };
        let module = rest.split('.').next().unwrap_or(rest);
        if !used.contains(name) && !HEADS.contains(&module) {
            found.left_over.push(name.clone());
        }
    }
    found
}

fn wanted(arch: Arch, backbone: &Backbone) -> Vec<Wanted> {
    let named = |name: String, shape: Vec<usize>| {
        let mut names = vec![name];
        names.extend(
            names
                .first()
                .map(|name| arch.other_names(name))
                .unwrap_or_default(),
        );
        Wanted { names, shape }
    };
    let params = backbone
        .params
        .iter()
        .map(|param| named(param.name.clone(), param.shape.clone()));
    let statistics = backbone.statistics.iter().flat_map(|(norm, place)| {
        ["running_mean", "running_var"]
            .map(|field| named(format!("{norm}.{field}"), vec![place.len()]))
    });
    params.chain(statistics).collect()
}

/// What stands before the name of the first tensor; the shortest, as a file may hold an average of the net too.
fn prefix(wanted: &[Wanted], state: &State) -> Option<String> {
    let first = wanted.first()?;
    first
        .names
        .iter()
        .flat_map(|name| {
            state.keys().filter_map(move |key| {
                let before = key.strip_suffix(name.as_str())?;
                (before.is_empty() || before.ends_with('.')).then_some(before)
            })
        })
        .min_by_key(|before| before.len())
        .map(str::to_owned)
}

fn list(names: &[String]) -> String {
    let listed: Vec<&str> = names.iter().take(LISTED).map(String::as_str).collect();
    let rest = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{rest}", listed.join(", "))
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor};

    use super::*;

    /// Tensors of zeros with the names and shapes of a file of `arch`, its ImageNet head with them.
    fn file_of(arch: Arch, prefix: &str) -> State {
        let mut state: State = wanted(arch, &arch.backbone())
            .into_iter()
            .map(|Wanted { names, shape }| {
                let tensor = Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
                (format!("{prefix}{}", names[0]), tensor)
            })
            .collect();
        let head = Tensor::zeros(1000, DType::F32, &Device::Cpu).unwrap();
        state.insert(format!("{prefix}fc.bias"), head);
        state
    }

    fn refusal(arch: Arch, state: &State) -> String {
        select(arch, state, Path::new("w.pth"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn prefixes_of_wrappers_are_read_through() {
        for prefix in [
            "",
            "module.",
            "_orig_mod.",
            "model.",
            "module._orig_mod.",
            "net.encoder.",
        ] {
            let state = select(
                Arch::Resnet18,
                &file_of(Arch::Resnet18, prefix),
                Path::new("w"),
            )
            .unwrap();
            assert!(state.contains_key("conv1.weight"), "{prefix}");
            assert_eq!(
                state.len(),
                file_of(Arch::Resnet18, "").len() - 1,
                "{prefix}"
            );
        }
    }

    #[test]
    fn tensors_of_the_training_around_a_wrapped_net_do_not_matter() {
        let mut state = file_of(Arch::Resnet18, "model.");
        let weights = Tensor::zeros(3, DType::F32, &Device::Cpu).unwrap();
        state.insert("criterion.weight".into(), weights);
        assert!(select(Arch::Resnet18, &state, Path::new("w")).is_ok());
    }

    #[test]
    fn the_weights_of_another_net_are_named() {
        for (arch, other) in [
            (Arch::Resnet18, Arch::Resnet34),
            (Arch::Resnet34, Arch::Resnet18),
            (Arch::Resnet50, Arch::Resnext50),
            (Arch::Resnet50, Arch::Resnet101),
            (Arch::Densenet121, Arch::Squeezenet11),
            (Arch::EfficientnetLite0, Arch::Resnet18),
        ] {
            let text = refusal(arch, &file_of(other, ""));
            assert!(
                text.contains(&format!("the weights of {}", other.title())),
                "{text}"
            );
        }
    }

    #[test]
    fn an_unknown_or_incomplete_net_is_described() {
        let mut more = file_of(Arch::Resnet18, "");
        let extra = Tensor::zeros(1, DType::F32, &Device::Cpu).unwrap();
        more.insert("layer5.0.conv1.weight".into(), extra.clone());
        assert!(refusal(Arch::Resnet18, &more).contains("layer5.0.conv1.weight"));
        let mut less = file_of(Arch::Resnet18, "");
        less.remove("bn1.bias");
        assert!(refusal(Arch::Resnet18, &less).contains("one tensor of ResNet-18"));
        let other = State::from([("encoder.weight".to_owned(), extra)]);
        assert!(refusal(Arch::Resnet18, &other).contains("encoder.weight"));
    }
}
