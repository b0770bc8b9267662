//! What can be told of a model without running it; `tests/library/onnx.rs` runs it.

use std::collections::BTreeSet;

use prost::Message as _;

use super::*;
use crate::model::preprocess::{Fit, Preprocess};
use crate::model::{Arch, HeadKind};
use crate::predict::{Parts, Predictor};

fn exported(arch: Arch, head: HeadKind) -> (Predictor, Model) {
    let net = Net::blank(arch, head, 2, 0).unwrap();
    let parts = Parts {
        classes: vec!["elves".into(), "orcs".into()],
        preprocess: Preprocess {
            size: 64,
            fit: Fit::Squish,
            normalization: arch.input_normalization(),
        },
        outside: None,
    };
    let predictor = Predictor::from_parts(net, parts);
    let preprocessing = Preprocessing::of(&predictor, "a run");
    let bytes = model(predictor.net(), &preprocessing).unwrap();
    (predictor, Model::decode(bytes.as_slice()).unwrap())
}

#[test]
fn every_tensor_of_every_net_is_in_it_once_and_every_value_is_made_before_it_is_read() {
    for arch in Arch::ALL {
        for head in [HeadKind::Linear, HeadKind::Fastai] {
            let (predictor, model) = exported(arch, head);
            assert_eq!(model.opset_import[0].version, 17);
            let graph = model.graph.unwrap();
            let names = graph.initializer.iter().map(|tensor| tensor.name.as_str());
            let names: Vec<&str> = names.filter(|name| !name.starts_with("relu6.")).collect();
            let once: BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(once.len(), names.len(), "{arch:?}: twice");
            let state = predictor.net().state().unwrap();
            let all: BTreeSet<&str> = state.keys().map(String::as_str).collect();
            assert_eq!(once, all, "{arch:?}");

            let mut known: BTreeSet<&str> = graph
                .initializer
                .iter()
                .map(|tensor| tensor.name.as_str())
                .chain(["images"])
                .collect();
            for node in &graph.node {
                for input in &node.input {
                    assert!(
                        known.contains(input.as_str()),
                        "{arch:?}: {} reads {input}",
                        node.name
                    );
                }
                for output in &node.output {
                    assert!(known.insert(output), "{arch:?}: {output} is made twice");
                }
            }
            for output in &graph.output {
                assert!(
                    known.contains(output.name.as_str()),
                    "{arch:?}: {}",
                    output.name
                );
            }
        }
    }
}

#[test]
fn batch_and_size_are_free_and_the_preprocessing_travels_inside() {
    let (_, model) = exported(Arch::Resnet18, HeadKind::Linear);
    let graph = model.graph.unwrap();
    let dims = |value: &ValueInfo| -> Vec<String> {
        let tensor = value.value_type.as_ref().unwrap().tensor_type.as_ref();
        let shape = tensor.unwrap().shape.as_ref().unwrap();
        let text = |dim: &proto::Dimension| match (&dim.dim_param, dim.dim_value) {
            (Some(name), None) => name.clone(),
            (_, size) => size.unwrap().to_string(),
        };
        shape.dim.iter().map(text).collect()
    };
    assert_eq!(dims(&graph.input[0]), ["batch", "3", "height", "width"]);
    assert_eq!(dims(&graph.output[0]), ["batch", "2"]);
    assert_eq!(dims(&graph.output[1])[..2], ["batch", "512"]);
    let entry = |key: &str| {
        let mut entries = model.metadata_props.iter();
        entries
            .find(|entry| entry.key == key)
            .unwrap()
            .value
            .clone()
    };
    assert_eq!(entry("classes"), "elves\norcs");
    let preprocessing: Preprocessing = serde_json::from_str(&entry("preprocessing")).unwrap();
    assert_eq!(preprocessing.arch, Arch::Resnet18);
}
