//! The backbone's steps as nodes. A map's value in the graph is the map after what is pending on it.

use super::graph::GraphWriter;
use super::proto::Attribute;
use crate::error::Result;
use crate::model::backbone::{Backbone, PoolKind, Step};
use crate::model::layer::{After, Layer};
use crate::ops::geometry::{Padding, PoolWindow, Window};

/// `images`: the name of the input; returns the name of the last map.
pub fn write(graph: &mut GraphWriter<'_>, backbone: &Backbone, images: &str) -> Result<String> {
    // Every slot is written before it is read; slot 0 is the image.
    let mut maps: Vec<String> = vec![images.to_owned()];
    let mut last = images.to_owned();
    for (index, step) in backbone.steps.iter().enumerate() {
        let name = |what: &str| format!("step{index}.{what}");
        let read: Vec<String> = step
            .inputs()
            .map(|slot| maps.get(slot).cloned().unwrap_or_default())
            .collect();
        let read: Vec<&str> = read.iter().map(String::as_str).collect();
        let first = read.first().copied().unwrap_or_default();
        last = match step {
            Step::Conv { layer, .. } => match backbone.layers.get(*layer) {
                Some(layer) => conv(graph, layer, first)?,
                None => first.to_owned(),
            },
            Step::Residual { act, .. } => {
                let sum = match read.as_slice() {
                    [main, skip] => graph.node("Add", &name("sum"), &[main, skip], Vec::new()),
                    _alone => first.to_owned(),
                };
                graph.act(*act, &sum)
            }
            Step::Concat { norm, .. } => {
                let axis = vec![Attribute::int("axis", 1)];
                let all = graph.node("Concat", &name("concat"), &read, axis);
                match norm {
                    Some(norm) => graph.norm(&norm.name, &all, (norm.eps, norm.act))?,
                    None => all,
                }
            }
            Step::Pool { kind, window, .. } => pool(graph, &name("pool"), first, (*kind, window)),
        };
        let output = step.output();
        if maps.len() <= output {
            maps.resize(output + 1, String::new());
        }
        if let Some(place) = maps.get_mut(output) {
            place.clone_from(&last);
        }
    }
    Ok(last)
}

fn conv(graph: &mut GraphWriter<'_>, layer: &Layer, input: &str) -> Result<String> {
    let mut inputs = vec![
        input.to_owned(),
        graph.tensor(format!("{}.weight", layer.conv))?,
    ];
    if let After::Bias(..) = layer.after {
        inputs.push(graph.tensor(format!("{}.bias", layer.conv))?);
    }
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let map = graph.node("Conv", &layer.conv, &inputs, window(&layer.window));
    match &layer.after {
        After::Norm(norm) => graph.norm(&norm.name, &map, (norm.eps, norm.act)),
        After::Bias(_, act) => Ok(graph.act(*act, &map)),
        After::Nothing => Ok(map),
    }
}

fn window(window: &Window) -> Vec<Attribute> {
    let (rows, columns) = window.kernel;
    let padding = match window.padding {
        // Padding depends on the input's size, which is free; the odd row goes to the bottom or right, as TensorFlow has it.
        Padding::Same if window.kernel != (1, 1) => Attribute::text("auto_pad", "SAME_UPPER"),
        Padding::Same => Attribute::sizes("pads", &[0; 4]),
        Padding::Even(vertical, horizontal) => {
            Attribute::sizes("pads", &[vertical, horizontal, vertical, horizontal])
        }
    };
    vec![
        Attribute::sizes("kernel_shape", &[rows, columns]),
        Attribute::sizes("strides", &[window.stride; 2]),
        Attribute::int("group", window.groups as i64),
        padding,
    ]
}

fn pool(
    graph: &mut GraphWriter<'_>,
    name: &str,
    input: &str,
    (kind, window): (PoolKind, &PoolWindow),
) -> String {
    let mut attributes = vec![
        Attribute::sizes("kernel_shape", &[window.kernel; 2]),
        Attribute::sizes("strides", &[window.stride; 2]),
        Attribute::sizes("pads", &[window.padding; 4]),
        Attribute::int("ceil_mode", i64::from(window.is_ceil)),
    ];
    let op_type = match kind {
        PoolKind::Max => "MaxPool",
        PoolKind::Average => {
            attributes.push(Attribute::int("count_include_pad", 1));
            "AveragePool"
        }
    };
    graph.node(op_type, name, &[input], attributes)
}
