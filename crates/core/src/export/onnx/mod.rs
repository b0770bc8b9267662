//! A net as an ONNX model, opset 17: `images` `(N, 3, H, W)` f32, normalized, in; raw `logits` `(N, classes)` and the last
//! feature map, `features` `(N, C, h, w)`, out. Batch, height and width are free.
//!
//! The nodes follow the backbone's steps and are called as torchvision's or timm's modules; batch normalisations stay nodes of their
//! own, because every runtime folds them itself. [`Preprocessing`] lies beside the model and in its metadata.

mod graph;
mod head;
mod maps;
mod proto;
mod steps;

use prost::Message as _;

use super::exporting::Exporting;
use super::{NewFolder, Preprocessing, python};
use crate::error::Result;
use crate::model::Net;
use crate::progress::Progress;
use graph::GraphWriter;
use proto::{Model, OperatorSet, StringEntry, ValueInfo};

/// What the file is called.
const MODEL: &str = "model.onnx";

/// The version of ONNX that came with opset 17.
const IR_VERSION: i64 = 8;
const OPSET: i64 = 17;

/// The file's bytes.
///
/// # Errors
/// Those of the net's tensors.
pub fn model(net: &Net, preprocessing: &Preprocessing) -> Result<Vec<u8>> {
    encoded(net, preprocessing, HasMaps::No)
}

/// As [`model`], with the maps of all classes, `cams` `(N, classes, h, w)`, as a third output.
///
/// # Errors
/// As [`model`].
pub fn model_with_maps(net: &Net, preprocessing: &Preprocessing) -> Result<Vec<u8>> {
    encoded(net, preprocessing, HasMaps::Yes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum HasMaps {
    Yes,
    No,
}

fn encoded(net: &Net, preprocessing: &Preprocessing, has_maps: HasMaps) -> Result<Vec<u8>> {
    let state = net.state()?;
    let mut graph = GraphWriter::new(&state);
    let map = steps::write(&mut graph, net.backbone(), "images")?;
    graph.node("Identity", "features", &[&map], Vec::new());
    head::write(&mut graph, net.head_kind(), "features", "logits")?;
    if has_maps == HasMaps::Yes {
        maps::write(&mut graph, net.head_kind(), "features")?;
    }
    let mut graph = graph.finish(net.arch().title());
    let map_channels = net.arch().feature_channels();
    let map_of = |channels: usize| {
        [
            "batch".into(),
            channels.into(),
            "feature_height".into(),
            "feature_width".into(),
        ]
    };
    graph.input = vec![ValueInfo::floats(
        "images",
        &["batch".into(), 3.into(), "height".into(), "width".into()],
    )];
    graph.output = vec![
        ValueInfo::floats(
            "logits",
            &["batch".into(), preprocessing.classes.len().into()],
        ),
        ValueInfo::floats("features", &map_of(map_channels)),
    ];
    if has_maps == HasMaps::Yes {
        let maps = ValueInfo::floats(maps::OUTPUT, &map_of(preprocessing.classes.len()));
        graph.output.push(maps);
    }
    let model = Model {
        ir_version: IR_VERSION,
        producer_name: "cutting-room".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: vec![
            StringEntry {
                key: "preprocessing".to_owned(),
                value: preprocessing.to_json()?,
            },
            StringEntry {
                key: "classes".to_owned(),
                value: preprocessing.classes.join("\n"),
            },
        ],
    };
    Ok(model.encode_to_vec())
}

/// The model, preprocessing, and a program that predicts with both in Python.
pub(super) fn write(folder: &NewFolder, run: &Exporting<'_>, progress: &Progress) -> Result<()> {
    progress.stage("writing the model", None);
    let bytes = model(run.predictor.net(), &run.preprocessing)?;
    progress.check()?;
    folder.write(MODEL, &bytes)?;
    run.preprocessing.write(folder)?;
    python::write(folder)
}

#[cfg(test)]
mod tests;
