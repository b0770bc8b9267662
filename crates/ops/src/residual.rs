//! Residual addition: what is pending on both is applied, they are added, and an activation follows.

use rayon::prelude::*;

use super::act::{Act, Backward, Bounds};
use super::feature::{Feature, Gradient, Sums, activate};
use super::scratch::BufferPool;
use super::simd::kernel;

/// Values of one piece of an element-wise pass.
const PIECE: usize = 65_536;

/// Values of as many whole pixels as make up a piece.
pub(super) fn piece_len(channels: usize) -> usize {
    (PIECE / channels.max(1)).max(1) * channels.max(1)
}

/// `act(main + skip)`, each with its own pending normalisation applied first.
pub fn forward(main: &Feature, skip: Option<&Feature>, act: Act, pool: &BufferPool) -> Feature {
    let mut data = pool.take(main.data.len());
    let piece = piece_len(main.channels);
    data.par_chunks_mut(piece)
        .enumerate()
        .for_each(|(index, data)| {
            let range = index * piece..index * piece + data.len();
            activate(main.pending.as_ref(), data, &main.data[range.clone()]);
            if let Some(skip) = skip {
                let src = &skip.data[range];
                match &skip.pending {
                    None => add(data, src),
                    // No net has an activation here, only the normalisation of a skip's own convolution.
                    Some(pending) => add_affine(data, src, &pending.scale, &pending.shift),
                }
            }
            if act != Act::None {
                clamp(data, act.bounds());
            }
        });
    Feature {
        data,
        pending: None,
        ..*main
    }
}

/// Stops the gradient `g` of a residual sum where its activation did, in place. `output`: the map itself.
pub fn activation_backward(g: &mut [f32], output: &[f32], act: Act, backward: Backward) {
    if act == Act::None {
        return;
    }
    g.par_chunks_mut(PIECE)
        .zip(output.par_chunks(PIECE))
        .for_each(|(g, output)| mask(g, output, act.bounds(), backward.floor(act)));
}

/// The gradient of a residual sum, passed on to one of the two maps it was made of.
pub fn pass_on(mut data: Vec<f32>, map: &Feature) -> Gradient {
    let Some(pending) = &map.pending else {
        return Gradient { data, sums: None };
    };
    let channels = map.channels;
    let piece = piece_len(channels);
    let mut sums = vec![0f32; data.len().div_ceil(piece) * 2 * channels];
    data.par_chunks_mut(piece)
        .zip(map.data.par_chunks(piece))
        .zip(sums.par_chunks_mut(2 * channels))
        .for_each(|((g, y), sums)| pending.mask(g, y, sums));
    Gradient {
        data,
        sums: Some(Sums::combine(&sums, channels)),
    }
}

/// A second gradient of the same map.
pub fn add_to(so_far: Option<Gradient>, more: &[f32], pool: &BufferPool) -> Gradient {
    let data = if let Some(gradient) = so_far {
        let mut data = gradient.data;
        data.par_chunks_mut(PIECE)
            .zip(more.par_chunks(PIECE))
            .for_each(|(sum, more)| add(sum, more));
        data
    } else {
        copy(more, pool)
    };
    Gradient { data, sums: None }
}

/// In a buffer of the pool's.
pub fn copy(values: &[f32], pool: &BufferPool) -> Vec<f32> {
    let mut data = pool.take(values.len());
    data.par_chunks_mut(PIECE)
        .zip(values.par_chunks(PIECE))
        .for_each(|(to, from)| to.copy_from_slice(from));
    data
}

kernel! {
    pub(super) fn add(sum: &mut [f32], more: &[f32]) {
        for (sum, more) in sum.iter_mut().zip(more) {
            *sum += more;
        }
    }
}

kernel! {
    fn add_affine(sum: &mut [f32], src: &[f32], scale: &[f32], shift: &[f32]) {
        let channels = scale.len();
        for (sum, src) in sum.chunks_exact_mut(channels).zip(src.chunks_exact(channels)) {
            for (((sum, &s), &a), &b) in sum.iter_mut().zip(src).zip(scale).zip(shift) {
                *sum += s * a + b;
            }
        }
    }
}

kernel! {
    fn clamp(values: &mut [f32], bounds: Bounds) {
        let Bounds { low, high } = bounds;
        for value in values {
            // Comparisons, so that NaN stays NaN.
            let z = if *value < low { low } else { *value };
            *value = if z > high { high } else { z };
        }
    }
}

kernel! {
    fn mask(g: &mut [f32], output: &[f32], bounds: Bounds, floor: f32) {
        let Bounds { low, high } = bounds;
        for (g, &z) in g.iter_mut().zip(output) {
            let passed = if z > low && z < high { *g } else { 0.0 };
            *g = if passed < floor { 0.0 } else { passed };
        }
    }
}
