//! Dense convolutions: every kernel, stride, padding and number of groups, by products of tiles.
//!
//! A band of input rows is copied into scratch once, with what is pending applied and zeros around it; the micro-kernel
//! then reads each output pixel's window where it lies. The gradient of the input is the same sweep over the gradient of
//! the output with the kernel transformed round, once for each phase of the stride.

mod finish;
mod micro_kernel;
mod panels;
mod pass;
mod source;
mod sweep;
mod weight;
mod winograd;

use super::feature::{Feature, Gradient, Sums};
use super::geometry::{Extent, MapSize, Window};
use super::norm::Moments;
use super::upstream::{Upstream, Wanted};
use finish::Finish;
use micro_kernel::Canvas;
use panels::Panels;
use pass::{Sums as PassSums, Target};
use source::Source;
use sweep::{Lattice, Sweep};
use winograd::TransformedKernels;

/// Weights in the form that the convolution is computed from.
#[derive(Debug)]
enum Packed {
    Direct(Panels),
    TransformedKernels(TransformedKernels),
}

impl Packed {
    /// For `n` maps of `height` x `width`.
    fn forward(window: &Window, weight: &[f32], tiles: usize) -> Self {
        if winograd::pays(window, tiles) {
            Self::TransformedKernels(TransformedKernels::forward(window, weight))
        } else {
            Self::Direct(Panels::forward(window, weight))
        }
    }

    fn run(
        &self,
        sweep: &Sweep,
        source: Source<'_>,
        target: Target<'_>,
        images: usize,
    ) -> PassSums {
        match self {
            Self::Direct(panels) => pass::run(sweep, source, panels, target, images),
            Self::TransformedKernels(weights) => {
                winograd::run(sweep, source, weights, target, images)
            }
        }
    }
}

/// As [`super::conv::forward`].
pub fn forward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    output: &mut [f32],
    wants_moments: bool,
) -> Option<Moments> {
    let sweep = forward_sweep(window, &window.extent(input.height, input.width));
    let packed = Packed::forward(window, weight, winograd::tiles(input.n, sweep.out));
    let finish = if wants_moments {
        Finish::Moments
    } else {
        Finish::Nothing
    };
    let target = Target {
        canvas: Canvas::new(output),
        adds: false,
        finish,
    };
    let sums = packed.run(&sweep, Source::Map(input), target, input.n);
    wants_moments
        .then(|| Moments::combine(&sums.parts, sums.pixels.into_iter(), window.out_channels))
}

/// As [`super::conv::backward`].
pub fn backward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    upstream: Upstream<'_>,
    wanted: Wanted,
) -> (Option<Vec<f32>>, Option<Gradient>) {
    let extent = window.extent(input.height, input.width);
    let dw = wanted.weight.then(|| {
        let sweep = forward_sweep(window, &extent);
        weight::gradient(&sweep, window, Source::Map(input), upstream, input.n)
    });
    let dx = wanted.input.map(|mut data| {
        debug_assert!(
            !wanted.adds || input.pending.is_none(),
            "what is pending has one reader"
        );
        let phases = phases(window, &extent);
        if !wanted.adds && phases.len() < window.stride * window.stride {
            data.fill(0.0);
        }
        let finish = match &input.pending {
            None => Finish::Nothing,
            Some(pending) => Finish::Mask {
                pending,
                raw: &input.data,
            },
        };
        let mut parts = Vec::new();
        for phase in &phases {
            let packed = if winograd::pays(window, winograd::tiles(input.n, phase.sweep.out)) {
                Packed::TransformedKernels(TransformedKernels::backward(window, weight))
            } else {
                let (rows, columns) = (&phase.rows, &phase.columns);
                Packed::Direct(Panels::backward(window, weight, rows, columns))
            };
            let source = Source::Gradient(upstream, window.out_channels);
            let target = Target {
                canvas: Canvas::new(&mut data),
                adds: wanted.adds,
                finish,
            };
            let sums = packed.run(&phase.sweep, source, target, input.n);
            parts.extend(sums.parts);
        }
        let sums = input
            .pending
            .as_ref()
            .map(|_| Sums::combine(&parts, window.in_channels));
        Gradient { data, sums }
    });
    (dw, dx)
}

fn forward_sweep(window: &Window, extent: &Extent) -> Sweep {
    Sweep {
        source: (extent.in_height, extent.in_width, window.in_channels),
        kernel: window.kernel,
        stride: window.stride,
        before: (extent.top as isize, extent.left as isize),
        out: MapSize {
            height: extent.out_height,
            width: extent.out_width,
        },
        into: Lattice {
            height: extent.out_height,
            width: extent.out_width,
            channels: window.out_channels,
            step: 1,
            origin: (0, 0),
        },
    }
}

/// The input pixels that meet the same part of the kernel.
struct Phase {
    sweep: Sweep,
    /// Rows and columns of the kernel, in the order in which they meet the output.
    rows: Vec<usize>,
    columns: Vec<usize>,
}

/// One axis of a phase: kernel positions, outputs before the first, first input, inputs.
struct Axis {
    taps: Vec<usize>,
    before: isize,
    origin: usize,
    count: usize,
}

/// Input `i` meets kernel position `k` at output `(i + pad - k) / stride`, where that is whole. Inputs of one remainder
/// share their positions; those that meet none get no gradient.
fn axis(kernel: usize, stride: usize, pad: usize, size: usize) -> Vec<Axis> {
    let phase = |origin: usize| {
        let taps: Vec<usize> = (0..kernel)
            .rev()
            .filter(|tap| (origin + pad + kernel * stride - tap).is_multiple_of(stride))
            .collect();
        let furthest = *taps.first()?;
        let first_output = (origin + pad) as isize - furthest as isize;
        (origin < size).then(|| Axis {
            taps,
            before: -first_output.div_euclid(stride as isize),
            origin,
            count: (size - origin).div_ceil(stride),
        })
    };
    (0..stride).filter_map(phase).collect()
}

fn phases(window: &Window, extent: &Extent) -> Vec<Phase> {
    let stride = window.stride;
    let mut phases = Vec::new();
    for vertical in axis(window.kernel.0, stride, extent.top, extent.in_height) {
        for horizontal in axis(window.kernel.1, stride, extent.left, extent.in_width) {
            let sweep = Sweep {
                source: (extent.out_height, extent.out_width, window.out_channels),
                kernel: (vertical.taps.len(), horizontal.taps.len()),
                stride: 1,
                before: (vertical.before, horizontal.before),
                out: MapSize {
                    height: vertical.count,
                    width: horizontal.count,
                },
                into: Lattice {
                    height: extent.in_height,
                    width: extent.in_width,
                    channels: window.in_channels,
                    step: stride,
                    origin: (vertical.origin, horizontal.origin),
                },
            };
            phases.push(Phase {
                sweep,
                rows: vertical.taps.clone(),
                columns: horizontal.taps,
            });
        }
    }
    phases
}
