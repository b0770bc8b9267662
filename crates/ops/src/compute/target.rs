//! What can be computed on, and how: names as on the command line and in run.toml.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use crate::device::Element;

/// A CUDA device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GpuInfo {
    /// As in `--device cuda:ID`.
    pub id: usize,
    pub name: String,
    pub free_bytes: usize,
    pub total_bytes: usize,
}

impl fmt::Display for GpuInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gib = |bytes: usize| bytes as f64 / f64::from(1 << 30);
        let (free, total) = (gib(self.free_bytes), gib(self.total_bytes));
        write!(
            f,
            "cuda:{} {}, {free:.1} of {total:.1} GiB free",
            self.id, self.name
        )
    }
}

/// `--device`: `cpu`, `cuda` for the first GPU, `cuda:N` for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Compute {
    Cpu,
    Cuda(usize),
}

impl FromStr for Compute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "cpu" => Some(Self::Cpu),
            None if text == "cuda" => Some(Self::Cuda(0)),
            Some(("cuda", number)) => number.parse().ok().map(Self::Cuda),
            _ => None,
        }
        .ok_or_else(|| format!("{text:?} is no device; write cpu, cuda or cuda:N"))
    }
}

impl TryFrom<String> for Compute {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Compute> for String {
    fn from(compute: Compute) -> Self {
        compute.to_string()
    }
}

impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(id) => write!(f, "cuda:{id}"),
        }
    }
}

/// `--precision`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    #[default]
    F32,
    /// As f32, but products of convolutions are rounded to TF32 (10 bits of mantissa) where a GPU has it.
    Tf32,
    /// Maps in 16 bits (bf16, or f16 with a scaled loss where a GPU has no bf16); weights, statistics and loss in f32.
    Mixed,
}

impl Precision {
    pub const ALL: [Self; 3] = [Self::F32, Self::Tf32, Self::Mixed];
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::Mixed => "mixed",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.to_string() == text)
            .ok_or_else(|| format!("{text:?} is no precision; write f32, tf32 or mixed"))
    }
}

/// Why a device cannot be computed on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DeviceError(pub String);

/// An open device, and how maps lie in its memory.
#[derive(Clone, Debug)]
pub struct Target {
    pub device: Device,
    pub element: Element,
}

impl Target {
    pub fn cpu() -> Self {
        Self {
            device: Device::Cpu,
            element: Element::F32,
        }
    }
}
