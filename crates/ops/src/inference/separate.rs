//! Steps that stand alone: a depthwise convolution, a sum, maps side by side, and the image into its border.
#![expect(unsafe_code, reason = "tasks write different blocks of one map")]

use std::sync::Arc;

use super::depthwise::{self, Taps};
use super::map::{BlockedMap, lanes};
use super::memory::{Aligned, Memory};
use crate::act::Bounds;
use crate::geometry::Window;

/// A depthwise convolution of a whole map.
pub struct Depthwise {
    pub window: Window,
    pub taps: Arc<Taps>,
    pub shift: Aligned,
    pub bounds: Bounds,
    pub source: BlockedMap,
    pub output: BlockedMap,
}

impl Depthwise {
    pub fn tasks(&self) -> usize {
        self.output.blocks() * self.parts()
    }

    fn parts(&self) -> usize {
        8usize
            .div_ceil(self.output.blocks())
            .min(self.output.height)
    }

    /// Does one task.
    ///
    /// # Safety
    /// `memory` is as large as the maps say, and nobody else writes what the task reads or touches what it writes.
    pub unsafe fn run(&self, memory: Memory, task: usize) {
        let (source, output) = (&self.source, &self.output);
        let (block, part) = (task / self.parts(), task % self.parts());
        let rows = output.height * part / self.parts()..output.height * (part + 1) / self.parts();
        let extent = self.window.extent(source.height, source.width);
        let corner =
            super::dense::corner(source, &self.window, (extent.top, extent.left), rows.start);
        // SAFETY: the caller's promise.
        unsafe {
            depthwise::run(&depthwise::Rows {
                source: memory.maps.add(source.at + block * source.plane() + corner),
                source_row: source.row(),
                output: memory
                    .maps
                    .add(output.at + block * output.plane() + output.offset(rows.start, 0)),
                output_row: output.row(),
                count: rows.len(),
                width: output.width,
                taps: self.taps.block(block),
                shift: self.shift.as_ptr().add(block * lanes()),
                kernel: self.window.kernel.0,
                stride: self.window.stride,
                bounds: self.bounds,
            });
        }
    }
}

/// `clamp(first + second)`.
pub struct Sum {
    pub first: BlockedMap,
    pub second: Option<BlockedMap>,
    pub output: BlockedMap,
    pub bounds: Bounds,
}

impl Sum {
    pub fn tasks(&self) -> usize {
        self.output.blocks()
    }

    /// Does one task.
    ///
    /// # Safety
    /// As [`Depthwise::run`].
    pub unsafe fn run(&self, memory: Memory, block: usize) {
        let len = self.output.width * lanes();
        for y in 0..self.output.height {
            // SAFETY: the caller's promise.
            unsafe {
                let first = row(memory, &self.first, block, y, len);
                let out = row_mut(memory, &self.output, block, y, len);
                match &self.second {
                    Some(second) => {
                        let second = row(memory, second, block, y, len);
                        for ((out, a), b) in out.iter_mut().zip(first).zip(second) {
                            *out = clamp(a + b, self.bounds);
                        }
                    }
                    None => {
                        for (out, a) in out.iter_mut().zip(first) {
                            *out = clamp(*a, self.bounds);
                        }
                    }
                }
            }
        }
    }
}

/// Maps side by side, each whole blocks; then a factor and a shift a channel, and an activation.
pub struct Concat {
    pub sources: Vec<BlockedMap>,
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    pub bounds: Bounds,
    pub output: BlockedMap,
}

impl Concat {
    pub fn tasks(&self) -> usize {
        self.output.blocks()
    }

    /// Does one task.
    ///
    /// # Safety
    /// As [`Depthwise::run`].
    pub unsafe fn run(&self, memory: Memory, block: usize) {
        let mut inner = block;
        let mut sources = self.sources.iter();
        let Some(source) = sources.find(|map| {
            let is_here = inner < map.blocks();
            if !is_here {
                inner -= map.blocks();
            }
            is_here
        }) else {
            return;
        };
        let channels = block * lanes()..(block + 1) * lanes();
        let (scale, shift) = (&self.scale[channels.clone()], &self.shift[channels]);
        let len = self.output.width * lanes();
        for y in 0..self.output.height {
            // SAFETY: the caller's promise.
            let (from, out) = unsafe {
                (
                    row(memory, source, inner, y, len),
                    row_mut(memory, &self.output, block, y, len),
                )
            };
            affine(out, from, scale, shift, self.bounds);
        }
    }
}

crate::simd::kernel! {
    fn affine(out: &mut [f32], from: &[f32], scale: &[f32], shift: &[f32], bounds: Bounds) {
        let lanes = scale.len();
        for (out, from) in out.chunks_exact_mut(lanes).zip(from.chunks_exact(lanes)) {
            for (((out, a), scale), shift) in out.iter_mut().zip(from).zip(scale).zip(shift) {
                *out = clamp(a * scale + shift, bounds);
            }
        }
    }
}

/// The image into planes with a border.
pub struct Frame {
    pub output: BlockedMap,
}

impl Frame {
    pub fn tasks(&self) -> usize {
        self.output.channels
    }

    /// Does one task.
    ///
    /// # Safety
    /// As [`Depthwise::run`].
    pub unsafe fn run(&self, memory: Memory, channel: usize) {
        let (height, width) = (self.output.height, self.output.width);
        for y in 0..height {
            // SAFETY: the caller's promise.
            unsafe {
                let from = memory.image.add((channel * height + y) * width);
                let from = std::slice::from_raw_parts(from, width);
                row_mut(memory, &self.output, channel, y, width).copy_from_slice(from);
            }
        }
    }
}

/// The last map into planes.
pub struct Planes {
    pub source: BlockedMap,
}

impl Planes {
    /// Does one task.
    ///
    /// # Safety
    /// As [`Depthwise::run`].
    pub unsafe fn run(&self, memory: Memory) {
        let map = &self.source;
        let area = map.height * map.width;
        // SAFETY: the caller's promise.
        let out = unsafe { std::slice::from_raw_parts_mut(memory.output, map.channels * area) };
        for (block, planes) in out.chunks_mut(lanes() * area).enumerate() {
            for y in 0..map.height {
                // SAFETY: the caller's promise.
                let row = unsafe { row(memory, map, block, y, map.width * lanes()) };
                for (lane, plane) in planes.chunks_exact_mut(area).enumerate() {
                    let line = &mut plane[y * map.width..(y + 1) * map.width];
                    for (out, pixel) in line.iter_mut().zip(row.chunks_exact(lanes())) {
                        *out = pixel[lane];
                    }
                }
            }
        }
    }
}

/// # Safety
/// As [`Depthwise::run`].
unsafe fn row<'a>(
    memory: Memory,
    map: &BlockedMap,
    block: usize,
    y: usize,
    len: usize,
) -> &'a [f32] {
    // SAFETY: the caller's promise.
    unsafe {
        let at = map.at + block * map.plane() + map.offset(y, 0);
        std::slice::from_raw_parts(memory.maps.add(at), len)
    }
}

/// # Safety
/// As [`Depthwise::run`].
unsafe fn row_mut<'a>(
    memory: Memory,
    map: &BlockedMap,
    block: usize,
    y: usize,
    len: usize,
) -> &'a mut [f32] {
    // SAFETY: the caller's promise.
    unsafe {
        let at = map.at + block * map.plane() + map.offset(y, 0);
        std::slice::from_raw_parts_mut(memory.maps.add(at), len)
    }
}

/// Comparisons, so that NaN stays NaN.
#[inline(always)]
fn clamp(z: f32, Bounds { low, high }: Bounds) -> f32 {
    let z = if z < low { low } else { z };
    if z > high { high } else { z }
}
