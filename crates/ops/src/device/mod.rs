//! The engine on a device: the operations of a backbone over maps in a device's own memory.
//!
//! What a device must bring is a [`Machine`]: memory, the kernels of `kernels.cu` and convolutions. `ops::cuda` is one; the
//! tests have another, which runs the same kernels through a C++ compiler, so that everything but the machine itself is
//! tested without a device. The division of labour is that of the engine for the CPU: a convolution leaves its raw
//! output with the normalisation *pending* on it ([`map::Map`]), and whoever reads the map applies it.

pub mod concat;
pub mod conv;
pub mod kernel;
pub mod map;
pub mod norm;
pub mod pool;
pub mod residual;

use std::marker::PhantomData;

use candle_core::Result;

use super::geometry::Window;
pub use kernel::{Arg, Kernel, SOURCE};

/// How the values of a map lie in memory; arithmetic is f32 everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Element {
    #[default]
    F32,
    Bf16,
    F16,
    /// As f32; but a convolution's products may be rounded to 10 bits of mantissa.
    Tf32,
}

impl Element {
    /// What kernels are compiled for.
    pub const ALL: [Self; 3] = [Self::F32, Self::Bf16, Self::F16];

    pub fn bytes(self) -> usize {
        match self {
            Self::F32 | Self::Tf32 => 4,
            Self::Bf16 | Self::F16 => 2,
        }
    }

    /// The macro that makes `kernels.cu` use it.
    pub fn define(self) -> &'static str {
        match self {
            Self::F32 | Self::Tf32 => "REAL_F32",
            Self::Bf16 => "REAL_BF16",
            Self::F16 => "REAL_F16",
        }
    }
}

/// An address in a device's memory, alive as long as what it was taken from.
#[derive(Clone, Copy, Debug)]
pub struct DevicePtr<'a> {
    pub(crate) address: u64,
    owner: PhantomData<&'a ()>,
}

impl<'a> DevicePtr<'a> {
    /// For machines only; `address` must stay valid for `'a`.
    pub fn new(address: u64) -> Self {
        Self {
            address,
            owner: PhantomData,
        }
    }

    /// What kernels take for "there is none".
    pub fn null() -> Self {
        Self::new(0)
    }

    pub fn address(self) -> u64 {
        self.address
    }

    /// So many f32 further on.
    #[must_use]
    pub fn floats(self, count: usize) -> DevicePtr<'a> {
        Self::new(self.address + 4 * count as u64)
    }
}

/// Memory on a device; given back when dropped.
pub trait Memory {
    fn ptr(&self) -> DevicePtr<'_>;
}

/// Sizes of a dense or grouped convolution with the same padding on opposite sides. Maps are NHWC, weights
/// `(out, kernel rows, kernel columns, in / groups)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvShape {
    pub n: usize,
    pub height: usize,
    pub width: usize,
    pub out_height: usize,
    pub out_width: usize,
    pub in_channels: usize,
    pub out_channels: usize,
    pub kernel: (usize, usize),
    pub stride: usize,
    /// Rows above and below, columns left and right.
    pub padding: (usize, usize),
    pub groups: usize,
}

/// Which of a convolution's three arrays is computed from the other two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConvPass {
    Output,
    /// The gradient of the input from that of the output.
    Input,
    /// The gradient of the weight.
    Weight,
}

/// Input, weight and output of a convolution (or their gradients), all of one [`Element`].
#[derive(Clone, Copy, Debug)]
pub struct ConvArrays<'a> {
    pub input: DevicePtr<'a>,
    pub weight: DevicePtr<'a>,
    pub output: DevicePtr<'a>,
}

/// A device. What it is asked for happens in the order it is asked in.
pub trait Machine {
    type Memory: Memory;

    /// Memory of any content.
    fn alloc(&self, bytes: usize) -> Result<Self::Memory>;

    fn fill_zeros(&self, memory: &Self::Memory) -> Result<()>;

    fn upload(&self, values: &[f32]) -> Result<Self::Memory>;

    fn download(&self, memory: &Self::Memory, values: &mut [f32]) -> Result<()>;

    /// Runs `kernel`, compiled for `element`, once for each index below `threads`; `args` are those of its source, and
    /// each place has as much memory as the kernel reads or writes there.
    fn launch(
        &self,
        kernel: Kernel,
        element: Element,
        threads: usize,
        args: &[Arg<'_>],
    ) -> Result<()>;

    fn convolve(
        &self,
        pass: ConvPass,
        shape: &ConvShape,
        element: Element,
        arrays: ConvArrays<'_>,
    ) -> Result<()>;
}

/// A machine, and how maps lie in its memory.
pub struct Engine<'a, M> {
    pub machine: &'a M,
    pub element: Element,
}

impl<M> Clone for Engine<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Engine<'_, M> {}

impl<M: Machine> Engine<'_, M> {
    /// Room for `len` values of a map.
    fn values(self, len: usize) -> Result<M::Memory> {
        self.machine.alloc(len * self.element.bytes())
    }

    fn floats(self, len: usize) -> Result<M::Memory> {
        self.machine.alloc(4 * len)
    }

    fn run(self, kernel: Kernel, threads: usize, args: &[Arg<'_>]) -> Result<()> {
        if threads > i32::MAX as usize {
            candle_core::bail!(
                "a map of {threads} values is too large for the device; train with smaller batches"
            )
        }
        if threads == 0 {
            return Ok(());
        }
        self.machine.launch(kernel, self.element, threads, args)
    }
}

/// Number of taps of a window.
fn taps(window: &Window) -> usize {
    window.kernel.0 * window.kernel.1
}
