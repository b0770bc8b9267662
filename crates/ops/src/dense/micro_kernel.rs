//! The two innermost loops of a dense convolution: tiles of a few pixels by a panel of channels, all sums in registers.
//!
//! [`rows`]: output pixels from input pixels and packed weights; inputs are read where they lie, by an offset a pixel,
//! so no column matrix is ever written. [`outer`]: the weights' gradient, summed over pixels. (The scheme is that of
//! batch-reduced products: Georganas et al. 2019, arXiv 1906.06440.) Tile sizes fill the register file: 6 x 16 with the
//! sixteen registers of AVX2, 8 x 32 with AVX-512.
#![expect(
    unsafe_code,
    reason = "tiles in registers need pointers; bounds are checked once a block"
)]

use std::marker::PhantomData;

use crate::instruction_set::InstructionSet;
use crate::vector::{Portable, Vector};

/// Columns of a full panel are two registers; the last panel may be one.
const VECTORS: usize = 2;
/// The most columns and rows that any tile has.
const MOST_COLUMNS: usize = 32;

/// Columns of a full panel.
pub fn panel_columns() -> usize {
    VECTORS * InstructionSet::selected().lanes()
}

/// Columns that a panel of `columns` real ones is filled up to.
pub fn filled(columns: usize) -> usize {
    let lanes = InstructionSet::selected().lanes();
    columns.div_ceil(lanes) * lanes
}

/// Neighbouring values that every pixel of a tile reads, from its own offset on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub offset: usize,
    pub len: usize,
}

/// Where a pixel is read and where its result goes: offsets in floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixel {
    pub from: usize,
    pub to: usize,
}

/// Memory that several threads write at places that never overlap.
#[derive(Clone, Copy)]
pub struct Canvas<'a> {
    data: *mut f32,
    len: usize,
    lifetime: PhantomData<&'a mut [f32]>,
}

// SAFETY: every write goes through an unsafe method whose caller promises to be alone there.
unsafe impl Send for Canvas<'_> {}
// SAFETY: as above.
unsafe impl Sync for Canvas<'_> {}

impl<'a> Canvas<'a> {
    pub fn new(data: &'a mut [f32]) -> Self {
        Self {
            data: data.as_mut_ptr(),
            len: data.len(),
            lifetime: PhantomData,
        }
    }

    /// `len` values from `at`.
    ///
    /// # Safety
    /// No other thread touches them meanwhile, and the caller holds no other slice of them.
    #[inline(always)]
    pub unsafe fn row(&self, at: usize, len: usize) -> &'a mut [f32] {
        debug_assert!(at + len <= self.len, "a row beyond the canvas");
        // SAFETY: inside, which callers check and every test build asserts; alone there, by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(at), len) }
    }
}

/// One block of work: pixels, runs of the depth, one panel.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    /// What is read by pixel.
    pub source: &'a [f32],
    pub pixels: &'a [Pixel],
    pub runs: &'a [Run],
    /// [`rows`]: packed weights, `filled(columns)` a step of the depth. [`outer`]: packed values, as many a pixel.
    pub panel: &'a [f32],
    /// Real columns.
    pub columns: usize,
    /// Whether sums begin with what is there.
    pub adds: bool,
}

impl Block<'_> {
    fn check(&self, panel_rows: usize, canvas: &Canvas<'_>, furthest: usize) {
        assert!(
            self.columns <= panel_columns()
                && panel_rows * filled(self.columns) <= self.panel.len(),
            "a block reaches beyond its panel"
        );
        let reach = |run: &Run| run.offset + run.len;
        let from = self.pixels.iter().map(|p| p.from).max().unwrap_or(0);
        let reach = self.runs.iter().map(reach).max().unwrap_or(0);
        assert!(
            from + reach <= self.source.len(),
            "a block reaches beyond its source"
        );
        assert!(furthest <= canvas.len, "a block reaches beyond its output");
    }
}

/// For every pixel, `columns` values at `pixel.to` become (or gain) the sum over the runs' depth of source times panel.
///
/// # Safety
/// No other thread touches those values of the canvas meanwhile.
///
/// # Panics
/// When the block reaches beyond its slices: a fault of the caller, caught before memory is touched.
pub unsafe fn rows(canvas: Canvas<'_>, block: &Block<'_>) {
    let depth = block.runs.iter().map(|run| run.len).sum();
    let to = block.pixels.iter().map(|p| p.to).max().unwrap_or(0);
    block.check(depth, &canvas, to + block.columns);
    // SAFETY: bounds were just checked, the instruction set is this CPU's, the canvas is the caller's promise.
    unsafe {
        match InstructionSet::selected() {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => rows_avx512(canvas, block),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => rows_avx2(canvas, block),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => {}
            InstructionSet::Portable => rows_by::<Portable, 6>(canvas, block),
        }
    }
}

/// `out` (`(depth, filled(columns))`) becomes or gains, by depth and column, the sum over the pixels of source times
/// panel; the depth runs through the runs in their order.
///
/// # Panics
/// As [`rows`].
pub fn outer(out: &mut [f32], block: &Block<'_>) {
    let depth: usize = block.runs.iter().map(|run| run.len).sum();
    let furthest = depth * filled(block.columns);
    let canvas = Canvas::new(out);
    block.check(block.pixels.len(), &canvas, furthest);
    // SAFETY: bounds were just checked, the instruction set is this CPU's, `out` is borrowed for us alone.
    unsafe {
        match InstructionSet::selected() {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => outer_avx512(canvas, block),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => outer_avx2(canvas, block),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => {}
            InstructionSet::Portable => outer_by::<Portable, 6>(canvas, block),
        }
    }
}

/// The same for both loops: a function per instruction set that only calls the generic one.
#[cfg(target_arch = "x86_64")]
macro_rules! with_features {
    ($name:ident, $generic:ident, $vector:ident, $rows:literal, $features:literal) => {
        #[target_feature(enable = $features)]
        unsafe fn $name(canvas: Canvas<'_>, block: &Block<'_>) {
            // SAFETY: the caller's promises are the same.
            unsafe { $generic::<std::arch::x86_64::$vector, $rows>(canvas, block) };
        }
    };
}
#[cfg(target_arch = "x86_64")]
with_features!(rows_avx2, rows_by, __m256, 6, "avx2,fma");
#[cfg(target_arch = "x86_64")]
with_features!(rows_avx512, rows_by, __m512, 8, "avx512f,avx2,fma");
#[cfg(target_arch = "x86_64")]
with_features!(outer_avx2, outer_by, __m256, 6, "avx2,fma");
#[cfg(target_arch = "x86_64")]
with_features!(outer_avx512, outer_by, __m512, 8, "avx512f,avx2,fma");

/// Calls `$tile::<V, ROWS, vectors>` for tiles of `$most` rows, and of the rest.
macro_rules! tile_rows {
    ($tile:ident, $vectors:literal, $count:expr, $($argument:expr),*) => {
        match $count {
            1 => $tile::<V, 1, $vectors>($($argument),*),
            2 => $tile::<V, 2, $vectors>($($argument),*),
            3 => $tile::<V, 3, $vectors>($($argument),*),
            4 => $tile::<V, 4, $vectors>($($argument),*),
            5 => $tile::<V, 5, $vectors>($($argument),*),
            6 => $tile::<V, 6, $vectors>($($argument),*),
            7 => $tile::<V, 7, $vectors>($($argument),*),
            _ => $tile::<V, 8, $vectors>($($argument),*),
        }
    };
}

#[inline(always)]
unsafe fn rows_by<V: Vector, const MOST: usize>(canvas: Canvas<'_>, block: &Block<'_>) {
    for pixels in block.pixels.chunks(MOST) {
        // SAFETY: `rows` checked the block.
        unsafe {
            if block.columns > V::LANES {
                tile_rows!(row_tile, 2, pixels.len(), canvas, block, pixels);
            } else {
                tile_rows!(row_tile, 1, pixels.len(), canvas, block, pixels);
            }
        }
    }
}

#[inline(always)]
unsafe fn row_tile<V: Vector, const ROWS: usize, const WIDE: usize>(
    canvas: Canvas<'_>,
    block: &Block<'_>,
    pixels: &[Pixel],
) {
    let is_whole = block.columns == WIDE * V::LANES;
    let mut edge = [[0f32; MOST_COLUMNS]; ROWS];
    let mut to = [std::ptr::null_mut::<f32>(); ROWS];
    // SAFETY: `rows` checked that all pixels lie inside, and here are `ROWS` of them.
    unsafe {
        for row in 0..ROWS {
            to[row] = canvas.data.add(pixels.get_unchecked(row).to);
            if !is_whole {
                if block.adds {
                    std::ptr::copy_nonoverlapping(to[row], edge[row].as_mut_ptr(), block.columns);
                }
                to[row] = edge[row].as_mut_ptr();
            }
        }
        let mut sums = [[V::zero(); WIDE]; ROWS];
        if block.adds {
            for row in 0..ROWS {
                for lane in 0..WIDE {
                    sums[row][lane] = V::load(to[row].add(lane * V::LANES));
                }
            }
        }
        let mut panel = block.panel.as_ptr();
        for run in block.runs {
            let mut from = [block.source.as_ptr(); ROWS];
            for row in 0..ROWS {
                from[row] = from[row].add(pixels.get_unchecked(row).from + run.offset);
            }
            for at in 0..run.len {
                let mut weights = [V::zero(); WIDE];
                for lane in 0..WIDE {
                    weights[lane] = V::load(panel.add(lane * V::LANES));
                }
                for row in 0..ROWS {
                    let value = V::splat(from[row].add(at));
                    for lane in 0..WIDE {
                        sums[row][lane] = sums[row][lane].fused(value, weights[lane]);
                    }
                }
                panel = panel.add(WIDE * V::LANES);
            }
        }
        for row in 0..ROWS {
            for lane in 0..WIDE {
                sums[row][lane].store(to[row].add(lane * V::LANES));
            }
            if !is_whole {
                std::ptr::copy_nonoverlapping(
                    edge[row].as_ptr(),
                    canvas.data.add(pixels.get_unchecked(row).to),
                    block.columns,
                );
            }
        }
    }
}

#[inline(always)]
unsafe fn outer_by<V: Vector, const MOST: usize>(canvas: Canvas<'_>, block: &Block<'_>) {
    let width = filled(block.columns);
    let mut to = canvas.data;
    for run in block.runs {
        for first in (0..run.len).step_by(MOST) {
            let rows = MOST.min(run.len - first);
            // SAFETY: `outer` checked the block, and `to` moves through it in step with the depth.
            unsafe {
                let from = block.source.as_ptr().add(run.offset + first);
                if block.columns > V::LANES {
                    tile_rows!(outer_tile, 2, rows, to, block, from);
                } else {
                    tile_rows!(outer_tile, 1, rows, to, block, from);
                }
                to = to.add(rows * width);
            }
        }
    }
}

#[inline(always)]
unsafe fn outer_tile<V: Vector, const ROWS: usize, const WIDE: usize>(
    to: *mut f32,
    block: &Block<'_>,
    from: *const f32,
) {
    // SAFETY: `outer` checked the block; `from` is inside it with room for `ROWS` values behind every pixel.
    unsafe {
        let mut sums = [[V::zero(); WIDE]; ROWS];
        if block.adds {
            for row in 0..ROWS {
                for lane in 0..WIDE {
                    sums[row][lane] = V::load(to.add((row * WIDE + lane) * V::LANES));
                }
            }
        }
        let mut panel = block.panel.as_ptr();
        for pixel in block.pixels {
            let from = from.add(pixel.from);
            let mut values = [V::zero(); WIDE];
            for lane in 0..WIDE {
                values[lane] = V::load(panel.add(lane * V::LANES));
            }
            for row in 0..ROWS {
                let value = V::splat(from.add(row));
                for lane in 0..WIDE {
                    sums[row][lane] = sums[row][lane].fused(value, values[lane]);
                }
            }
            panel = panel.add(WIDE * V::LANES);
        }
        for row in 0..ROWS {
            for lane in 0..WIDE {
                sums[row][lane].store(to.add((row * WIDE + lane) * V::LANES));
            }
        }
    }
}
