//! The kernels against the same sums written out plainly in double precision, and against finite differences.

mod convolutions;

use candle_core::{Device, Tensor, Var};

use super::act::{Act, relu};
use super::feature::Sums;
use super::loss::{SoftTargets, cross_entropy, soft_cross_entropy};
use super::norm::{Moments, NormParams, pending, piece_moments};
use super::pool::{concat_pool, mean_pool};
use crate::rng::Stream;

fn draw(stream: &mut Stream, len: usize) -> Vec<f32> {
    (0..len).map(|_| stream.normal() as f32).collect()
}

fn double(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

#[test]
fn batch_norm_gradients_equal_finite_differences() {
    let (rows, channels, eps) = (37, 5, 1e-3);
    let mut stream = Stream::new(5, &[]);
    let y = draw(&mut stream, rows * channels);
    let (gamma, beta) = (draw(&mut stream, channels), draw(&mut stream, channels));
    let weight = double(&draw(&mut stream, rows * channels));
    // Sum of weight * relu6(norm(y)), in double precision.
    let loss = |y: &[f64], gamma: &[f64], beta: &[f64]| -> f64 {
        (0..channels)
            .map(|c| {
                let column: Vec<f64> = y.iter().skip(c).step_by(channels).copied().collect();
                let mean = column.iter().sum::<f64>() / rows as f64;
                let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / rows as f64;
                column
                    .iter()
                    .enumerate()
                    .map(|(row, v)| {
                        let z = (v - mean) / (variance + eps).sqrt() * gamma[c] + beta[c];
                        z.clamp(0.0, 6.0) * weight[row * channels + c]
                    })
                    .sum::<f64>()
            })
            .sum()
    };
    let mut pieces = vec![0f32; 2 * channels * 4];
    for (piece, rows) in pieces.chunks_mut(2 * channels).zip(y.chunks(10 * channels)) {
        piece_moments(rows, piece);
    }
    let moments = Moments::combine(&pieces, [10, 10, 10, 7].into_iter(), channels);
    let zeros = vec![0f32; channels];
    let params = NormParams {
        gamma: &gamma,
        beta: &beta,
        running_mean: &zeros,
        running_variance: &zeros,
        eps,
    };
    let pending = pending(params, Some(&moments), Act::Relu6);
    let mut g: Vec<f32> = weight.iter().map(|&w| w as f32).collect();
    let mut sums = vec![0f32; 2 * channels];
    pending.mask(&mut g, &y, &mut sums);
    let raw = pending.backward(&gamma, &Sums::combine(&sums, channels), rows);
    let mut dy = vec![0f32; y.len()];
    raw.apply(&mut dy, &g, &y);

    let check = |found: &[f32], which: usize| {
        for (at, &found) in found.iter().enumerate() {
            let at_width = |step: f64| {
                let mut inputs = [double(&y), double(&gamma), double(&beta)];
                inputs[which][at] += step;
                loss(&inputs[0], &inputs[1], &inputs[2])
            };
            let expected = (at_width(1e-6) - at_width(-1e-6)) / 2e-6;
            assert!(
                (f64::from(found) - expected).abs() < 1e-4 * expected.abs().max(1.0),
                "input {which}, {at}: {found} != {expected}"
            );
        }
    };
    check(&dy, 0);
    check(&raw.gamma, 1);
    check(&raw.beta, 2);
}

#[test]
fn a_large_mean_does_not_eat_the_variance() {
    let values: Vec<f32> = (0..4096u16).map(|i| 1000.0 + f32::from(i % 2)).collect();
    let mut pieces = vec![0f32; 8];
    for (piece, rows) in pieces.chunks_mut(2).zip(values.chunks(1024)) {
        piece_moments(rows, piece);
    }
    let moments = Moments::combine(&pieces, [1024; 4].into_iter(), 1);
    assert!((moments.mean[0] - 1000.5).abs() < 1e-3 && (moments.variance[0] - 0.25).abs() < 1e-6);
    let (mut mean, mut variance) = ([0f32], [1f32]);
    moments.update_running(&mut mean, &mut variance);
    assert!((mean[0] - 100.05).abs() < 1e-3);
    assert!((variance[0] - (0.9 + 0.1 * 0.25 * 4096.0 / 4095.0)).abs() < 1e-6);
}

fn gradient_of(x: &[f32], shape: &[usize], f: impl Fn(&Tensor) -> Tensor) -> Vec<f32> {
    let x = Var::from_vec(x.to_vec(), shape, &Device::Cpu).unwrap();
    let gradients = f(x.as_tensor()).sum_all().unwrap().backward().unwrap();
    gradients
        .get(x.as_tensor())
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap()
}

#[test]
fn relu_has_no_gradient_at_zero() {
    assert_eq!(
        gradient_of(&[-1.0, 0.0, 2.0], &[3], |x| relu(x).unwrap()),
        [0.0, 0.0, 1.0]
    );
}

#[test]
fn the_first_of_several_maxima_gets_the_whole_gradient() {
    let max = |x: &Tensor| concat_pool(x).unwrap().narrow(1, 0, 1).unwrap();
    assert_eq!(
        gradient_of(&[0.0, 1.0, 2.0, 3.0], &[1, 1, 2, 2], max),
        [0.0, 0.0, 0.0, 1.0]
    );
    assert_eq!(
        gradient_of(&[6.0, 6.0, 0.0, 6.0], &[1, 1, 2, 2], max),
        [1.0, 0.0, 0.0, 0.0]
    );
    let mean = |x: &Tensor| concat_pool(x).unwrap().narrow(1, 1, 1).unwrap();
    assert_eq!(
        gradient_of(&[6.0, 6.0, 0.0, 6.0], &[1, 1, 2, 2], mean),
        [0.25; 4]
    );
    let pooled =
        concat_pool(&Tensor::new(&[[[[1f32, 2.0]], [[5.0, 3.0]]]], &Device::Cpu).unwrap()).unwrap();
    assert_eq!(pooled.to_vec2::<f32>().unwrap(), [[2.0, 5.0, 1.5, 4.0]]);
    let means =
        mean_pool(&Tensor::new(&[[[[1f32, 2.0]], [[5.0, 3.0]]]], &Device::Cpu).unwrap()).unwrap();
    assert_eq!(means.to_vec2::<f32>().unwrap(), [[1.5, 4.0]]);
}

#[test]
fn cross_entropy_is_pytorchs() {
    // F.cross_entropy(torch.tensor([[1., 2, 3], [1, 1, 1]]), torch.tensor([0, 2]), reduction="none", label_smoothing=s)
    let logits = [1f32, 2.0, 3.0, 1.0, 1.0, 1.0];
    let tensor = Tensor::from_slice(&logits, (2, 3), &Device::Cpu).unwrap();
    for (smoothing, expected) in [
        (0.0, [2.407_606, 1.098_612_3]),
        (0.1, [2.307_606, 1.098_612_3]),
    ] {
        let found = cross_entropy(&tensor, &[0, 2], smoothing)
            .unwrap()
            .to_vec1::<f32>()
            .unwrap();
        assert!(
            found
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-5),
            "{found:?}"
        );
        let gradient = gradient_of(&logits, &[2, 3], |x| {
            cross_entropy(x, &[0, 2], smoothing).unwrap()
        });
        for at in 0..6 {
            let loss = |step: f32| -> f64 {
                let mut moved = logits;
                moved[at] += step;
                let moved = Tensor::from_slice(&moved, (2, 3), &Device::Cpu).unwrap();
                let losses = cross_entropy(&moved, &[0, 2], smoothing)
                    .unwrap()
                    .to_vec1::<f32>()
                    .unwrap();
                losses.iter().map(|&l| f64::from(l)).sum()
            };
            let expected = (loss(1e-2) - loss(-1e-2)) / 2e-2;
            assert!(
                (f64::from(gradient[at]) - expected).abs() < 1e-3,
                "{at}: {} != {expected}",
                gradient[at]
            );
        }
    }
    assert!(
        cross_entropy(&tensor, &[0, 3], 0.0).is_err(),
        "a target beyond the classes is refused"
    );
}

/// Rows of logits whose losses PyTorch gave.
const LOGITS: [f32; 9] = [1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 0.5, -2.0, 0.0];
const WEIGHTS: [f32; 3] = [0.5, 2.0, 1.25];

fn logits() -> Tensor {
    Tensor::from_slice(&LOGITS, (3, 3), &Device::Cpu).unwrap()
}

#[test]
fn weighted_and_soft_targets_are_pytorchs() {
    // F.cross_entropy(logits, torch.tensor([0, 2, 1]), weight=w, label_smoothing=0.1, reduction="none")
    let smoothed = SoftTargets::new(&[0, 2, 1], 3, 0.1).unwrap();
    // A mix of two classes each: .7 of 0 and .3 of 2 in the first row.
    let hard = |indices: &[u32]| SoftTargets::new(indices, 3, 0.0).unwrap();
    let mixed = hard(&[0, 1, 2]).mixed(&hard(&[2, 1, 0]), 0.7);
    // F.cross_entropy(logits, torch.tensor([[.7, 0, .3], [0, 1, 0], [.3, 0, .7]]), reduction="none")
    let cases = [
        (
            &smoothed,
            Some(&WEIGHTS),
            [1.234_373_4, 1.373_265_4, 5.696_025],
        ),
        (&mixed, Some(&WEIGHTS), [0.995_514, 2.197_225, 0.974_507]),
        (&mixed, None, [1.807_606, 1.098_612, 0.873_909]),
    ];
    for (targets, weights, expected) in cases {
        let weights = weights.map(<[f32; 3]>::as_slice);
        let losses = |x: &Tensor| soft_cross_entropy(x, targets, weights).unwrap();
        let found = losses(&logits()).to_vec1::<f32>().unwrap();
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} != {expected}");
        }
        let gradient = gradient_of(&LOGITS, &[3, 3], losses);
        for at in 0..LOGITS.len() {
            let loss = |step: f32| -> f64 {
                let mut moved = LOGITS;
                moved[at] += step;
                let moved = Tensor::from_slice(&moved, (3, 3), &Device::Cpu).unwrap();
                let losses = losses(&moved).to_vec1::<f32>().unwrap();
                losses.iter().map(|&l| f64::from(l)).sum()
            };
            let expected = (loss(1e-2) - loss(-1e-2)) / 2e-2;
            let found = f64::from(gradient[at]);
            assert!(
                (found - expected).abs() < 1e-3,
                "{at}: {found} != {expected}"
            );
        }
    }
    let one_weight = soft_cross_entropy(&logits(), &mixed, Some(&[1.0]));
    assert!(one_weight.is_err(), "a weight a class");
}

#[test]
fn dropout_repeats_by_seed_and_keeps_the_mean() {
    let x = Tensor::ones(10_000, candle_core::DType::F32, &Device::Cpu).unwrap();
    let run = |seed| {
        super::dropout::dropout(&x, 0.25, &mut Stream::new(seed, &[]))
            .unwrap()
            .to_vec1::<f32>()
            .unwrap()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let mean = run(1).iter().sum::<f32>() / 1e4;
    assert!((mean - 1.0).abs() < 0.03, "mean {mean}");
}
