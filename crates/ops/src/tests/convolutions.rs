//! Every kind of convolution against plain sums in double precision.

use crate::act::{Act, Backward};
use crate::conv;
use crate::feature::{Feature, Pending, RawGradient};
use crate::geometry::{Padding, Window};
use crate::rng::Stream;
use crate::upstream::{Upstream, Wanted};

use super::{double, draw};

fn window(
    channels: (usize, usize),
    kernel: (usize, usize),
    stride: usize,
    padding: Padding,
    groups: usize,
) -> Window {
    Window {
        in_channels: channels.0,
        out_channels: channels.1,
        kernel,
        stride,
        padding,
        groups,
    }
}

/// Every kind of convolution the nets use, and some they do not: odd sizes, ragged channels, groups, flat kernels.
fn cases() -> Vec<(Window, usize, usize, usize)> {
    let depthwise = |channels, kernel, stride, padding| {
        window(
            (channels, channels),
            (kernel, kernel),
            stride,
            padding,
            channels,
        )
    };
    vec![
        (window((24, 40), (1, 1), 1, Padding::Same, 1), 3, 9, 7),
        (window((7, 5), (1, 1), 1, Padding::Even(0, 0), 1), 2, 33, 31),
        (depthwise(32, 3, 1, Padding::Same), 2, 14, 15),
        (depthwise(32, 3, 2, Padding::Same), 2, 14, 15),
        (depthwise(48, 5, 1, Padding::Same), 2, 9, 8),
        (depthwise(20, 5, 2, Padding::Same), 2, 13, 12),
        (depthwise(16, 3, 2, Padding::Even(1, 1)), 1, 8, 9),
        (depthwise(16, 3, 2, Padding::Even(0, 0)), 1, 8, 8),
        (depthwise(18, 7, 1, Padding::Even(3, 3)), 1, 8, 8),
        (depthwise(512, 3, 1, Padding::Same), 1, 40, 14),
        (window((3, 8), (3, 3), 2, Padding::Same, 1), 2, 15, 18),
        (window((8, 12), (3, 5), 1, Padding::Even(1, 2), 4), 3, 7, 6),
        (window((4, 6), (7, 7), 2, Padding::Even(3, 3), 1), 2, 16, 13),
        (window((6, 9), (1, 1), 2, Padding::Even(0, 0), 1), 2, 7, 8),
        // Small maps: several images to a band, the last band not full.
        (window((8, 16), (3, 3), 1, Padding::Even(1, 1), 1), 9, 10, 9),
        (window((12, 6), (3, 3), 2, Padding::Even(1, 1), 2), 25, 7, 9),
        // Enough tiles for Winograd's way, whole and cut off at the edges, with and without a border.
        (
            window((32, 64), (3, 3), 1, Padding::Even(1, 1), 1),
            2,
            21,
            18,
        ),
        (
            window((64, 32), (3, 3), 1, Padding::Even(0, 0), 1),
            3,
            19,
            30,
        ),
        // Groups that are merged (ResNeXt), and groups wider than a panel.
        (window((32, 32), (3, 3), 1, Padding::Even(1, 1), 8), 2, 9, 7),
        (window((32, 80), (3, 3), 2, Padding::Even(1, 1), 2), 2, 9, 8),
    ]
}

/// Plain convolution of `z` (NHWC) with `weight` (OIHW).
fn plain(
    z: &[f64],
    weight: &[f64],
    window: &Window,
    n: usize,
    (height, width): (usize, usize),
) -> Vec<f64> {
    let extent = window.extent(height, width);
    let (c, o) = (window.in_channels, window.out_channels);
    let (gi, go) = (c / window.groups, o / window.groups);
    let mut y = Vec::new();
    for image in 0..n {
        for oy in 0..extent.out_height {
            for ox in 0..extent.out_width {
                for out in 0..o {
                    let mut sum = 0.0;
                    for ky in 0..window.kernel.0 {
                        for kx in 0..window.kernel.1 {
                            let (iy, ix) = (
                                (oy * window.stride + ky).wrapping_sub(extent.top),
                                (ox * window.stride + kx).wrapping_sub(extent.left),
                            );
                            if iy >= height || ix >= width {
                                continue;
                            }
                            for i in 0..gi {
                                let from =
                                    ((image * height + iy) * width + ix) * c + out / go * gi + i;
                                let tap =
                                    ((out * gi + i) * window.kernel.0 + ky) * window.kernel.1 + kx;
                                sum += z[from] * weight[tap];
                            }
                        }
                    }
                    y.push(sum);
                }
            }
        }
    }
    y
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 2e-5 * scale.max(1.0)
}

fn some_pending(stream: &mut Stream, channels: usize) -> Pending {
    let mut draw = || -> Vec<f32> {
        (0..channels)
            .map(|_| stream.uniform(0.5, 2.0) as f32)
            .collect()
    };
    Pending {
        scale: draw(),
        shift: draw(),
        mean: draw(),
        inverse_std: draw(),
        act: Act::Relu6,
        is_batch: true,
        backward: Backward::Plain,
    }
}

/// A normalisation gradient that only scales, so that a convolution can be looked at alone.
fn only_scaled(a: Vec<f32>) -> RawGradient {
    let zeros = vec![0.0; a.len()];
    RawGradient {
        is_same: false,
        b: zeros.clone(),
        d: zeros.clone(),
        gamma: zeros.clone(),
        beta: zeros,
        a,
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story: forward, moments, both gradients, sums"
)]
fn convolutions_and_their_gradients_equal_the_plain_sums() {
    for (index, (window, n, height, width)) in cases().into_iter().enumerate() {
        for is_pending in [false, true] {
            let mut stream = Stream::new(index as u64, &[u64::from(is_pending)]);
            let channels = window.in_channels;
            let data = draw(&mut stream, n * height * width * channels);
            let weight = draw(&mut stream, window.weight_len());
            let input = Feature {
                data,
                n,
                height,
                width,
                channels,
                pending: is_pending.then(|| some_pending(&mut stream, channels)),
            };
            let mut z = input.data.clone();
            if let Some(pending) = &input.pending {
                pending.apply(&mut z, &input.data);
            }
            let z = double(&z);
            let expected = plain(&z, &double(&weight), &window, n, (height, width));
            let mut y = vec![f32::NAN; expected.len()];
            let moments = conv::forward(&input, &window, &weight, &mut y, true).unwrap();
            // Winograd's way rounds by 1e-5 of the largest output.
            let is_turned = window.kernel == (3, 3) && channels >= 32 && window.groups == 1;
            let largest = expected.iter().fold(0f64, |most, y| most.max(y.abs()));
            let scale = if is_turned { largest } else { 30.0 };
            for (at, (&y, &expected)) in y.iter().zip(&expected).enumerate() {
                assert!(
                    close(f64::from(y), expected, scale),
                    "{window:?} {at}: {y} != {expected}"
                );
            }
            let outs = window.out_channels;
            let rows = expected.len() / outs;
            for c in 0..outs {
                let mean = expected.iter().skip(c).step_by(outs).sum::<f64>() / rows as f64;
                let variance = expected
                    .iter()
                    .skip(c)
                    .step_by(outs)
                    .map(|v| (v - mean).powi(2))
                    .sum::<f64>()
                    / rows as f64;
                assert!(
                    close(moments.mean[c], mean, 10.0)
                        && close(moments.variance[c], variance, variance * 5.0)
                );
            }

            // The map is linear in the weight and in the input, so its gradients are fixed by two scalar products.
            let g = draw(&mut stream, y.len());
            let a = draw(&mut stream, outs);
            let dy: Vec<f64> = g
                .iter()
                .enumerate()
                .map(|(i, &g)| f64::from(g) * f64::from(a[i % outs]))
                .collect();
            let raw = only_scaled(a);
            let before = draw(&mut stream, input.data.len());
            let adds = !is_pending;
            let buffer = if adds {
                before.clone()
            } else {
                vec![f32::NAN; before.len()]
            };
            let (dw, dx) = conv::backward(
                &input,
                &window,
                &weight,
                Upstream {
                    gradient: &g,
                    output: &y,
                    raw: &raw,
                },
                Wanted {
                    weight: true,
                    input: Some(buffer),
                    adds,
                },
            );
            let (dw, dx) = (dw.unwrap(), dx.unwrap());
            for _ in 0..4 {
                let direction = double(&draw(&mut stream, weight.len()));
                let expected = dot(&dy, &plain(&z, &direction, &window, n, (height, width)));
                let found = dot(&double(&dw), &direction);
                assert!(
                    close(
                        found,
                        expected,
                        dot(&double(&dw), &double(&dw)).sqrt() * 10.0
                    ),
                    "{window:?} dw: {found} != {expected}"
                );
                let direction = double(&draw(&mut stream, z.len()));
                let found: Vec<f64> = if adds {
                    dx.data
                        .iter()
                        .zip(&before)
                        .map(|(&d, &b)| f64::from(d) - f64::from(b))
                        .collect()
                } else {
                    double(&dx.data)
                };
                // Where the activation is flat nothing passes.
                let open: Vec<f64> = direction
                    .iter()
                    .zip(&z)
                    .map(|(&d, &z)| {
                        if !is_pending || (z > 0.0 && z < 6.0) {
                            d
                        } else {
                            0.0
                        }
                    })
                    .collect();
                let expected = dot(
                    &dy,
                    &plain(&open, &double(&weight), &window, n, (height, width)),
                );
                let got = dot(&found, &direction);
                assert!(
                    close(got, expected, dot(&found, &found).sqrt() * 10.0),
                    "{window:?} dx: {got} != {expected}"
                );
            }
            if let (Some(pending), Some(sums)) = (&input.pending, &dx.sums) {
                for c in 0..channels {
                    let of = |f: &dyn Fn(usize) -> f64| {
                        (c..dx.data.len()).step_by(channels).map(f).sum::<f64>()
                    };
                    let sum = of(&|i| f64::from(dx.data[i]));
                    let deviation =
                        of(&|i| f64::from(dx.data[i]) * f64::from(input.data[i] - pending.mean[c]));
                    assert!(close(f64::from(sums.of_gradient[c]), sum, 100.0));
                    assert!(close(
                        f64::from(sums.of_gradient_deviation[c]),
                        deviation,
                        100.0
                    ));
                }
            }
        }
    }
}

#[test]
fn what_is_not_wanted_is_not_computed() {
    for (window, n, height, width) in cases() {
        let channels = window.in_channels;
        let input = Feature {
            data: vec![1.0; n * height * width * channels],
            n,
            height,
            width,
            channels,
            pending: None,
        };
        let extent = window.extent(height, width);
        let y = vec![1.0; n * extent.out_height * extent.out_width * window.out_channels];
        let raw = only_scaled(vec![1.0; window.out_channels]);
        let upstream = Upstream {
            gradient: &y,
            output: &y,
            raw: &raw,
        };
        let weight = vec![1.0; window.weight_len()];
        let (dw, dx) = conv::backward(
            &input,
            &window,
            &weight,
            upstream,
            Wanted {
                weight: false,
                input: None,
                adds: false,
            },
        );
        assert!(dw.is_none() && dx.is_none());
    }
}
