//! Whole backbones on the machine of main memory.

use cutting_room::ops::device::Element;

use super::machine::HostMachine;
use super::story::{compare, dense, fire, mobile, residual};

fn compare_both(element: Element, tolerance: f32) {
    if let Some(machine) = HostMachine::compiled() {
        for backbone in [residual(), mobile(), fire(), dense()] {
            compare(&machine, backbone, element, tolerance);
        }
    }
}

#[test]
fn backbones_equal_the_cpu_ones() {
    compare_both(Element::F32, 2e-5);
}

/// Eight bits of mantissa, and activations that fall on the other side of a threshold: by batch moments the gradient of
/// these nets of noise is off by .17 of its largest value, by .06 with the eleven bits of f16 (measured).
#[test]
fn backbones_in_bf16_come_close() {
    compare_both(Element::Bf16, 0.25);
}

#[test]
fn backbones_in_f16_come_closer() {
    compare_both(Element::F16, 0.1);
}
