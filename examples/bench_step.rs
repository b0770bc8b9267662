//! Times EfficientNet-Lite0 on this machine: forward pass, one picture, training steps. Best and median of several.
//!
//! `cargo run --release --example bench_step [-- REPEATS]`; the numbers go to standard output, a line a case.

use std::time::Instant;

use anyhow::Result;
use candle_core::{Device, Tensor};
use cutting_room::model::{Arch, Classifier as _, Freeze, HeadKind, Mode, build};
use cutting_room::ops::loss::cross_entropy;
use cutting_room::rng::Stream;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn pictures(n: usize, size: usize) -> Result<Tensor> {
    let values = (0..n * 3 * size * size).map(|i| (i as f32 * 0.05).sin());
    Ok(Tensor::from_iter(values, &Device::Cpu)?.reshape((n, 3, size, size))?)
}

#[expect(clippy::print_stdout, reason = "a bench reports on standard output")]
fn time(
    case: &str,
    images: usize,
    repeats: usize,
    mut work: impl FnMut() -> Result<()>,
) -> Result<()> {
    work()?;
    let mut millis = Vec::new();
    for _ in 0..repeats {
        let start = Instant::now();
        work()?;
        millis.push(start.elapsed().as_secs_f64() * 1e3);
    }
    millis.sort_by(f64::total_cmp);
    let (best, median) = (millis[0], millis[millis.len() / 2]);
    let rate = images as f64 * 1e3 / best;
    println!("{case:28} best {best:8.1} ms  median {median:8.1} ms  {rate:6.1} images/s");
    Ok(())
}

fn main() -> Result<()> {
    let repeats = std::env::args().nth(1).map_or(Ok(7), |text| text.parse())?;
    let mut net = build(Arch::default(), HeadKind::Fastai, 10, 0)?;
    let (batch, one) = (pictures(32, 224)?, pictures(1, 224)?);
    let targets: Vec<u32> = (0..32).map(|i| i % 10).collect();
    time("forward, batch 32", 32, repeats, || {
        net.features(&batch, Mode::Eval)?;
        Ok(())
    })?;
    time("forward and head, one image", 1, repeats * 4, || {
        net.head(&net.features(&one, Mode::Eval)?, None)?;
        Ok(())
    })?;
    let features = net.features(&batch, Mode::Eval)?;
    let step = |net: &cutting_room::model::Net, features: &Tensor| -> Result<()> {
        let logits = net.head(features, Some(&mut Stream::new(0, &[1])))?;
        net.backward(&cross_entropy(&logits, &targets, 0.1)?.mean_all()?)?;
        Ok(())
    };
    time("head step, cached, batch 32", 32, repeats, || {
        step(&net, &features)
    })?;
    for (case, freeze) in [
        ("step, norms and head, 32", Freeze::BodyExceptNorms),
        ("step, everything, batch 32", Freeze::Nothing),
    ] {
        net.set_frozen(freeze);
        time(case, 32, repeats, || {
            step(&net, &net.features(&batch, Mode::Train)?)
        })?;
    }
    Ok(())
}
