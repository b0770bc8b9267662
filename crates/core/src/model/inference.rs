//! A backbone that only predicts: its steps as a graph of [`crate::ops::inference`], planned for each size of image it meets.

use std::sync::{Arc, Mutex, PoisonError};

use super::backbone::{Backbone, PoolKind, Step};
use super::layer::Layer;
use super::parameters::{Parameters, Running};
use crate::ops::act::Act;
use crate::ops::geometry::MapSize;
use crate::ops::inference::{self, Graph, Node, Plan};

/// Plans kept: images of a batch have one size, those of a folder a few.
const PLANS: usize = 4;

/// A backbone with its normalisations folded into its weights.
pub struct InferenceNet {
    graph: Graph,
    /// What it was made of, if that may change.
    made_of: Option<(Vec<f32>, Arc<Running>)>,
    /// The one used last comes last.
    plans: Mutex<Vec<Planned>>,
}

/// A plan and the slot of the map that it ends with.
struct Planned {
    last: usize,
    plan: Arc<Plan>,
}

impl InferenceNet {
    /// `may_change`: keep a copy of the parameters, to be compared by [`InferenceNet::is_of`].
    pub fn new(
        backbone: &Backbone,
        params: Vec<f32>,
        running: &Arc<Running>,
        may_change: bool,
    ) -> Self {
        let parameters = Parameters {
            params: &params,
            running,
            by_batch: false,
        };
        Self {
            graph: graph(backbone, parameters),
            made_of: may_change.then(|| (params, Arc::clone(running))),
            plans: Mutex::default(),
        }
    }

    /// Whether it was made of these; it only knows if they could change.
    pub fn is_of(&self, params: &[f32], running: &Running) -> bool {
        let made_of = self.made_of.as_ref();
        made_of.is_some_and(|(known, of)| known == params && **of == *running)
    }

    /// For images of that size, up to the map in slot `last`; `None` if they are too small for the net.
    pub fn plan(&self, image: MapSize, last: usize) -> Option<Arc<Plan>> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |planned: &Planned| planned.plan.image() == image && planned.last == last;
        let planned = match plans.iter().position(is_it) {
            Some(known) => plans.remove(known),
            None => Planned {
                last,
                plan: Arc::new(Plan::new(&self.until(last), image)?),
            },
        };
        if plans.len() == PLANS {
            plans.remove(0);
        }
        let plan = Arc::clone(&planned.plan);
        plans.push(planned);
        Some(plan)
    }

    /// The part of the graph that makes the map in slot `last`, raw where a normalisation would be pending on it. The packed
    /// weights are the same ones.
    fn until(&self, last: usize) -> Graph {
        let nodes = &self.graph.nodes;
        let end = nodes.iter().position(|node| node.output() == last);
        let end = end.map_or(nodes.len(), |at| at + 1);
        let mut part = nodes[..end].to_vec();
        if let Some(Node::Concat { affine, act, .. }) = part.last_mut()
            && end < nodes.len()
        {
            *affine = None;
            *act = Act::None;
        }
        Graph { nodes: part }
    }

    /// Gives the memory back that is kept for the next pass.
    pub fn release_memory(&self) {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans
            .iter()
            .for_each(|planned| planned.plan.release_memory());
    }
}

/// The backbone's steps, each with what is pending on its map.
fn graph(backbone: &Backbone, parameters: Parameters<'_>) -> Graph {
    let node = |step: &Step| match step {
        Step::Conv {
            layer,
            input,
            output,
        } => Node::Conv {
            layer: Arc::new(folded(&backbone.layers[*layer], parameters)),
            input: *input,
            output: *output,
        },
        Step::Residual {
            main,
            skip,
            act,
            output,
        } => Node::Sum {
            main: *main,
            skip: *skip,
            act: *act,
            output: *output,
        },
        Step::Concat {
            inputs,
            norm,
            output,
        } => {
            let pending = norm.as_ref().map(|norm| norm.pending(parameters, None));
            let (affine, act) = match pending {
                Some(pending) => (Some((pending.scale, pending.shift)), pending.act),
                None => (None, Act::None),
            };
            Node::Concat {
                inputs: inputs.clone(),
                affine,
                act,
                output: *output,
            }
        }
        Step::Pool {
            input,
            kind,
            window,
            output,
        } => Node::Pool {
            input: *input,
            kind: match kind {
                PoolKind::Max => inference::PoolKind::Max,
                PoolKind::Average => inference::PoolKind::Mean,
            },
            window: *window,
            output: *output,
        },
    };
    Graph {
        nodes: backbone.steps.iter().map(node).collect(),
    }
}

fn folded(layer: &Layer, parameters: Parameters<'_>) -> inference::Layer {
    let mut weight = parameters.of(&layer.weight).to_vec();
    let (shift, act) = match layer.pending(parameters, None) {
        Some(pending) => {
            super::layer::scale_channels(&mut weight, &pending.scale);
            (pending.shift, pending.act)
        }
        None => (vec![0.0; layer.window.out_channels], Act::None),
    };
    inference::Layer::new(layer.window, weight, shift, act)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use crate::model::{Arch, Classifier as _, HeadKind, Mode, Net, Role};
    use crate::rng::Stream;

    /// A net of weights of noise, which keep the scale of the maps.
    fn noisy(arch: Arch) -> Net {
        let net = Net::blank(arch, HeadKind::Linear, 3, 0).unwrap();
        let mut stream = Stream::new(3, &[]);
        for param in net.variables() {
            let len = param.var.elem_count();
            let fan_in = len / param.var.dim(0).unwrap().max(1);
            let (mean, std) = match param.role {
                Role::Weight => (0.0, (2.0 / fan_in.max(1) as f32).sqrt()),
                Role::Gamma => (0.7, 0.05),
                Role::Bias | Role::Beta => (0.0, 0.1),
            };
            let values: Vec<f32> = (0..len)
                .map(|_| mean + std * stream.normal() as f32)
                .collect();
            let values = Tensor::from_vec(values, param.var.shape(), &Device::Cpu).unwrap();
            param.var.set(&values).unwrap();
        }
        net
    }

    fn images(n: usize, height: usize, width: usize) -> Tensor {
        let mut stream = Stream::new(4, &[]);
        let values: Vec<f32> = (0..n * 3 * height * width)
            .map(|_| stream.normal() as f32)
            .collect();
        Tensor::from_vec(values, (n, 3, height, width), &Device::Cpu).unwrap()
    }

    fn values(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn largest_difference(found: &[f32], wanted: &[f32]) -> f32 {
        assert_eq!(found.len(), wanted.len());
        let scale = wanted.iter().fold(0f32, |most, v| most.max(v.abs()));
        let differences = found.iter().zip(wanted).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f32::max) / scale
    }

    #[test]
    fn every_net_gives_the_logits_of_the_steps_that_train() {
        for arch in Arch::ALL {
            let net = noisy(arch);
            for (n, height, width) in [(1, 64, 64), (3, 96, 75), (2, 224, 224)] {
                if height == 224 && cfg!(debug_assertions) && arch.backbone().layers.len() > 60 {
                    continue;
                }
                let images = images(n, height, width);
                let plain = net.unfolded(&images, net.last_slot()).unwrap();
                let fast = net.features(&images, Mode::Eval).unwrap();
                assert_eq!(fast.dims(), plain.dims());
                let difference = largest_difference(&values(&fast), &values(&plain));
                assert!(
                    difference < 1e-4,
                    "{arch:?} {height} x {width}: {difference}"
                );
                let [fast, plain] = [fast, plain].map(|map| net.head(&map, None).unwrap());
                let difference = largest_difference(&values(&fast), &values(&plain));
                assert!(
                    difference < 1e-4,
                    "{arch:?} {height} x {width}: {difference}"
                );
                let [fast, plain] =
                    [fast, plain].map(|logits| logits.argmax(1).unwrap().to_vec1::<u32>().unwrap());
                assert_eq!(fast, plain);
            }
        }
    }

    #[test]
    fn features_do_not_depend_on_threads_or_on_the_batch() {
        let net = noisy(Arch::default());
        let images = images(3, 64, 64);
        let by_threads = |threads: usize, images: &Tensor| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| values(&net.features(images, Mode::Eval).unwrap()))
        };
        let alone = by_threads(1, &images);
        assert_eq!(by_threads(2, &images), alone);
        assert_eq!(by_threads(4, &images), alone);
        let single = by_threads(3, &images.narrow(0, 1, 1).unwrap());
        assert_eq!(single, alone[single.len()..2 * single.len()]);
    }

    #[test]
    fn a_net_that_has_learned_predicts_by_its_new_weights() {
        let mut net = noisy(Arch::default());
        net.set_frozen(crate::model::Freeze::Nothing);
        let images = images(1, 64, 64);
        let before = values(&net.features(&images, Mode::Eval).unwrap());
        let again = values(&net.features(&images, Mode::Eval).unwrap());
        assert_eq!(before, again);
        for param in net.variables() {
            if param.role == Role::Weight {
                param.var.set(&param.var.affine(0.5, 0.0).unwrap()).unwrap();
            }
        }
        let after = values(&net.features(&images, Mode::Eval).unwrap());
        assert_ne!(before, after);
        let plain = values(&net.unfolded(&images, net.last_slot()).unwrap());
        assert!(largest_difference(&after, &plain) < 1e-4);
    }
}
