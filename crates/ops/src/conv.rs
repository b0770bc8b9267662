//! Convolutions of any kernel, stride, padding and groups: the one door to the two ways they are computed.

use super::feature::{Feature, Gradient};
use super::geometry::Window;
use super::norm::Moments;
use super::upstream::{Upstream, Wanted};
use super::{dense, depthwise};

/// Convolves `input` into `output` (`(n, out_height, out_width, out_channels)`, raw). `weight`:
/// `(out, in / groups, kernel rows, kernel columns)`. Returns the batch's moments of the output if wanted.
pub fn forward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    output: &mut [f32],
    wants_moments: bool,
) -> Option<Moments> {
    if window.is_depthwise() {
        depthwise::forward(input, window, weight, output, wants_moments)
    } else {
        dense::forward(input, window, weight, output, wants_moments)
    }
}

/// Gradients of [`forward`]: of the weight in its own layout, and of the input behind its activation. A gradient that is
/// not wanted costs nothing.
pub fn backward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    upstream: Upstream<'_>,
    wanted: Wanted,
) -> (Option<Vec<f32>>, Option<Gradient>) {
    if window.is_depthwise() {
        depthwise::backward(input, window, weight, upstream, wanted)
    } else {
        dense::backward(input, window, weight, upstream, wanted)
    }
}
