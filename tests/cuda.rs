//! A CUDA GPU computes what the CPU computes. Only with `--features cuda`; where there is no GPU, or no NVRTC, each
//! test says that it was not run.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a story that cannot be set up has failed; what was not run is said"
)]

#[path = "library/device/story.rs"]
mod story;
#[path = "common/torchvision.rs"]
mod torchvision;

use candle_core::{Device, Tensor};
use cutting_room::model::{Arch, Classifier as _, Freeze, HeadKind, Mode, Net, build};
use cutting_room::ops::adamw::{AdamStep, Moments, update_tensor};
use cutting_room::ops::compute::{self, Compute, Precision, Target};
use cutting_room::ops::cuda::{self, Capability, CudaMachine};
use cutting_room::ops::device::{Element, Kernel};
use cutting_room::ops::loss::cross_entropy;
use cutting_room::rng::Stream;

fn gpu(test: &str, precision: Precision) -> Option<Target> {
    match compute::gpus() {
        Ok(_) => Some(compute::open(Some(Compute::Cuda(0)), precision).unwrap()),
        Err(why) => {
            println!("{test}: {why}: not run");
            None
        }
    }
}

/// Needs NVRTC, but no GPU: the very text that a GPU would get, for three generations of GPUs.
#[test]
fn nvrtc_takes_the_kernels() {
    for element in Element::ALL {
        for (major, minor) in [(7, 5), (8, 0), (9, 0)] {
            let capability = Capability { major, minor };
            match cuda::compile(element, capability) {
                Ok(ptx) => {
                    for kernel in Kernel::ALL {
                        let entry = format!(".entry {}(", kernel.name());
                        assert!(ptx.contains(&entry), "{element:?}: no {entry}");
                    }
                }
                Err(error) if error.to_string().contains("CreationError") => {
                    println!("nvrtc_takes_the_kernels: no NVRTC: not run");
                    return;
                }
                Err(error) => panic!("{element:?} for {capability:?}: {error}"),
            }
        }
    }
}

#[test]
fn backbones_equal_the_cpu_ones() {
    let Some(target) = gpu("backbones_equal_the_cpu_ones", Precision::F32) else {
        return;
    };
    let Device::Cuda(device) = &target.device else {
        panic!("a GPU was asked for");
    };
    let machine = CudaMachine::new(device).unwrap();
    for (element, tolerance) in [
        (Element::F32, 1e-4),
        (Element::F16, 0.03),
        (Element::Bf16, 0.1),
    ] {
        // GPUs before Ampere have no bf16; there it is never chosen.
        let mixed = compute::open(Some(Compute::Cuda(0)), Precision::Mixed).unwrap();
        if element == Element::Bf16 && mixed.element != Element::Bf16 {
            println!("this GPU has no bf16: not run");
            continue;
        }
        for backbone in [
            story::residual(),
            story::mobile(),
            story::fire(),
            story::dense(),
        ] {
            story::compare(&machine, backbone, element, tolerance);
        }
    }
}

#[test]
fn nets_are_torchvisions() {
    let Some(target) = gpu("nets_are_torchvisions", Precision::F32) else {
        return;
    };
    for arch in [
        Arch::Resnet18,
        Arch::Resnet50,
        Arch::Resnext50,
        Arch::Densenet121,
        Arch::Squeezenet11,
    ] {
        torchvision::compare(arch, &target);
    }
}

fn net(target: &Target) -> Net {
    let net = build(Arch::default(), HeadKind::Fastai, 3, 0).unwrap();
    let mut net = net.on(target).unwrap();
    net.set_frozen(Freeze::Nothing);
    net
}

/// Losses of three steps, on the same images.
fn losses(net: &Net) -> Vec<f32> {
    let mut stream = Stream::new(4, &[]);
    let pixels: Vec<f32> = (0..8 * 3 * 64 * 64)
        .map(|_| stream.normal() as f32)
        .collect();
    let images = Tensor::from_vec(pixels, (8, 3, 64, 64), &Device::Cpu).unwrap();
    let targets = [0, 1, 2, 0, 1, 2, 0, 1];
    let mut trained: Vec<_> = net
        .trainable()
        .into_iter()
        .map(|param| (Moments::zeros(param.var.as_tensor()).unwrap(), param))
        .collect();
    (1..=3)
        .map(|step| {
            let features = net.features(&images, Mode::Train).unwrap();
            let mut dropout = Stream::new(0, &[step]);
            let logits = net.head(&features, Some(&mut dropout)).unwrap();
            let loss = cross_entropy(&logits, &targets, 0.1).unwrap();
            let loss = loss.mean_all().unwrap();
            let gradients = net.backward(&loss).unwrap();
            let step = AdamStep {
                lr: 1e-3,
                beta1: 0.9,
                beta2: 0.99,
                eps: 1e-8,
                weight_decay: 0.01,
                step,
            };
            for (moments, param) in &mut trained {
                let gradient = gradients.get(&param.var).unwrap();
                update_tensor(&param.var, gradient, moments, &step).unwrap();
            }
            loss.to_scalar().unwrap()
        })
        .collect()
}

#[test]
fn training_steps_equal_the_cpu_ones() {
    let Some(target) = gpu("training_steps_equal_the_cpu_ones", Precision::F32) else {
        return;
    };
    let want = losses(&net(&Target::cpu()));
    let got = losses(&net(&target));
    for (got, want) in got.iter().zip(&want) {
        assert!((got - want).abs() < 1e-2 * want, "{got}, not {want}");
    }
    assert_eq!(
        losses(&net(&target)),
        got,
        "the same seed, the same numbers"
    );
}

#[test]
fn mixed_precision_learns_as_well() {
    let Some(target) = gpu("mixed_precision_learns_as_well", Precision::Mixed) else {
        return;
    };
    let want = losses(&net(&Target::cpu()));
    let got = losses(&net(&target));
    for (got, want) in got.iter().zip(&want) {
        assert!((got - want).abs() < 0.1 * want, "{got}, not {want}");
    }
}

#[test]
fn weights_go_to_the_gpu_and_back_to_the_last_bit() {
    let Some(target) = gpu("weights_go_to_the_gpu_and_back", Precision::F32) else {
        return;
    };
    let (here, there) = (net(&Target::cpu()), net(&target));
    let path = std::path::Path::new("test");
    there.load_state(&here.state().unwrap(), path).unwrap();
    let back = there.state().unwrap();
    for (name, tensor) in here.state().unwrap() {
        let values = |tensor: &Tensor| -> Vec<f32> {
            assert!(tensor.device().is_cpu());
            tensor.flatten_all().unwrap().to_vec1().unwrap()
        };
        assert_eq!(values(&tensor), values(&back[&name]), "{name}");
    }
}
