//! How fast a net trains and predicts, in images a second at 224 x 224.
//!
//! `cargo bench --bench step` times every case, best of several. With a case (`ARCH/KIND/BATCH`, e.g.
//! `efficientnet-lite0/train/32`) it replies to each line of its input with the seconds of one run instead, so that
//! `benches/peers/run` can take turns with PyTorch. Kinds: `train` a whole step with everything trainable, `forward`
//! the frozen backbone, `predict` backbone and head. `--device cuda:N` and `--precision mixed` (with a case) as in `train`.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use candle_core::{DType, Tensor};
use clap::ValueEnum as _;
use cutting_room::model::{Arch, Classifier as _, Freeze, HeadKind, Mode, Net, Param};
use cutting_room::ops::adamw::{AdamStep, Moments, update_tensor};
use cutting_room::ops::compute::{self, Compute, Target};
use cutting_room::ops::loss::cross_entropy;
use cutting_room::rng::Stream;

/// The program's own allocator: a step is a third slower without it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZE: usize = 224;
const CLASSES: usize = 10;
const ROUNDS: usize = 7;
const KINDS: [&str; 3] = ["train/32", "forward/32", "predict/1"];

struct Trained {
    param: Param,
    moments: Moments,
}

struct Case {
    kind: String,
    batch: usize,
    net: Net,
    images: Tensor,
    targets: Vec<u32>,
    trained: Vec<Trained>,
    step: u64,
}

impl Case {
    fn new(name: &str, target: &Target) -> Result<Self, Box<dyn Error>> {
        let parts: Vec<&str> = name.split('/').collect();
        let [arch, kind, batch] = parts[..] else {
            return Err(format!("{name} is not ARCH/KIND/BATCH").into());
        };
        let arch = Arch::from_str(arch, true)?;
        let mut net = Net::blank(arch, HeadKind::Fastai, CLASSES, 0)?.on(target)?;
        // Any weights do for the time, but with zeros some of it would be numbers too small to be computed fast.
        for param in net.variables() {
            if param.var.rank() == 4 {
                let fan_in = param.var.elem_count() / param.var.dim(0)?;
                let std = (2.0 / fan_in as f64).sqrt();
                let drawn = Tensor::randn(0.0, std, param.var.shape(), &target.device)?;
                param.var.set(&drawn.to_dtype(DType::F32)?)?;
            }
        }
        if kind == "train" {
            net.set_frozen(Freeze::Nothing);
        }
        let batch: usize = batch.parse()?;
        let trained = net.trainable().into_iter().map(|param| {
            let moments = Moments::zeros(param.var.as_tensor())?;
            Ok(Trained { param, moments })
        });
        Ok(Self {
            kind: kind.to_owned(),
            batch,
            trained: trained.collect::<candle_core::Result<_>>()?,
            net,
            images: Tensor::randn(0f32, 1.0, (batch, 3, SIZE, SIZE), &target.device)?,
            targets: (0..batch).map(|index| (index % CLASSES) as u32).collect(),
            step: 0,
        })
    }

    /// Seconds of one run.
    fn run(&mut self) -> Result<f64, Box<dyn Error>> {
        let begin = Instant::now();
        match self.kind.as_str() {
            "train" => self.train()?,
            "forward" => drop(self.net.features(&self.images, Mode::Eval)?),
            "predict" => {
                let features = self.net.features(&self.images, Mode::Eval)?;
                self.net.head(&features, None)?;
            }
            other => return Err(format!("{other} is none of train, forward, predict").into()),
        }
        self.images.device().synchronize()?;
        Ok(begin.elapsed().as_secs_f64())
    }

    fn train(&mut self) -> Result<(), Box<dyn Error>> {
        self.step += 1;
        let mut stream = Stream::new(0, &[self.step]);
        let features = self.net.features(&self.images, Mode::Train)?;
        let logits = self.net.head(&features, Some(&mut stream))?;
        let loss = cross_entropy(&logits, &self.targets, 0.0)?.mean_all()?;
        let gradients = self.net.backward(&loss)?;
        let step = AdamStep {
            lr: 1e-4,
            beta1: 0.9,
            beta2: 0.99,
            eps: 1e-8,
            weight_decay: 0.01,
            step: self.step,
        };
        for Trained { param, moments } in &mut self.trained {
            let gradient = gradients
                .get(&param.var)
                .ok_or("a tensor got no gradient")?;
            update_tensor(&param.var, gradient, moments, &step)?;
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut name, mut device, mut precision) = (None, Compute::Cpu, compute::Precision::F32);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--device" => device = args.next().ok_or("--device needs a name")?.parse()?,
            "--precision" => precision = args.next().ok_or("--precision needs a name")?.parse()?,
            // cargo adds `--bench`.
            flag if flag.starts_with("--") => {}
            _ => name = Some(arg),
        }
    }
    let target = compute::open(Some(device), precision)?;
    if let Some(name) = name {
        return serve(&mut Case::new(&name, &target)?);
    }
    for arch in Arch::value_variants() {
        let Some(arch) = arch.to_possible_value() else {
            continue;
        };
        for kind in KINDS {
            let name = format!("{}/{kind}", arch.get_name());
            let mut case = Case::new(&name, &target)?;
            case.run()?;
            let mut best = f64::INFINITY;
            for _ in 0..ROUNDS {
                best = best.min(case.run()?);
            }
            println!("{name:32} {:8.1} images/s", case.batch as f64 / best);
        }
    }
    Ok(())
}

fn serve(case: &mut Case) -> Result<(), Box<dyn Error>> {
    case.run()?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        line?;
        println!("{}", case.run()?);
        std::io::stdout().flush()?;
    }
    Ok(())
}
