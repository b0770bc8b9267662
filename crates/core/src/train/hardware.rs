//! What computed a run, for run.toml: numbers of different hardware are not comparable.

use crate::ops::compute::{self, Compute};

/// For instance "AMD EPYC, 2 threads, linux", with the GPU in front if one computes.
pub(super) fn describe(choice: Option<Compute>) -> String {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let name = cpu_name().unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let cpu = format!("{name}, {threads} threads, {}", std::env::consts::OS);
    match compute::gpu_name(choice) {
        Some(gpu) => format!("{gpu}; {cpu}"),
        None => cpu,
    }
}

/// Linux tells it in a file; elsewhere the architecture has to do.
fn cpu_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
