//! Pools of blocked maps: the maximum or the mean of each window, a block of channels at a time.
#![expect(
    unsafe_code,
    reason = "registers are loaded through pointers; bounds are checked when a net is planned"
)]

use std::ops::Range;

use super::map::{BlockedMap, lanes};
use super::memory::Memory;
use crate::geometry::PoolWindow;
use crate::instruction_set::InstructionSet;
use crate::vector::{Portable, Vector};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Max,
    Mean,
}

/// Rows of outputs of one block of channels.
pub struct Rows {
    pub kind: Kind,
    pub window: PoolWindow,
    /// Where row 0, column 0 of the input would lie, whether or not it is there.
    pub source: *const f32,
    pub source_row: usize,
    /// Height and width of the input.
    pub size: (usize, usize),
    pub output: *mut f32,
    pub output_row: usize,
    /// Of outputs.
    pub range: Range<usize>,
    pub width: usize,
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
    let (height, width) = rows.size;
    for (index, y) in rows.range.clone().enumerate() {
        let inside = rows.window.inside(y, height);
        for x in 0..rows.width {
            let columns = rows.window.inside(x, width);
            // SAFETY: the caller's promise.
            unsafe {
                let mut all = match rows.kind {
                    Kind::Max => V::splat(&f32::NEG_INFINITY),
                    Kind::Mean => V::zero(),
                };
                for row in inside.clone() {
                    let line = rows.source.wrapping_add(row * rows.source_row);
                    for column in columns.clone() {
                        let value = V::load(line.wrapping_add(column * V::LANES));
                        all = match rows.kind {
                            Kind::Max => all.larger(value),
                            Kind::Mean => all.plus(value),
                        };
                    }
                }
                if rows.kind == Kind::Mean {
                    let count = rows.window.counted(y, height) * rows.window.counted(x, width);
                    all = all.times(V::splat(&(1.0 / count as f32)));
                }
                all.store(rows.output.add(index * rows.output_row + x * V::LANES));
            }
        }
    }
}

/// A pool of a whole map.
pub struct Pool {
    pub kind: Kind,
    pub window: PoolWindow,
    pub source: BlockedMap,
    pub output: BlockedMap,
}

impl Pool {
    pub fn tasks(&self) -> usize {
        self.output.blocks()
    }

    /// Does one task.
    ///
    /// # Safety
    /// `memory` is as large as the maps say, and nobody else writes what the task reads or touches what it writes.
    pub unsafe fn run(&self, memory: Memory, block: usize) {
        debug_assert_eq!(self.source.lanes, lanes());
        // SAFETY: the caller's promise.
        unsafe {
            let source = memory
                .maps
                .add(self.source.at + block * self.source.plane() + self.source.offset(0, 0));
            let output = memory
                .maps
                .add(self.output.at + block * self.output.plane() + self.output.offset(0, 0));
            run(&Rows {
                kind: self.kind,
                window: self.window,
                source,
                source_row: self.source.row(),
                size: (self.source.height, self.source.width),
                output,
                output_row: self.output.row(),
                range: 0..self.output.height,
                width: self.output.width,
            });
        }
    }
}
