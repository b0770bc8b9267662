//! Max-pooling of maps with any kernel, stride, padding and ceil mode; the gradient goes to the first maximum, as in PyTorch.
//!
//! What is pending on the input is applied on the way in. Which pixel was the maximum is found again on the backward pass:
//! that costs less than keeping it.

use super::feature::{Feature, Gradient, activate};
use super::geometry::PoolWindow;
use super::scratch::{BufferPool, with_scratch};
use super::simd::kernel;
use super::windows::Windows;

/// The largest of each window, `(n, out_height, out_width, C)`.
pub fn forward(input: &Feature, window: PoolWindow, pool: &BufferPool) -> Feature {
    let windows = Windows::new(input, window);
    let channels = input.channels;
    windows.forward(input, pool, |place, best, image| {
        best.fill(f32::NEG_INFINITY);
        windows.visit(place, |pixel| {
            raise(best, &image[pixel * channels..][..channels]);
        });
    })
}

/// The gradient of the input, behind its activation, from that of the output.
pub fn backward(
    input: &Feature,
    window: PoolWindow,
    gradient: &[f32],
    pool: &BufferPool,
) -> Gradient {
    let windows = Windows::new(input, window);
    let channels = input.channels;
    windows.backward(input, gradient, pool, |dx, gradient, raw| {
        let mut best = vec![0f32; channels];
        let mut winners = vec![0u32; channels];
        with_scratch(raw.len(), |image| {
            activate(input.pending.as_ref(), image, raw);
            for (place, gradient) in gradient.chunks_exact(channels).enumerate() {
                best.fill(f32::NEG_INFINITY);
                windows.visit(place, |pixel| {
                    let values = &image[pixel * channels..][..channels];
                    raise_and_tell(&mut best, &mut winners, values, pixel as u32);
                });
                for (channel, (winner, g)) in winners.iter().zip(gradient).enumerate() {
                    dx[*winner as usize * channels + channel] += g;
                }
            }
        });
    })
}

kernel! {
    fn raise(best: &mut [f32], values: &[f32]) {
        for (best, &value) in best.iter_mut().zip(values) {
            // NaN wins and stays, so that a diverged net is seen.
            *best = if value > *best || value.is_nan() { value } else { *best };
        }
    }
}

kernel! {
    fn raise_and_tell(best: &mut [f32], winners: &mut [u32], values: &[f32], pixel: u32) {
        for ((best, winner), &value) in best.iter_mut().zip(winners).zip(values) {
            let wins = value > *best || value.is_nan();
            *best = if wins { value } else { *best };
            *winner = if wins { pixel } else { *winner };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(height: usize, width: usize, channels: usize, values: Vec<f32>) -> Feature {
        Feature {
            n: values.len() / (height * width * channels),
            data: values,
            height,
            width,
            channels,
            pending: None,
        }
    }

    const STEM: PoolWindow = PoolWindow {
        kernel: 3,
        stride: 2,
        padding: 1,
        is_ceil: false,
    };

    /// `torch.nn.functional.max_pool2d` and its gradient, ties included (computed by hand).
    #[test]
    fn the_first_of_equal_maxima_gets_the_gradient() {
        let pool = BufferPool::default();
        let input = map(
            3,
            4,
            1,
            vec![1., 2., 2., 0., 5., 5., 1., 1., 0., 0., 3., 3.],
        );
        let output = forward(&input, STEM, &pool);
        assert_eq!((output.height, output.width), (2, 2));
        assert_eq!(output.data, [5., 5., 5., 5.]);
        let gradient = backward(&input, STEM, &[1., 10., 100., 1000.], &pool);
        let want = [0., 0., 0., 0., 101., 1010., 0., 0., 0., 0., 0., 0.];
        assert_eq!(gradient.data, want);
        assert!(gradient.sums.is_none());
    }

    #[test]
    fn a_last_window_may_reach_beyond_the_edge() {
        let pool = BufferPool::default();
        let input = map(1, 6, 1, vec![0., 1., 2., 3., 4., -1.]);
        let wide = PoolWindow {
            kernel: 1,
            stride: 2,
            padding: 0,
            is_ceil: true,
        };
        assert_eq!(forward(&input, wide, &pool).data, [0., 2., 4.]);
    }

    #[test]
    fn nan_is_not_lost() {
        let pool = BufferPool::default();
        let input = map(2, 2, 1, vec![1., f32::NAN, 2., 3.]);
        let all = PoolWindow {
            kernel: 2,
            stride: 2,
            padding: 0,
            is_ceil: false,
        };
        assert!(forward(&input, all, &pool).data[0].is_nan());
    }
}
