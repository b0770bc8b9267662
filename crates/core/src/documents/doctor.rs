//! What this computer has, what is missing, and how to get it.

use std::process::{Command, Stdio};

use serde::Serialize;
use sysinfo::System;

use crate::error::Error;
use crate::ops::compute::{self, GpuInfo};

/// One part of the computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub what: &'static str,
    pub is_ok: bool,
    /// What was found, or what is wrong and how to fix it.
    pub detail: String,
}

/// The document of `doctor --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doctor {
    pub version: &'static str,
    /// Whether nothing is missing.
    pub is_ok: bool,
    pub findings: Vec<Finding>,
    /// What `train --device` takes beside `cpu`.
    pub cuda: Vec<GpuInfo>,
}

impl Doctor {
    /// Looks at this computer: a few tools are started to ask their version.
    pub fn of_this_computer() -> Self {
        let gpus = compute::gpus();
        let findings = vec![
            system(),
            cpu(),
            threads(),
            memory(),
            tool("ffmpeg"),
            tool("ffprobe"),
            gpu(&gpus),
            display(),
        ];
        Self {
            version: env!("CARGO_PKG_VERSION"),
            is_ok: findings.iter().all(|finding| finding.is_ok),
            findings,
            cuda: gpus.unwrap_or_default(),
        }
    }
}

fn found(what: &'static str, detail: String) -> Finding {
    Finding {
        what,
        is_ok: true,
        detail,
    }
}

fn system() -> Finding {
    let name = System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned());
    let kernel = System::kernel_version()
        .map_or_else(|_| String::new(), |version| format!("; kernel {version}"));
    found("system", format!("{name}{kernel}"))
}

fn cpu() -> Finding {
    found(
        "CPU",
        format!("{}; {}", std::env::consts::ARCH, vector_units()),
    )
}

#[cfg(target_arch = "x86_64")]
fn vector_units() -> String {
    let units = [
        ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
        ("FMA", std::arch::is_x86_feature_detected!("fma")),
        ("AVX-512", std::arch::is_x86_feature_detected!("avx512f")),
    ];
    let present: Vec<&str> = units
        .iter()
        .filter(|(_, is_present)| *is_present)
        .map(|(name, _)| *name)
        .collect();
    if present.is_empty() {
        "no AVX2: training will be slow".into()
    } else {
        present.join(", ")
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn vector_units() -> String {
    "vector units as the compiler knows them".into()
}

fn threads() -> Finding {
    found("threads", rayon::current_num_threads().to_string())
}

/// In a container as much as is allowed.
fn memory() -> Finding {
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let known = System::new().ok().map(|mut system| {
        system.refresh_memory();
        let all = (system.total_memory(), system.available_memory());
        system.cgroup_limits().map_or(all, |limits| {
            let free = limits.total_memory.saturating_sub(limits.rss);
            (all.0.min(limits.total_memory), all.1.min(free))
        })
    });
    found(
        "memory",
        match known {
            Some((total, free)) if total > 0 => {
                format!("{:.1} GiB, {:.1} GiB available", gib(total), gib(free))
            }
            _ => "not known on this system".into(),
        },
    )
}

fn tool(name: &'static str) -> Finding {
    let first_line = Command::new(name)
        .arg("-version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().next().map(str::to_owned)
        });
    match first_line {
        Some(line) => found(
            name,
            line.split(" Copyright").next().unwrap_or(&line).to_owned(),
        ),
        None => Finding {
            what: name,
            is_ok: false,
            detail: Error::FfmpegMissing.to_string(),
        },
    }
}

/// What a build for CUDA can train on; of another build, whether one would be of use here.
fn gpu(gpus: &Result<Vec<GpuInfo>, String>) -> Finding {
    let detail = match gpus {
        Ok(gpus) => {
            let lines: Vec<String> = gpus.iter().map(GpuInfo::to_string).collect();
            lines.join("; ")
        }
        Err(why) if compute::is_built_for_cuda() => format!("{why}; using the CPU"),
        Err(_) => match names_by_driver() {
            Some(names) => format!(
                "{names}; this program was built without CUDA and trains on the CPU (README.md, \"With an NVIDIA GPU\")"
            ),
            None => "none found; training uses the CPU".into(),
        },
    };
    found("gpu", detail)
}

fn names_by_driver() -> Option<String> {
    Command::new("nvidia-smi")
        .args(["--query-gpu=name,memory.total", "--format=csv,noheader"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map(|output| {
            String::from_utf8_lossy(&output.stdout)
                .trim()
                .replace('\n', "; ")
        })
        .filter(|names| !names.is_empty())
}

fn display() -> Finding {
    let is_there = cfg!(any(target_os = "macos", target_os = "windows"))
        || ["WAYLAND_DISPLAY", "DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    found(
        "display",
        if is_there {
            "there".into()
        } else {
            "none; the commands work without, the window does not".into()
        },
    )
}
