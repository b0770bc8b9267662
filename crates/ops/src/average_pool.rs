//! Average-pooling of maps with any kernel, stride, padding and ceil mode.
//!
//! Padding counts as zeros (PyTorch's default, `count_include_pad`); what a last window of ceil mode has beyond the
//! padding does not count. What is pending on the input is applied on the way in.

use super::feature::{Feature, Gradient};
use super::geometry::PoolWindow;
use super::residual::add;
use super::scratch::BufferPool;
use super::simd::kernel;
use super::windows::Windows;

/// The mean of each window, `(n, out_height, out_width, C)`.
pub fn forward(input: &Feature, window: PoolWindow, pool: &BufferPool) -> Feature {
    let windows = Windows::new(input, window);
    let channels = input.channels;
    windows.forward(input, pool, |place, mean, image| {
        mean.fill(0.0);
        windows.visit(place, |pixel| {
            add(mean, &image[pixel * channels..][..channels]);
        });
        let share = windows.share(place);
        for sum in mean.iter_mut() {
            *sum *= share;
        }
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
    windows.backward(input, gradient, pool, |dx, gradient, _| {
        for (place, gradient) in gradient.chunks_exact(channels).enumerate() {
            let share = windows.share(place);
            windows.visit(place, |pixel| {
                add_share(&mut dx[pixel * channels..][..channels], gradient, share);
            });
        }
    })
}

kernel! {
    fn add_share(sum: &mut [f32], gradient: &[f32], share: f32) {
        for (sum, gradient) in sum.iter_mut().zip(gradient) {
            *sum += gradient * share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kernel: usize, stride: usize, padding: usize, is_ceil: bool) -> PoolWindow {
        PoolWindow {
            kernel,
            stride,
            padding,
            is_ceil,
        }
    }

    /// A map of 5 x 4 pixels and 2 channels, the second the negative of the first, rows of pixels 0, 1, 2, …
    fn counting() -> Feature {
        Feature {
            data: (0..20u8)
                .flat_map(|i| [f32::from(i), -f32::from(i)])
                .collect(),
            n: 1,
            height: 5,
            width: 4,
            channels: 2,
            pending: None,
        }
    }

    /// `F.avg_pool2d(torch.arange(20.).reshape(1, 1, 5, 4), kernel, stride, padding, ceil_mode)` in PyTorch 2.
    #[test]
    fn means_are_pytorchs() {
        let pool = BufferPool::default();
        let cases: [(PoolWindow, &[f32]); 3] = [
            (window(2, 2, 0, false), &[2.5, 4.5, 10.5, 12.5]),
            (window(2, 2, 0, true), &[2.5, 4.5, 10.5, 12.5, 16.5, 18.5]),
            (
                window(3, 2, 1, true),
                &[
                    10. / 9.,
                    24. / 9.,
                    10. / 6.,
                    51. / 9.,
                    90. / 9.,
                    33. / 6.,
                    58. / 9.,
                    96. / 9.,
                    34. / 6.,
                ],
            ),
        ];
        for (window, want) in cases {
            let means = forward(&counting(), window, &pool);
            assert_eq!(means.height * means.width, want.len(), "{window:?}");
            for (found, &want) in means.data.chunks_exact(2).zip(want) {
                assert!((found[0] - want).abs() < 1e-5, "{window:?}: {found:?}");
                assert!((found[1] + want).abs() < 1e-5, "{window:?}: {found:?}");
            }
        }
    }

    /// A mean is linear, so its gradient is fixed by scalar products with any direction.
    #[test]
    fn the_gradient_is_that_of_the_means() {
        let pool = BufferPool::default();
        for window in [
            window(2, 2, 0, false),
            window(3, 2, 1, true),
            window(3, 1, 1, false),
        ] {
            let input = counting();
            let output = forward(&input, window, &pool);
            let gradient: Vec<f32> = (0..output.data.len())
                .map(|i| (i as f32 * 1.3).sin())
                .collect();
            let dx = backward(&input, window, &gradient, &pool);
            assert!(dx.sums.is_none());
            for at in 0..input.data.len() {
                let mut moved = input.clone();
                moved.data[at] += 1.0;
                let moved = forward(&moved, window, &pool);
                let slope: f32 = (moved.data.iter().zip(&output.data))
                    .zip(&gradient)
                    .map(|((moved, old), g)| (moved - old) * g)
                    .sum();
                assert!((slope - dx.data[at]).abs() < 1e-4, "{window:?} {at}");
            }
        }
    }
}
