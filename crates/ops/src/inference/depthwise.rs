//! Depthwise convolutions of blocked maps: a block of channels at a time, its weights and some neighbouring outputs in registers.
#![expect(
    unsafe_code,
    reason = "sums in registers need pointers; bounds are checked when a net is planned"
)]

use super::map::{lanes, padded};
use super::memory::Aligned;
use crate::act::Bounds;
use crate::geometry::Window;
use crate::instruction_set::InstructionSet;
use crate::vector::{Portable, Vector};

/// Output pixels side by side: seven divides the widths of a 224-pixel image at every depth.
const PIXELS: usize = 7;

/// Weights by block of channels, tap and lane.
#[derive(Debug)]
pub struct Taps {
    data: Aligned,
    taps: usize,
}

/// Whether there is a loop for such a window.
pub fn fits(window: &Window) -> bool {
    window.is_depthwise() && matches!(window.kernel.0, 3 | 5) && matches!(window.stride, 1 | 2)
}

impl Taps {
    /// `weight`: `(C, 1, k, k)`.
    pub fn new(window: &Window, weight: &[f32]) -> Self {
        let taps = window.kernel.0 * window.kernel.1;
        let mut data = Aligned::zeros(taps * padded(window.in_channels));
        let values = data.as_mut_slice();
        for (channel, kernel) in weight.chunks_exact(taps).enumerate() {
            let (block, lane) = (channel / lanes(), channel % lanes());
            for (tap, &value) in kernel.iter().enumerate() {
                values[(block * taps + tap) * lanes() + lane] = value;
            }
        }
        Self { data, taps }
    }

    pub fn block(&self, block: usize) -> *const f32 {
        self.data.as_ptr().wrapping_add(block * self.taps * lanes())
    }
}

/// Rows of outputs of one block of channels.
#[derive(Clone, Copy)]
pub struct Rows {
    /// Where the first output's window begins.
    pub source: *const f32,
    /// Values of a row of the input, and of the output.
    pub source_row: usize,
    pub output: *mut f32,
    pub output_row: usize,
    pub count: usize,
    pub width: usize,
    pub taps: *const f32,
    pub shift: *const f32,
    pub kernel: usize,
    pub stride: usize,
    pub bounds: Bounds,
}

/// Makes them.
///
/// # Safety
/// All windows and outputs lie inside their memory, and nobody else touches the outputs.
pub unsafe fn run(rows: &Rows) {
    // SAFETY: the instruction set is this CPU's, the rest is the caller's promise.
    unsafe {
        match InstructionSet::selected() {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => avx512(rows),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => avx2(rows),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => {}
            InstructionSet::Portable => by::<Portable>(rows),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn avx512(rows: &Rows) {
    // SAFETY: the caller's promise.
    unsafe { by::<std::arch::x86_64::__m512>(rows) };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(rows: &Rows) {
    // SAFETY: the caller's promise.
    unsafe { by::<std::arch::x86_64::__m256>(rows) };
}

#[inline(always)]
unsafe fn by<V: Vector>(rows: &Rows) {
    // SAFETY: the caller's promise.
    unsafe {
        match (rows.kernel, rows.stride) {
            (3, 1) => all::<V, 3, 1, { PIXELS + 2 }>(rows),
            (3, _) => all::<V, 3, 2, { PIXELS * 2 + 1 }>(rows),
            (_, 1) => all::<V, 5, 1, { PIXELS + 4 }>(rows),
            (_, _) => all::<V, 5, 2, { PIXELS * 2 + 3 }>(rows),
        }
    }
}

/// `READS`: input pixels under [`PIXELS`] outputs.
#[inline(always)]
unsafe fn all<V: Vector, const KERNEL: usize, const STRIDE: usize, const READS: usize>(
    rows: &Rows,
) {
    for y in 0..rows.count {
        // SAFETY: the caller's promise.
        unsafe {
            let source = rows.source.add(y * STRIDE * rows.source_row);
            let output = rows.output.add(y * rows.output_row);
            let mut x = 0;
            while x + PIXELS <= rows.width {
                let (from, to) = (source.add(x * STRIDE * V::LANES), output.add(x * V::LANES));
                tile::<V, KERNEL, STRIDE, READS, PIXELS>(rows, from, to);
                x += PIXELS;
            }
            if x < rows.width && rows.width >= PIXELS {
                // Some of these again, to the same values.
                x = rows.width - PIXELS;
                let (from, to) = (source.add(x * STRIDE * V::LANES), output.add(x * V::LANES));
                tile::<V, KERNEL, STRIDE, READS, PIXELS>(rows, from, to);
                continue;
            }
            while x < rows.width {
                let (from, to) = (source.add(x * STRIDE * V::LANES), output.add(x * V::LANES));
                tile::<V, KERNEL, STRIDE, KERNEL, 1>(rows, from, to);
                x += 1;
            }
        }
    }
}

#[inline(always)]
unsafe fn tile<
    V: Vector,
    const KERNEL: usize,
    const STRIDE: usize,
    const READS: usize,
    const WIDE: usize,
>(
    rows: &Rows,
    from: *const f32,
    to: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [V::load(rows.shift); WIDE];
        for row in 0..KERNEL {
            let mut taps = [V::zero(); KERNEL];
            for (column, tap) in taps.iter_mut().enumerate() {
                *tap = V::load(rows.taps.add((row * KERNEL + column) * V::LANES));
            }
            let line = from.add(row * rows.source_row);
            for read in 0..READS {
                let value = V::load(line.add(read * V::LANES));
                for pixel in 0..WIDE {
                    // The tap under which output `pixel` sees this input.
                    let tap = read.wrapping_sub(pixel * STRIDE);
                    if tap < KERNEL {
                        sums[pixel] = sums[pixel].fused(value, taps[tap]);
                    }
                }
            }
        }
        let (low, high) = (
            V::splat(&raw const rows.bounds.low),
            V::splat(&raw const rows.bounds.high),
        );
        for (pixel, sum) in sums.into_iter().enumerate() {
            sum.clamped(low, high).store(to.add(pixel * V::LANES));
        }
    }
}
