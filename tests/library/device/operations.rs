//! What a backbone does not show: the optimizer's kernel, long maps that are summed in many pieces, and values that are none.

use cutting_room::ops::act::Act;
use cutting_room::ops::adamw::{self, AdamStep};
use cutting_room::ops::device::map::Map;
use cutting_room::ops::device::{Arg, Element, Engine, Kernel, Machine as _, Memory as _};
use cutting_room::ops::feature::Feature;
use cutting_room::ops::geometry::PoolWindow;
use cutting_room::ops::max_pool;
use cutting_room::ops::scratch::BufferPool;
use cutting_room::rng::Stream;

use super::machine::HostMachine;

fn map(engine: Engine<'_, HostMachine>, planes: &[f32], sizes: [usize; 4]) -> Map<HostMachine> {
    let planes = engine.machine.upload(planes).unwrap();
    engine.from_planes(planes.ptr(), sizes).unwrap()
}

fn values(engine: Engine<'_, HostMachine>, map: &Map<HostMachine>) -> Vec<f32> {
    let planes = engine.to_planes(map).unwrap();
    let mut values = vec![0f32; map.len()];
    engine.machine.download(&planes, &mut values).unwrap();
    values
}

#[test]
fn planes_come_back_as_they_went_in() {
    let Some(machine) = HostMachine::compiled() else {
        return;
    };
    let planes: Vec<f32> = (0..2 * 3 * 4 * 5).map(|i| i as f32 - 60.0).collect();
    for element in Element::ALL {
        let engine = Engine {
            machine: &machine,
            element,
        };
        assert_eq!(values(engine, &map(engine, &planes, [2, 3, 4, 5])), planes);
    }
}

#[test]
fn the_optimizers_kernel_equals_the_cpus() {
    let Some(machine) = HostMachine::compiled() else {
        return;
    };
    let mut stream = Stream::new(3, &[]);
    let mut draw = || -> Vec<f32> { (0..1000).map(|_| stream.normal() as f32).collect() };
    let (mut p, g, mut m) = (draw(), draw(), draw());
    let mut v: Vec<f32> = draw().iter().map(|v| v.abs()).collect();
    let memories = [&p, &g, &m, &v].map(|values| machine.upload(values).unwrap());
    let step = AdamStep {
        lr: 1e-2,
        beta1: 0.9,
        beta2: 0.99,
        eps: 1e-8,
        weight_decay: 0.01,
        step: 3,
    };
    let mut args: Vec<Arg<'_>> = memories.iter().map(Arg::from).collect();
    args.extend(step.factors().map(Arg::from));
    args.push(1000usize.into());
    machine
        .launch(Kernel::AdamW, Element::F32, 1000, &args)
        .unwrap();
    adamw::update(&mut p, &g, &mut m, &mut v, &step);
    for (want, memory) in [(&p, 0), (&m, 2), (&v, 3)] {
        let mut got = vec![0f32; 1000];
        machine.download(&memories[memory], &mut got).unwrap();
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 1e-6 * want.abs().max(1.0));
        }
    }
}

/// More rows than one thread takes, and more pieces than one joins: three levels of joining.
#[test]
fn a_large_mean_does_not_eat_the_variance_of_a_long_map() {
    let Some(machine) = HostMachine::compiled() else {
        return;
    };
    let engine = Engine {
        machine: &machine,
        element: Element::F32,
    };
    let rows = 300_001;
    let planes: Vec<f32> = (0..rows).map(|i| 1000.0 + (i % 2) as f32).collect();
    let long = map(engine, &planes, [1, 1, 1, rows]);
    let statistics = machine.alloc(8).unwrap();
    let place = statistics.ptr();
    engine.moments(&long, place, place.floats(1)).unwrap();
    let mut got = [0f32; 2];
    machine.download(&statistics, &mut got).unwrap();
    assert!((got[0] - 1000.5).abs() < 1e-3, "{got:?}");
    assert!((got[1] - 0.25).abs() < 1e-4, "{got:?}");
}

#[test]
fn pools_of_every_window_equal_the_cpus() {
    let Some(machine) = HostMachine::compiled() else {
        return;
    };
    let engine = Engine {
        machine: &machine,
        element: Element::F32,
    };
    let mut stream = Stream::new(9, &[]);
    let (height, width) = (11, 14);
    // Few values, so that many windows have several maxima.
    let data: Vec<f32> = (0..2 * height * width * 3)
        .map(|_| (stream.normal() * 1.5).round() as f32)
        .collect();
    let feature = Feature {
        data,
        n: 2,
        height,
        width,
        channels: 3,
        pending: None,
    };
    let planes = cutting_room::model::autograd::to_planes(&feature);
    let input = map(engine, &planes, [2, 3, height, width]);
    for (kernel, stride, padding, is_ceil) in [
        (3, 2, 1, false),
        (3, 2, 0, true),
        (2, 2, 0, false),
        (5, 1, 2, false),
        (1, 3, 0, true),
    ] {
        let window = PoolWindow {
            kernel,
            stride,
            padding,
            is_ceil,
        };
        let pool = BufferPool::default();
        let want = max_pool::forward(&feature, window, &pool);
        let got = engine.max_pool(&input, window).unwrap();
        assert_eq!(
            values(engine, &got),
            cutting_room::model::autograd::to_planes(&want)
        );
        // Whole numbers add up the same in any order.
        let upstream: Vec<f32> = (0..want.data.len()).map(|i| (i % 7) as f32).collect();
        let want_back = max_pool::backward(&feature, window, &upstream, &pool);
        let upstream = cutting_room::model::autograd::to_planes(&Feature {
            data: upstream,
            ..want
        });
        let sizes = [got.n, got.channels, got.height, got.width];
        let upstream = map(engine, &upstream, sizes);
        let back = engine
            .max_pool_back(&input, &got, window, &upstream.data)
            .unwrap();
        let mut flat = vec![0f32; input.len()];
        machine.download(&back.data, &mut flat).unwrap();
        assert_eq!(flat, want_back.data, "{window:?}");
    }
}

#[test]
fn nan_is_not_lost_on_the_way() {
    let Some(machine) = HostMachine::compiled() else {
        return;
    };
    for element in Element::ALL {
        let engine = Engine {
            machine: &machine,
            element,
        };
        let input = map(engine, &[1.0, f32::NAN, 2.0, 3.0], [1, 1, 2, 2]);
        let combined = engine.residual(&input, None, Act::Relu).unwrap();
        assert!(values(engine, &combined)[1].is_nan(), "{element:?}");
        let all = PoolWindow {
            kernel: 2,
            stride: 2,
            padding: 0,
            is_ceil: false,
        };
        let pooled = engine.max_pool(&combined, all).unwrap();
        assert!(values(engine, &pooled)[0].is_nan(), "{element:?}");
    }
}
