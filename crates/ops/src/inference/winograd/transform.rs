//! A tile's inputs to 36 numbers a channel, and 36 sums a channel to outputs: the paper's matrices, by hand.
#![expect(
    unsafe_code,
    reason = "registers are loaded through pointers; bounds are checked when a net is planned"
)]

use super::super::map::lanes;
use crate::act::Bounds;
use crate::instruction_set::InstructionSet;
use crate::vector::{Portable, Vector};

/// Outputs along a side of a tile, and inputs.
pub const OUT: usize = 4;
pub const IN: usize = 6;
/// Numbers a tile.
pub const SPOTS: usize = IN * IN;

/// Numbers by spot, block of channels, tile and lane.
#[derive(Clone, Copy)]
pub struct Tiles {
    pub data: *mut f32,
    pub count: usize,
    pub blocks: usize,
}

impl Tiles {
    pub fn new(data: *mut f32, count: usize, blocks: usize) -> Self {
        Self {
            data,
            count,
            blocks,
        }
    }

    /// Values of a block of one spot.
    pub fn block(&self) -> usize {
        self.count * lanes()
    }

    /// Values of a spot.
    pub fn spot(&self) -> usize {
        self.blocks * self.block()
    }

    fn offset(&self, (block, tile): (usize, usize)) -> usize {
        block * self.block() + tile * lanes()
    }
}

/// Where a tile's outputs go, and what is done to them.
pub struct Outputs {
    pub to: *mut f32,
    /// Values of a row of the map.
    pub row: usize,
    pub residual: Option<(*mut f32, usize)>,
    /// How many of each are real.
    pub rows: usize,
    pub columns: usize,
    pub shift: *const f32,
    pub bounds: Bounds,
}

/// One tile of one block of channels, from a map with rows of `row` values.
///
/// # Safety
/// Its inputs and numbers lie inside their memory, and nobody else touches the numbers.
pub unsafe fn input(from: *const f32, row: usize, tiles: Tiles, place: (usize, usize)) {
    // SAFETY: the caller's promise.
    unsafe {
        let to = tiles.data.add(tiles.offset(place));
        match InstructionSet::selected() {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => input_avx512(from, row, to, tiles.spot()),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => input_avx2(from, row, to, tiles.spot()),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => {}
            InstructionSet::Portable => input_by::<Portable>(from, row, to, tiles.spot()),
        }
    }
}

/// The outputs of one tile of one block of channels.
///
/// # Safety
/// Its sums and outputs lie inside their memory, and nobody else touches the outputs.
pub unsafe fn output(tiles: Tiles, place: (usize, usize), outputs: &Outputs) {
    // SAFETY: the caller's promise.
    unsafe {
        let from = tiles.data.add(tiles.offset(place));
        match InstructionSet::selected() {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => output_avx512(from, tiles.spot(), outputs),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => output_avx2(from, tiles.spot(), outputs),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => {}
            InstructionSet::Portable => output_by::<Portable>(from, tiles.spot(), outputs),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn input_avx512(from: *const f32, row: usize, to: *mut f32, spot: usize) {
    // SAFETY: the caller's promise.
    unsafe { input_by::<std::arch::x86_64::__m512>(from, row, to, spot) };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn input_avx2(from: *const f32, row: usize, to: *mut f32, spot: usize) {
    // SAFETY: the caller's promise.
    unsafe { input_by::<std::arch::x86_64::__m256>(from, row, to, spot) };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn output_avx512(from: *const f32, spot: usize, outputs: &Outputs) {
    // SAFETY: the caller's promise.
    unsafe { output_by::<std::arch::x86_64::__m512>(from, spot, outputs) };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn output_avx2(from: *const f32, spot: usize, outputs: &Outputs) {
    // SAFETY: the caller's promise.
    unsafe { output_by::<std::arch::x86_64::__m256>(from, spot, outputs) };
}

#[inline(always)]
unsafe fn input_by<V: Vector>(from: *const f32, row: usize, to: *mut f32, spot: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut half = [[V::zero(); IN]; IN];
        for x in 0..IN {
            let mut column = [V::zero(); IN];
            for (y, value) in column.iter_mut().enumerate() {
                *value = V::load(from.add(y * row + x * V::LANES));
            }
            for (y, value) in input_side(column).into_iter().enumerate() {
                half[y][x] = value;
            }
        }
        for (y, line) in half.into_iter().enumerate() {
            for (x, value) in input_side(line).into_iter().enumerate() {
                value.store(to.add((y * IN + x) * spot));
            }
        }
    }
}

#[inline(always)]
unsafe fn output_by<V: Vector>(from: *const f32, spot: usize, outputs: &Outputs) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut half = [[V::zero(); IN]; OUT];
        for x in 0..IN {
            let mut column = [V::zero(); IN];
            for (y, value) in column.iter_mut().enumerate() {
                *value = V::load(from.add((y * IN + x) * spot));
            }
            for (y, value) in output_side(column).into_iter().enumerate() {
                half[y][x] = value;
            }
        }
        let shift = V::load(outputs.shift);
        let (low, high) = (
            V::splat(&raw const outputs.bounds.low),
            V::splat(&raw const outputs.bounds.high),
        );
        for (y, line) in half.into_iter().enumerate().take(outputs.rows) {
            let line = output_side(line);
            for (x, value) in line.into_iter().enumerate().take(outputs.columns) {
                let mut value = value.plus(shift);
                if let Some((residual, row)) = outputs.residual {
                    value = value.plus(V::load(residual.add(y * row + x * V::LANES)));
                }
                let value = value.clamped(low, high);
                value.store(outputs.to.add(y * outputs.row + x * V::LANES));
            }
        }
    }
}

/// One side of `B^T d`.
#[inline(always)]
unsafe fn input_side<V: Vector>(d: [V; IN]) -> [V; IN] {
    // SAFETY: the caller's promise.
    unsafe {
        let number = |value: f32| V::splat(&raw const value);
        let (one, two, four) = (number(-1.0), number(2.0), number(4.0));
        let (two_less, four_less, five_less) = (number(-2.0), number(-4.0), number(-5.0));
        let (even, odd) = (d[4].fused(d[2], four_less), d[3].fused(d[1], four_less));
        let (far_even, far_odd) = (d[4].fused(d[2], one), d[3].fused(d[1], one));
        [
            d[4].fused(d[2], five_less).fused(d[0], four),
            even.plus(odd),
            even.fused(odd, one),
            far_even.fused(far_odd, two),
            far_even.fused(far_odd, two_less),
            d[5].fused(d[3], five_less).fused(d[1], four),
        ]
    }
}

/// One side of `A^T m`.
#[inline(always)]
unsafe fn output_side<V: Vector>(m: [V; IN]) -> [V; OUT] {
    // SAFETY: the caller's promise.
    unsafe {
        let number = |value: f32| V::splat(&raw const value);
        let less = number(-1.0);
        let (sum, difference) = (m[1].plus(m[2]), m[1].fused(m[2], less));
        let (far_sum, far_difference) = (m[3].plus(m[4]), m[3].fused(m[4], less));
        [
            m[0].plus(sum).plus(far_sum),
            difference.fused(far_difference, number(2.0)),
            sum.fused(far_sum, number(4.0)),
            difference.fused(far_difference, number(8.0)).plus(m[5]),
        ]
    }
}
