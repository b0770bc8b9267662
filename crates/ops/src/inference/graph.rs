//! A net for inference as it is written down: layers with their normalisation folded in, and what joins them.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::dense::reads;
use super::depthwise::{self, Taps};
use super::map::lanes;
use super::panels::{self, Panels};
use super::pool;
use super::winograd::{self, Spots};
use crate::act::Act;
use crate::geometry::{PoolWindow, Window};

/// A convolution, the shift of each channel and the activation. Weights are packed when they are first needed in that form, and
/// given back when no other form can be needed: a net is then in memory once.
#[derive(Debug)]
pub struct Layer {
    pub window: Window,
    pub shift: Vec<f32>,
    pub act: Act,
    /// `(out, in / groups, rows, columns)`, with the normalisation's factors.
    weight: Mutex<Vec<f32>>,
    panels: OnceLock<Arc<Panels>>,
    spots: OnceLock<Arc<Spots>>,
    taps: OnceLock<Arc<Taps>>,
}

impl Layer {
    pub fn new(window: Window, weight: Vec<f32>, shift: Vec<f32>, act: Act) -> Self {
        Self {
            window,
            shift,
            act,
            weight: Mutex::new(weight),
            panels: OnceLock::new(),
            spots: OnceLock::new(),
            taps: OnceLock::new(),
        }
    }

    /// Whether there are loops for such a window.
    pub fn fits(&self) -> bool {
        self.is_depthwise() || panels::fits(&self.window)
    }

    pub fn is_depthwise(&self) -> bool {
        depthwise::fits(&self.window)
    }

    /// `lanes`: channels of a block of the map that is read.
    pub(super) fn panels(&self, lanes: usize) -> Arc<Panels> {
        let new = || self.packed(|weight| Panels::new(&self.window, weight, reads(lanes)));
        Arc::clone(self.panels.get_or_init(new))
    }

    pub(super) fn spots(&self) -> Arc<Spots> {
        let new = || self.packed(|weight| Spots::new(&self.window, weight));
        Arc::clone(self.spots.get_or_init(new))
    }

    pub(super) fn taps(&self) -> Arc<Taps> {
        let new = || self.packed(|weight| Taps::new(&self.window, weight));
        Arc::clone(self.taps.get_or_init(new))
    }

    fn packed<Form>(&self, pack: impl FnOnce(&[f32]) -> Form) -> Arc<Form> {
        let mut weight = self.weight.lock().unwrap_or_else(PoisonError::into_inner);
        let form = Arc::new(pack(&weight));
        // Otherwise the form depends on the size of the image, and there may be another.
        if !winograd::fits(&self.window) {
            *weight = Vec::new();
        }
        form
    }

    /// Values of the weights that are still there unpacked.
    #[cfg(test)]
    pub(super) fn unpacked_len(&self) -> usize {
        self.weight.lock().map_or(0, |weight| weight.len())
    }
}

/// Maps are numbered by slots; slot 0 is the image.
#[derive(Clone, Debug)]
pub enum Node {
    Conv {
        layer: Arc<Layer>,
        input: usize,
        output: usize,
    },
    /// `act(main + skip)`
    Sum {
        main: usize,
        skip: Option<usize>,
        act: Act,
        output: usize,
    },
    /// The maps side by side, then a factor and a shift a channel (of 1 and 0 if there are none), and an activation.
    Concat {
        inputs: Vec<usize>,
        affine: Option<(Vec<f32>, Vec<f32>)>,
        act: Act,
        output: usize,
    },
    Pool {
        input: usize,
        kind: pool::Kind,
        window: PoolWindow,
        output: usize,
    },
}

impl Node {
    pub fn inputs(&self) -> Vec<usize> {
        match self {
            Self::Conv { input, .. } | Self::Pool { input, .. } => vec![*input],
            Self::Sum { main, skip, .. } => std::iter::once(*main).chain(*skip).collect(),
            Self::Concat { inputs, .. } => inputs.clone(),
        }
    }

    pub fn output(&self) -> usize {
        match self {
            Self::Conv { output, .. }
            | Self::Sum { output, .. }
            | Self::Concat { output, .. }
            | Self::Pool { output, .. } => *output,
        }
    }
}

/// In an order in which every map is made before it is read; the last node makes the output.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
}

impl Graph {
    /// Whether there is a loop for every node. `image`: channels of the image.
    pub fn fits(&self, image: usize) -> bool {
        let mut channels = vec![(0usize, image)];
        let of = |channels: &[(usize, usize)], slot: usize| {
            let found = channels.iter().find(|known| known.0 == slot);
            found.map_or(0, |known| known.1)
        };
        let mut all_fit = !self.nodes.is_empty();
        for node in &self.nodes {
            let (fits, made) = match node {
                Node::Conv { layer, input, .. } => (
                    layer.fits() && (*input != 0 || layer.window.groups == 1),
                    layer.window.out_channels,
                ),
                Node::Concat { inputs, .. } => {
                    let parts: Vec<usize> = inputs.iter().map(|&i| of(&channels, i)).collect();
                    let are_whole = parts.iter().all(|part| part.is_multiple_of(lanes()));
                    (are_whole && !inputs.contains(&0), parts.iter().sum())
                }
                Node::Sum { main, .. } => (*main != 0, of(&channels, *main)),
                Node::Pool { input, .. } => (*input != 0, of(&channels, *input)),
            };
            all_fit &= fits;
            channels.push((node.output(), made));
        }
        all_fit
    }

    pub(super) fn readers(&self, slot: usize) -> usize {
        let reads = self.nodes.iter().flat_map(Node::inputs);
        reads.filter(|&read| read == slot).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Padding;

    fn layer(kernel: usize, stride: usize, groups: usize) -> Layer {
        let window = Window {
            in_channels: 64,
            out_channels: 64,
            kernel: (kernel, kernel),
            stride,
            padding: Padding::Same,
            groups,
        };
        let weight = vec![1.0; 64 * (64 / groups) * kernel * kernel];
        Layer::new(window, weight, vec![0.0; 64], Act::None)
    }

    #[test]
    fn weights_are_given_back_once_no_other_form_can_be_needed() {
        let pointwise = layer(1, 1, 1);
        pointwise.panels(lanes());
        assert_eq!(pointwise.unpacked_len(), 0);
        let again = pointwise.panels(lanes());
        assert!(Arc::ptr_eq(&again, &pointwise.panels(lanes())));
        let depthwise = layer(3, 1, 64);
        depthwise.taps();
        assert_eq!(depthwise.unpacked_len(), 0);
        // Small maps are convolved directly, large ones by Winograd's tiles.
        let either = layer(3, 1, 1);
        either.panels(lanes());
        assert_eq!(either.unpacked_len(), 64 * 64 * 9);
        either.spots();
        let strided = layer(3, 2, 1);
        strided.panels(lanes());
        assert_eq!(strided.unpacked_len(), 0);
    }
}
