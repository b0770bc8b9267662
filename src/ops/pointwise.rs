//! 1x1 convolutions: plain matrix products over rows of pixels.
//!
//! Rows go through in pieces that stay in the second-level cache: apply what is pending on the input, multiply, and
//! gather the sums for the normalisation while the piece is still warm.

use rayon::prelude::*;

use super::feature::{Feature, Gradient, Pending, RawGradient, Sums, add_up};
use super::gemm::{Into, Matrix, product};
use super::norm::{Moments, piece_moments};
use super::scratch::with_scratch;

/// Rows of one piece: about half a megabyte of input and output, but enough rows that packing the weights pays.
fn piece_rows(in_channels: usize, out_channels: usize) -> usize {
    (131_072 / (in_channels + out_channels).max(1)).clamp(192, 1024)
}

/// The input of a piece with its pending normalisation applied; `scratch` is used only if there is one.
fn activated<'a>(pending: Option<&Pending>, raw: &'a [f32], scratch: &'a mut [f32]) -> &'a [f32] {
    match pending {
        None => raw,
        Some(pending) => {
            let scratch = &mut scratch[..raw.len()];
            pending.apply(scratch, raw);
            scratch
        }
    }
}

/// `output` (`rows x out_channels`) = activated input times `weight` (`out_channels x in_channels`) transposed.
/// Returns the batch's moments of the output if `wants_moments`.
pub fn forward(
    input: &Feature,
    weight: &[f32],
    output: &mut [f32],
    wants_moments: bool,
) -> Option<Moments> {
    let (rows, k) = (input.rows(), input.channels);
    let n = weight.len() / k.max(1);
    let piece = piece_rows(k, n);
    let pieces = rows.div_ceil(piece);
    let mut moments = vec![0f32; if wants_moments { pieces * 2 * n } else { 0 }];
    let work = |output: &mut [f32], raw: &[f32]| {
        with_scratch(raw.len(), |scratch| {
            let rows = raw.len() / k;
            let lhs = Matrix::new(activated(input.pending.as_ref(), raw, scratch), rows, k);
            product(
                output,
                n,
                lhs,
                Matrix::new(weight, n, k).transposed(),
                Into::Overwrite,
            );
        });
    };
    let parts = output
        .par_chunks_mut(piece * n)
        .zip(input.data.par_chunks(piece * k));
    if wants_moments {
        parts
            .zip(moments.par_chunks_mut(2 * n))
            .for_each(|((output, raw), moments)| {
                work(output, raw);
                piece_moments(output, moments);
            });
    } else {
        parts.for_each(|(output, raw)| work(output, raw));
        return None;
    }
    let counts = (0..pieces).map(|i| piece.min(rows - i * piece));
    Some(Moments::combine(&moments, counts, n))
}

/// What a convolution's backward pass starts from: the gradient behind its output's normalisation.
#[derive(Clone, Copy)]
pub struct Upstream<'a> {
    pub gradient: &'a [f32],
    /// The raw output of the convolution.
    pub output: &'a [f32],
    pub raw: &'a RawGradient,
}

/// Which gradients are wanted; the input's goes into the buffer, added to what is there if `adds`.
pub struct Wanted {
    pub weight: bool,
    pub input: Option<Vec<f32>>,
    pub adds: bool,
}

/// Gradients of [`forward`]: of the weight, and of the input behind its own activation.
pub fn backward(
    input: &Feature,
    weight: &[f32],
    upstream: Upstream<'_>,
    wanted: Wanted,
) -> (Option<Vec<f32>>, Option<Gradient>) {
    let (rows, k) = (input.rows(), input.channels);
    let n = weight.len() / k.max(1);
    let piece = piece_rows(k, n);
    let pieces = rows.div_ceil(piece).max(1);
    // Pieces are dealt to a fixed number of groups; each sums its own weight gradient.
    let groups = pieces.min(if weight.len() > 65_536 { 4 } else { 16 });
    let per_group = pieces.div_ceil(groups) * piece;
    let into = if wanted.adds {
        Into::Add
    } else {
        Into::Overwrite
    };
    let mut destination = wanted.input.unwrap_or_default();
    let has_input = !destination.is_empty();
    let sums_len = match &input.pending {
        Some(_) if has_input => 2 * k,
        Some(_) | None => 0,
    };
    let mut weight_parts = vec![0f32; if wanted.weight { groups * n * k } else { 0 }];
    let mut sum_parts = vec![0f32; groups * sums_len * per_group.div_ceil(piece)];
    let group_sums = per_group.div_ceil(piece) * sums_len;

    let tasks: Vec<Task<'_>> = split(
        &mut destination,
        if has_input { per_group * k } else { 0 },
        groups,
    )
    .zip(split(
        &mut weight_parts,
        if wanted.weight { n * k } else { 0 },
        groups,
    ))
    .zip(split(&mut sum_parts, group_sums, groups))
    .enumerate()
    .map(|(group, ((dx, dw), sums))| Task {
        first_row: group * per_group,
        dx,
        dw,
        sums,
    })
    .collect();
    tasks.into_par_iter().for_each(|task| {
        let end = rows.min(task.first_row + per_group);
        let mut dx = task.dx;
        let mut sums = task.sums;
        for start in (task.first_row..end).step_by(piece) {
            let stop = end.min(start + piece);
            let count = stop - start;
            let raw = &input.data[start * k..stop * k];
            with_scratch(count * (n + k), |scratch| {
                let (dy, z) = scratch.split_at_mut(count * n);
                upstream.raw.apply(
                    dy,
                    &upstream.gradient[start * n..stop * n],
                    &upstream.output[start * n..stop * n],
                );
                if !task.dw.is_empty() {
                    let z = activated(input.pending.as_ref(), raw, z);
                    product(
                        task.dw,
                        k,
                        Matrix::new(dy, count, n).transposed(),
                        Matrix::new(z, count, k),
                        Into::Add,
                    );
                }
                if has_input {
                    let (piece_dx, rest) = std::mem::take(&mut dx).split_at_mut(count * k);
                    dx = rest;
                    product(
                        piece_dx,
                        k,
                        Matrix::new(dy, count, n),
                        Matrix::new(weight, n, k),
                        into,
                    );
                    if let Some(pending) = &input.pending {
                        let (piece_sums, rest) = std::mem::take(&mut sums).split_at_mut(2 * k);
                        sums = rest;
                        pending.mask(piece_dx, raw, piece_sums);
                    }
                }
            });
        }
    });
    let dw = wanted.weight.then(|| add_up(&weight_parts, n * k));
    let dx = has_input.then(|| Gradient {
        data: destination,
        sums: input.pending.as_ref().map(|_| Sums::combine(&sum_parts, k)),
    });
    (dw, dx)
}

struct Task<'a> {
    first_row: usize,
    dx: &'a mut [f32],
    dw: &'a mut [f32],
    sums: &'a mut [f32],
}

/// Cuts `data` into `count` parts of `len` (the last may be shorter; all empty where `len` is 0).
pub(super) fn split(
    data: &mut [f32],
    len: usize,
    count: usize,
) -> impl Iterator<Item = &mut [f32]> {
    let mut rest = data;
    (0..count).map(move |_| {
        let all = std::mem::take(&mut rest);
        let (part, others) = all.split_at_mut(len.min(all.len()));
        rest = others;
        part
    })
}
