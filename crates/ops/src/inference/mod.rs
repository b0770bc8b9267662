//! A net that only predicts: planned once for a size of image, then run without allocating, repacking or normalising.
//!
//! What training cannot have, because it keeps every map: normalisations folded into weights that are packed once, maps in
//! blocks of channels ([`map`]), sums that get their shift, residual and activation in registers ([`tile`]), a wide map between
//! two convolutions that stays in the cache ([`fused`]), one memory for all maps ([`layout`]), and threads that go from step to
//! step together ([`team`]). Sums are added in an order that depends on shapes alone, so results do not depend on the number of threads.
#![expect(unsafe_code, reason = "runs the steps of a plan on its memory")]

mod dense;
mod depthwise;
mod fused;
mod fusion;
mod graph;
mod layout;
mod map;
mod memory;
mod panels;
mod plan;
mod pool;
mod separate;
mod step;
mod team;
mod tile;
mod winograd;

use rayon::prelude::*;

use super::geometry::MapSize;
pub use graph::{Graph, Layer, Node};
use memory::{Idle, Memory};
use plan::Steps;
pub use pool::Kind as PoolKind;
use step::Step;

/// Channels of an image.
const CHANNELS: usize = 3;

/// A graph for one size of image.
pub struct Plan {
    image: MapSize,
    steps: Steps,
    counts: Vec<usize>,
    idle: Idle,
}

impl Plan {
    /// `None` if there is no loop for some node of the graph, or the image is too small for one.
    pub fn new(graph: &Graph, image: MapSize) -> Option<Self> {
        if !graph.fits(CHANNELS) {
            return None;
        }
        let steps = plan::steps(graph, image)?;
        Some(Self {
            image,
            counts: steps.list.iter().map(Step::tasks).collect(),
            steps,
            idle: Idle::default(),
        })
    }

    pub fn image(&self) -> MapSize {
        self.image
    }

    /// Channels, rows and columns of the last map.
    pub fn output(&self) -> (usize, usize, usize) {
        let map = &self.steps.output;
        (map.channels, map.height, map.width)
    }

    /// The last maps `(n, c, h, w)` of `images`, `(n, 3, height, width)`.
    ///
    /// # Panics
    /// If they are no whole images of the plan's size.
    pub fn run(&self, images: &[f32]) -> Vec<f32> {
        let image_len = CHANNELS * self.image.height * self.image.width;
        assert!(
            images.len().is_multiple_of(image_len),
            "no whole images of the plan's size"
        );
        let (channels, height, width) = self.output();
        let output_len = channels * height * width;
        let count = images.len() / image_len;
        let mut outputs = vec![0f32; count * output_len];
        // As many as there are threads side by side, each on one; what is left, one after the other on all.
        let side_by_side = count / rayon::current_num_threads() * rayon::current_num_threads();
        let (apart, together) = outputs.split_at_mut(side_by_side * output_len);
        let (images, rest) = images.split_at(side_by_side * image_len);
        apart
            .par_chunks_exact_mut(output_len)
            .zip(images.par_chunks_exact(image_len))
            .for_each(|(output, image)| self.one(image, output, team::run_alone));
        for (output, image) in together
            .chunks_exact_mut(output_len)
            .zip(rest.chunks_exact(image_len))
        {
            self.one(image, output, team::run);
        }
        outputs
    }

    /// Gives the memory back that waits for the next run.
    pub fn release_memory(&self) {
        self.idle.clear();
    }

    fn one(
        &self,
        image: &[f32],
        output: &mut [f32],
        team: impl Fn(&[usize], &(dyn Fn(usize, usize) + Sync)),
    ) {
        let mut maps = self.idle.take(self.steps.memory);
        let memory = Memory {
            maps: maps.as_mut_slice().as_mut_ptr(),
            image: image.as_ptr(),
            output: output.as_mut_ptr(),
        };
        team(&self.counts, &|step, task| {
            // SAFETY: the memory is as long as the plan says, the slices were cut to the plan's sizes, and the team does every
            // task once, step after step.
            unsafe { self.steps.list[step].run(memory, task) };
        });
        self.idle.put(maps);
    }
}
