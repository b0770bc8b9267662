//! The engine for devices computes what the engine for the CPU computes, on a device made of main memory.
//!
//! Only the machine is another than on a GPU: `machine.rs` runs the very kernels that NVRTC gets, and checks that each
//! launch hands them what their source asks for.

#![expect(
    clippy::unwrap_used,
    unsafe_code,
    clippy::print_stdout,
    reason = "a story that cannot be set up has failed; the host stands in for a device; skipping is said"
)]

mod backbones;
mod machine;
mod operations;
mod story;
