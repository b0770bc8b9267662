//! Which nodes of a graph become one operation: a convolution takes the sum that follows it, and a depthwise convolution or
//! pool takes the convolution before it.

use std::sync::Arc;

use super::graph::{Graph, Layer, Node};
use super::pool::Kind;
use crate::act::Act;
use crate::geometry::PoolWindow;

/// One operation: what is read, made, and how.
#[derive(Clone, Debug)]
pub struct Operation {
    pub inputs: Vec<usize>,
    pub output: usize,
    pub kind: Kinds,
}

#[derive(Clone, Debug)]
pub enum Kinds {
    /// A second input is added before `act`.
    Conv {
        layer: Arc<Layer>,
        act: Act,
    },
    ConvDepthwise {
        first: Arc<Layer>,
        then: Arc<Layer>,
    },
    ConvPool {
        first: Arc<Layer>,
        kind: Kind,
        window: PoolWindow,
    },
    Sum {
        act: Act,
    },
    Concat {
        affine: Option<(Vec<f32>, Vec<f32>)>,
        act: Act,
    },
    Pool {
        kind: Kind,
        window: PoolWindow,
    },
}

/// The operations of `graph`, in order. `is_direct` says which convolutions make any of their rows by themselves.
pub fn operations(graph: &Graph, is_direct: impl Fn(&Layer, usize) -> bool) -> Vec<Operation> {
    // Convolutions that wait for the node that takes them, by slot.
    let mut waiting: Vec<(usize, Arc<Layer>, usize)> = Vec::new();
    let mut operations = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let output = node.output();
        let mut take = |slot: usize| {
            let found = waiting.iter().position(|(output, ..)| *output == slot)?;
            Some(waiting.swap_remove(found))
        };
        let (inputs, kind) = match node {
            Node::Conv { layer, input, .. } => {
                if is_taken(graph, index, layer, is_direct(layer, *input)) {
                    waiting.push((output, Arc::clone(layer), *input));
                    continue;
                }
                if let Some((_, first, input)) = take(*input) {
                    let then = Arc::clone(layer);
                    (vec![input], Kinds::ConvDepthwise { first, then })
                } else {
                    let (layer, act) = (Arc::clone(layer), layer.act);
                    (vec![*input], Kinds::Conv { layer, act })
                }
            }
            Node::Sum {
                main, skip, act, ..
            } => match take(*main) {
                Some((_, layer, input)) => {
                    let act = joined(layer.act, *act).unwrap_or(*act);
                    let inputs = std::iter::once(input).chain(*skip).collect();
                    (inputs, Kinds::Conv { layer, act })
                }
                None => (node.inputs(), Kinds::Sum { act: *act }),
            },
            Node::Concat {
                inputs,
                affine,
                act,
                ..
            } => {
                let (affine, act) = (affine.clone(), *act);
                (inputs.clone(), Kinds::Concat { affine, act })
            }
            Node::Pool {
                input,
                kind,
                window,
                ..
            } => {
                let (kind, window) = (*kind, *window);
                match take(*input) {
                    Some((_, first, input)) => (
                        vec![input],
                        Kinds::ConvPool {
                            first,
                            kind,
                            window,
                        },
                    ),
                    None => (vec![*input], Kinds::Pool { kind, window }),
                }
            }
        };
        operations.push(Operation {
            inputs,
            output,
            kind,
        });
    }
    operations
}

/// One activation for two in a row.
fn joined(first: Act, second: Act) -> Option<Act> {
    match (first, second) {
        (Act::None, act) | (act, Act::None) => Some(act),
        _ => None,
    }
}

/// Whether the only reader of node `index`'s map can be done with it.
fn is_taken(graph: &Graph, index: usize, layer: &Layer, is_direct: bool) -> bool {
    let slot = graph.nodes[index].output();
    if graph.readers(slot) != 1 || layer.is_depthwise() {
        return false;
    }
    let mut later = graph.nodes[index + 1..].iter();
    match later.find(|node| node.inputs().contains(&slot)) {
        Some(Node::Sum {
            main, skip, act, ..
        }) => {
            let acts = match skip {
                Some(_) => layer.act == Act::None,
                None => joined(layer.act, *act).is_some(),
            };
            *main == slot && acts
        }
        Some(Node::Conv { layer: reader, .. }) => is_direct && reader.is_depthwise(),
        Some(Node::Pool { .. }) => is_direct,
        _ => false,
    }
}
