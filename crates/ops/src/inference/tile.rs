//! The innermost loop of inference's products: a tile of neighbouring pixels by a panel of channels, all sums in registers.
//!
//! Maps are blocked (see [`super::map`]), so the pixels of a tile lie a constant number of values apart and the loop
//! needs one pointer for all of them. Tiles fill the register file: 14 pixels x 2 registers with AVX-512, 6 x 2 with AVX2.
#![expect(
    unsafe_code,
    reason = "tiles in registers need pointers; bounds are checked when a net is planned"
)]

use crate::act::Bounds;
use crate::instruction_set::InstructionSet;
use crate::vector::{Portable, Vector, prefetch};

/// Registers of the widest panel.
pub const MOST_VECTORS: usize = 3;

/// The most pixels of a tile by panels of so many registers.
pub fn most_pixels(vectors: usize) -> usize {
    let wide = InstructionSet::selected() == InstructionSet::Avx512;
    match (wide, vectors) {
        (true, 1 | 2) => 14,
        (true, _) => 9,
        (false, 1) => 12,
        (false, 2) => 6,
        (false, _) => 4,
    }
}

/// Values along the depth that lie side by side, at `offset` from a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub offset: usize,
    pub len: usize,
}

/// Neighbouring pixels of one row: offsets, in values, of the first one in what is read, made, and added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub from: usize,
    pub to: usize,
    pub residual: usize,
    pub pixels: usize,
}

/// What sums begin with.
#[derive(Clone, Copy)]
pub enum Start {
    /// The values of the panel's channels here, and those of the same pixels of a map of this `plane` if there is one.
    Shift(*const f32, Option<Plane>),
    /// What is in the output.
    Output,
}

/// A map's first value, and the values between its blocks of channels.
#[derive(Clone, Copy)]
pub struct Plane {
    pub data: *mut f32,
    pub pitch: usize,
}

/// One panel of channels for some pixels, over a part of the depth.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    pub source: *const f32,
    /// Values between neighbouring pixels.
    pub step: usize,
    pub runs: &'a [Run],
    /// Weights: by depth, `vectors` registers.
    pub panel: *const f32,
    pub vectors: usize,
    pub output: Plane,
    pub start: Start,
    /// `None` while more of the depth is to come.
    pub bounds: Option<Bounds>,
    /// Weights that are needed next, and how many values.
    pub next: (*const f32, usize),
}

/// Makes the outputs of all `places`.
///
/// # Safety
/// All that the block and the places name lies inside its memory, and no other thread touches the outputs meanwhile.
pub unsafe fn run(block: &Block<'_>, places: &[Place]) {
    // SAFETY: the instruction set is this CPU's, the rest is the caller's promise.
    unsafe {
        match InstructionSet::selected() {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => avx512(block, places),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => avx2(block, places),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => {}
            InstructionSet::Portable => by::<Portable, 8, 16>(block, places),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn avx512(block: &Block<'_>, places: &[Place]) {
    // SAFETY: the caller's promise.
    unsafe { by::<std::arch::x86_64::__m512, 16, 32>(block, places) };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(block: &Block<'_>, places: &[Place]) {
    // SAFETY: the caller's promise.
    unsafe { by::<std::arch::x86_64::__m256, 8, 16>(block, places) };
}

/// `ONE` and `TWO`: values between pixels at stride 1 and 2.
#[inline(always)]
unsafe fn by<V: Vector, const ONE: usize, const TWO: usize>(block: &Block<'_>, places: &[Place]) {
    // SAFETY: the caller's promise.
    unsafe {
        if block.step == ONE {
            by_vectors::<V, ONE>(block, places);
        } else if block.step == TWO {
            by_vectors::<V, TWO>(block, places);
        } else if block.step == 2 {
            by_vectors::<V, 2>(block, places);
        } else {
            by_vectors::<V, 0>(block, places);
        }
    }
}

#[inline(always)]
unsafe fn by_vectors<V: Vector, const STEP: usize>(block: &Block<'_>, places: &[Place]) {
    // Prefetched evenly: lines for each run of each tile.
    let runs = (places.len() * block.runs.len()).max(1);
    let lines = (block.next.1 / 16).div_ceil(runs);
    let mut next = block.next.0;
    for place in places {
        // SAFETY: the caller's promise.
        unsafe {
            match block.vectors {
                1 => by_pixels::<V, STEP, 1>(block, place, (&mut next, lines)),
                2 => by_pixels::<V, STEP, 2>(block, place, (&mut next, lines)),
                _ => by_pixels::<V, STEP, 3>(block, place, (&mut next, lines)),
            }
        }
    }
}

#[inline(always)]
unsafe fn by_pixels<V: Vector, const STEP: usize, const WIDE: usize>(
    block: &Block<'_>,
    place: &Place,
    next: (&mut *const f32, usize),
) {
    macro_rules! tiles {
        ($($pixels:literal)*) => {
            match place.pixels {
                $($pixels => tile::<V, STEP, WIDE, $pixels>(block, place, next),)*
                _ => unreachable!("tiles have at most 14 pixels"),
            }
        };
    }
    // SAFETY: the caller's promise.
    unsafe {
        if WIDE == 3 {
            tiles!(1 2 3 4 5 6 7 8 9);
        } else {
            tiles!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
        }
    }
}

#[inline(always)]
unsafe fn tile<V: Vector, const STEP: usize, const WIDE: usize, const PIXELS: usize>(
    block: &Block<'_>,
    place: &Place,
    (next, lines): (&mut *const f32, usize),
) {
    let step = if STEP == 0 { block.step } else { STEP };
    // SAFETY: `run`'s promise.
    unsafe {
        let out = block.output.data.add(place.to);
        let pitch = block.output.pitch;
        let mut sums = [[V::zero(); WIDE]; PIXELS];
        match block.start {
            Start::Output => {
                for pixel in 0..PIXELS {
                    for lane in 0..WIDE {
                        sums[pixel][lane] = V::load(out.add(lane * pitch + pixel * V::LANES));
                    }
                }
            }
            Start::Shift(shift, residual) => {
                for lane in 0..WIDE {
                    let shift = V::load(shift.add(lane * V::LANES));
                    for sums in &mut sums {
                        sums[lane] = shift;
                    }
                }
                if let Some(plane) = residual {
                    let from = plane.data.add(place.residual);
                    for pixel in 0..PIXELS {
                        for lane in 0..WIDE {
                            let more = V::load(from.add(lane * plane.pitch + pixel * V::LANES));
                            sums[pixel][lane] = sums[pixel][lane].plus(more);
                        }
                    }
                }
            }
        }
        let source = block.source.add(place.from);
        let mut panel = block.panel;
        for run in block.runs {
            for line in 0..lines {
                prefetch(next.wrapping_add(line * 16));
            }
            *next = next.wrapping_add(lines * 16);
            let mut from = source.add(run.offset);
            for _ in 0..run.len {
                let mut weights = [V::zero(); WIDE];
                for lane in 0..WIDE {
                    weights[lane] = V::load(panel.add(lane * V::LANES));
                }
                for pixel in 0..PIXELS {
                    let value = V::splat(from.add(pixel * step));
                    for lane in 0..WIDE {
                        sums[pixel][lane] = sums[pixel][lane].fused(value, weights[lane]);
                    }
                }
                panel = panel.add(WIDE * V::LANES);
                from = from.add(1);
            }
        }
        if let Some(bounds) = block.bounds {
            let (low, high) = (V::splat(&bounds.low), V::splat(&bounds.high));
            for sums in &mut sums {
                for sum in sums {
                    *sum = sum.clamped(low, high);
                }
            }
        }
        for pixel in 0..PIXELS {
            for lane in 0..WIDE {
                sums[pixel][lane].store(out.add(lane * pitch + pixel * V::LANES));
            }
        }
    }
}
