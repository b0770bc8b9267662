//! A graph for one size of image: every map's layout and place, and the steps one after the other.

use super::dense::{After, Dense, padded_shift};
use super::fused::{Fused, Reader};
use super::fusion::{Kinds, Operation, operations};
use super::graph::{Graph, Layer};
use super::layout::Places;
use super::map::{BlockedMap, Border, lanes};
use super::pool::Pool;
use super::separate::{Concat, Depthwise, Frame, Planes, Sum};
use super::step::Step;
use super::winograd::{self, Winograd};
use crate::geometry::{Extent, MapSize, PoolWindow, Window};

/// The steps of a run, and the values of its memory.
pub struct Steps {
    pub list: Vec<Step>,
    pub memory: usize,
    pub output: BlockedMap,
}

struct Planner {
    operations: Vec<Operation>,
    /// By slot.
    maps: Vec<Option<BlockedMap>>,
    places: Places,
    steps: Vec<Step>,
}

/// Channels of the image.
const IMAGE_CHANNELS: usize = 3;

/// The steps of a graph that fits, for images of that size; `None` if one of its maps would be empty.
pub fn steps(graph: &Graph, image: MapSize) -> Option<Steps> {
    let slots = graph.nodes.iter().map(super::graph::Node::output).max()? + 1;
    let sizes = sizes(graph, image, slots)?;
    let is_direct = |layer: &Layer, input: usize| {
        let extent = layer.window.extent(sizes[input].height, sizes[input].width);
        !is_winograd(layer, &extent)
    };
    let operations = operations(graph, is_direct);
    let mut planner = Planner {
        maps: vec![None; slots],
        places: Places::default(),
        steps: Vec::new(),
        operations,
    };
    planner.shape(&sizes);
    planner.image();
    for index in 0..planner.operations.len() {
        planner.operation(index)?;
    }
    let last = planner.operations.last()?.output;
    let output = planner.maps[last]?;
    planner.steps.push(Step::Planes(Planes { source: output }));
    Some(Steps {
        list: planner.steps,
        memory: planner.places.len(),
        output,
    })
}

fn is_winograd(layer: &Layer, extent: &Extent) -> bool {
    let out = MapSize {
        height: extent.out_height,
        width: extent.out_width,
    };
    winograd::pays(&layer.window, out)
}

/// Rows and columns of every map.
fn sizes(graph: &Graph, image: MapSize, slots: usize) -> Option<Vec<MapSize>> {
    use super::graph::Node;
    let mut sizes = vec![image; slots];
    for node in &graph.nodes {
        let input = sizes[*node.inputs().first()?];
        let size = match node {
            Node::Conv { layer, .. } => {
                let extent = layer.window.extent(input.height, input.width);
                MapSize {
                    height: extent.out_height,
                    width: extent.out_width,
                }
            }
            Node::Pool { window, .. } => MapSize {
                height: window.output(input.height),
                width: window.output(input.width),
            },
            Node::Sum { .. } | Node::Concat { .. } => input,
        };
        if size.height == 0 || size.width == 0 {
            return None;
        }
        sizes[node.output()] = size;
    }
    Some(sizes)
}

impl Planner {
    /// Every map's channels, size and border, without a place.
    fn shape(&mut self, sizes: &[MapSize]) {
        let shaped = |slot: usize, channels: usize, lanes: usize| BlockedMap {
            at: 0,
            channels,
            height: sizes[slot].height,
            width: sizes[slot].width,
            border: Border::default(),
            lanes,
        };
        self.maps[0] = Some(shaped(0, IMAGE_CHANNELS, 1));
        for operation in &self.operations {
            let channels_of = |slot: &usize| self.maps[*slot].map_or(0, |map| map.channels);
            let first = operation.inputs.first().map_or(0, channels_of);
            let channels = match &operation.kind {
                Kinds::Conv { layer, .. } => layer.window.out_channels,
                Kinds::ConvDepthwise { then, .. } => then.window.out_channels,
                Kinds::ConvPool { first, .. } => first.window.out_channels,
                Kinds::Concat { .. } => operation.inputs.iter().map(channels_of).sum(),
                Kinds::Sum { .. } | Kinds::Pool { .. } => first,
            };
            self.maps[operation.output] = Some(shaped(operation.output, channels, lanes()));
        }
        for operation in &self.operations {
            let Some(map) = operation
                .inputs
                .first()
                .and_then(|&slot| self.maps[slot].as_mut())
            else {
                continue;
            };
            let border = match &operation.kind {
                Kinds::Conv { layer, .. } => border(layer, map),
                Kinds::ConvDepthwise { first, .. } | Kinds::ConvPool { first, .. } => {
                    window_border(&first.window, map)
                }
                _ => Border::default(),
            };
            map.border = map.border.joined(border);
        }
    }

    /// The image gets a frame, whatever reads it.
    fn image(&mut self) {
        if let Some(map) = self.maps[0] {
            let map = self.places.take_map(map);
            self.maps[0] = Some(map);
            self.steps.push(Step::Frame(Frame { output: map }));
        }
    }

    fn operation(&mut self, index: usize) -> Option<()> {
        let Operation {
            inputs,
            output,
            kind,
        } = self.operations[index].clone();
        let made = self.places.take_map(self.maps[output]?);
        self.maps[output] = Some(made);
        let source = self.maps[*inputs.first()?]?;
        let second = match inputs.get(1) {
            Some(&slot) => Some(self.maps[slot]?),
            None => None,
        };
        match kind {
            Kinds::Conv { layer, act } => {
                let after = After {
                    shift: &layer.shift,
                    residual: second,
                    act,
                };
                self.conv(&layer, (source, made), &after);
            }
            Kinds::ConvDepthwise { first, then } => {
                let extent = first.window.extent(source.height, source.width);
                let between = between(&first, &extent, |map| window_border(&then.window, map));
                let inner = then.window.extent(between.height, between.width);
                let reader = Reader::depthwise(then.window, then.taps(), &then.shift, then.act);
                let dense = dense(&first, (source, between));
                let fused = Fused::new(dense, reader, made, (inner.top, inner.left));
                self.steps.push(Step::Fused(fused));
            }
            Kinds::ConvPool {
                first,
                kind,
                window,
            } => {
                let extent = first.window.extent(source.height, source.width);
                let between = between(&first, &extent, |_| Border::default());
                let PoolWindow { padding, .. } = window;
                let dense = dense(&first, (source, between));
                let reader = Reader::Pool { kind, window };
                self.steps
                    .push(Step::Fused(Fused::new(dense, reader, made, (padding, 0))));
            }
            Kinds::Sum { act } => self.steps.push(Step::Sum(Sum {
                first: source,
                second,
                output: made,
                bounds: act.bounds(),
            })),
            Kinds::Concat { affine, act } => {
                let same = || (vec![1.0; made.channels], vec![0.0; made.channels]);
                let (scale, shift) = affine.unwrap_or_else(same);
                let sources = inputs
                    .iter()
                    .map(|&slot| self.maps[slot])
                    .collect::<Option<_>>()?;
                self.steps.push(Step::Concat(Concat {
                    sources,
                    scale,
                    shift,
                    bounds: act.bounds(),
                    output: made,
                }));
            }
            Kinds::Pool { kind, window } => self.steps.push(Step::Pool(Pool {
                kind,
                window,
                source,
                output: made,
            })),
        }
        self.give_back(index);
        Some(())
    }

    fn conv(&mut self, layer: &Layer, (source, made): (BlockedMap, BlockedMap), after: &After<'_>) {
        let extent = layer.window.extent(source.height, source.width);
        if layer.is_depthwise() {
            self.steps.push(Step::Depthwise(Depthwise {
                window: layer.window,
                taps: layer.taps(),
                shift: padded_shift(&layer.shift),
                bounds: layer.act.bounds(),
                source,
                output: made,
            }));
        } else if is_winograd(layer, &extent) {
            let out = MapSize {
                height: made.height,
                width: made.width,
            };
            let lens = winograd::staged_lens(&layer.window, out);
            let staged = lens.map(|lens| (self.places.take(lens.0), self.places.take(lens.1)));
            let conv = Winograd::new(&layer.window, layer.spots(), (source, made), after, staged);
            self.steps.extend(Step::winograd(conv));
            if let (Some(lens), Some(staged)) = (lens, staged) {
                self.places.put(staged.0, lens.0);
                self.places.put(staged.1, lens.1);
            }
        } else {
            let panels = layer.panels(source.lanes);
            let dense = Dense::new(&layer.window, panels, (source, made), after);
            self.steps.push(Step::Dense(dense));
        }
    }

    /// Gives back the maps that no later operation reads.
    fn give_back(&mut self, index: usize) {
        let mut inputs = self.operations[index].inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        for slot in inputs {
            let mut later = self.operations[index + 1..].iter();
            if later.all(|operation| !operation.inputs.contains(&slot))
                && let Some(map) = self.maps[slot]
            {
                self.places.put_map(map);
            }
        }
    }
}

/// The border that a layer needs around its input.
fn border(layer: &Layer, input: &BlockedMap) -> Border {
    let extent = layer.window.extent(input.height, input.width);
    if is_winograd(layer, &extent) {
        let out = MapSize {
            height: extent.out_height,
            width: extent.out_width,
        };
        let input = MapSize {
            height: input.height,
            width: input.width,
        };
        return winograd::border(out, input, (extent.top, extent.left));
    }
    window_border(&layer.window, input)
}

/// The zeros that windows read around a map.
fn window_border(window: &Window, input: &BlockedMap) -> Border {
    let extent = window.extent(input.height, input.width);
    let beyond = |outputs: usize, kernel: usize, before: usize, inputs: usize| {
        ((outputs - 1) * window.stride + kernel).saturating_sub(before + inputs)
    };
    Border {
        top: extent.top,
        left: extent.left,
        bottom: beyond(extent.out_height, window.kernel.0, extent.top, input.height),
        right: beyond(extent.out_width, window.kernel.1, extent.left, input.width),
    }
}

/// The map between a convolution and its only reader.
fn between(layer: &Layer, extent: &Extent, border: impl Fn(&BlockedMap) -> Border) -> BlockedMap {
    let map = BlockedMap {
        at: 0,
        channels: layer.window.out_channels,
        height: extent.out_height,
        width: extent.out_width,
        border: Border::default(),
        lanes: lanes(),
    };
    BlockedMap {
        border: border(&map),
        ..map
    }
}

fn dense(layer: &Layer, maps: (BlockedMap, BlockedMap)) -> Dense {
    let after = After {
        shift: &layer.shift,
        residual: None,
        act: layer.act,
    };
    Dense::new(&layer.window, layer.panels(maps.0.lanes), maps, &after)
}
