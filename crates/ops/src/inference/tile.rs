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

/// Values of a cache line.
const LINE: usize = 16;
/// Registers of the widest panel.
pub const MOST_VECTORS: usize = 3;

/// Sizes that tiles have, in pixels, largest first, by registers of the panel. Each is compiled by itself, so there are few.
fn sizes(vectors: usize) -> &'static [usize] {
    let wide = InstructionSet::selected() == InstructionSet::Avx512;
    match (wide, vectors) {
        (true, 1 | 2) => &[14, 10, 7, 4, 2, 1],
        (true, _) => &[9, 7, 4, 2, 1],
        (false, 1) => &[12, 7, 4, 2, 1],
        (false, 2) => &[6, 5, 4, 3, 2, 1],
        (false, _) => &[4, 3, 2, 1],
    }
}

/// `pixels` in a row as tiles, nearly equal ones where that makes no more of them.
pub fn cut(mut pixels: usize, vectors: usize) -> Vec<usize> {
    let sizes = sizes(vectors);
    let mut tiles = Vec::new();
    while pixels > 0 {
        let even = pixels.div_ceil(pixels.div_ceil(sizes[0]));
        let fits = |size: &&usize| **size >= even && **size <= pixels;
        let fitting = sizes.iter().rev().find(fits);
        let largest = || sizes.iter().find(|size| **size <= pixels);
        let size = fitting.or_else(largest).copied().unwrap_or(1);
        tiles.push(size);
        pixels -= size;
    }
    tiles
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
            InstructionSet::Avx512 => by::<std::arch::x86_64::__m512>(block, places),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => by::<std::arch::x86_64::__m256>(block, places),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => {}
            InstructionSet::Portable => by::<Portable>(block, places),
        }
    }
}

/// A register with a compiled loop for each size of tile.
trait Tiles: Vector {
    /// Values between pixels at stride 1 and 2.
    const ONE: usize;
    const TWO: usize;

    /// # Safety
    /// As [`tile`].
    unsafe fn tile<const STEP: usize, const WIDE: usize, const PIXELS: usize>(
        block: &Block<'_>,
        place: &Place,
        next: Ahead,
    );
}

macro_rules! compiled {
    ($vector:ty, $lanes:literal, $($feature:literal)?) => {
        impl Tiles for $vector {
            const ONE: usize = $lanes;
            const TWO: usize = 2 * $lanes;

            unsafe fn tile<const STEP: usize, const WIDE: usize, const PIXELS: usize>(
                block: &Block<'_>,
                place: &Place,
                next: Ahead,
            ) {
                $(#[target_feature(enable = $feature)])?
                unsafe fn compiled<const STEP: usize, const WIDE: usize, const PIXELS: usize>(
                    block: &Block<'_>,
                    place: &Place,
                    next: Ahead,
                ) {
                    // SAFETY: the caller's promise.
                    unsafe { tile::<$vector, STEP, WIDE, PIXELS>(block, place, next) };
                }
                // SAFETY: the caller's promise.
                unsafe { compiled::<STEP, WIDE, PIXELS>(block, place, next) };
            }
        }
    };
}
compiled!(Portable, 8,);
#[cfg(target_arch = "x86_64")]
compiled!(std::arch::x86_64::__m256, 8, "avx2,fma");
#[cfg(target_arch = "x86_64")]
compiled!(std::arch::x86_64::__m512, 16, "avx512f,avx2,fma");

/// Weights to be asked for while a tile is made, and lines of them a run.
#[derive(Clone, Copy)]
struct Ahead {
    next: *const f32,
    lines: usize,
}

/// # Safety
/// As [`run`].
unsafe fn by<V: Tiles>(block: &Block<'_>, places: &[Place]) {
    // Evenly: lines for each run of each tile.
    let runs = (places.len() * block.runs.len()).max(1);
    let mut ahead = Ahead {
        next: block.next.0,
        lines: (block.next.1 / LINE).div_ceil(runs),
    };
    for place in places {
        // SAFETY: the caller's promise.
        unsafe {
            match block.vectors {
                1 => by_step::<V, 1>(block, place, ahead),
                2 => by_step::<V, 2>(block, place, ahead),
                _ => by_step::<V, 3>(block, place, ahead),
            }
        }
        ahead.next = ahead
            .next
            .wrapping_add(ahead.lines * LINE * block.runs.len());
    }
}

/// # Safety
/// As [`run`].
unsafe fn by_step<V: Tiles, const WIDE: usize>(block: &Block<'_>, place: &Place, ahead: Ahead) {
    // SAFETY: the caller's promise.
    unsafe {
        // Constants of a trait cannot be parameters yet, so each is written out.
        match block.step {
            16 if V::ONE == 16 => by_pixels::<V, 16, WIDE>(block, place, ahead),
            32 if V::TWO == 32 => by_pixels::<V, 32, WIDE>(block, place, ahead),
            8 if V::ONE == 8 => by_pixels::<V, 8, WIDE>(block, place, ahead),
            16 if V::TWO == 16 => by_pixels::<V, 16, WIDE>(block, place, ahead),
            2 => by_pixels::<V, 2, WIDE>(block, place, ahead),
            _ => by_pixels::<V, 0, WIDE>(block, place, ahead),
        }
    }
}

/// # Safety
/// As [`run`].
unsafe fn by_pixels<V: Tiles, const STEP: usize, const WIDE: usize>(
    block: &Block<'_>,
    place: &Place,
    ahead: Ahead,
) {
    macro_rules! tiles {
        ($($pixels:literal)*) => {
            match place.pixels {
                $($pixels => V::tile::<STEP, WIDE, $pixels>(block, place, ahead),)*
                _ => unreachable!("no tile has so many pixels"),
            }
        };
    }
    // SAFETY: the caller's promise.
    unsafe {
        match (V::ONE == 16, WIDE) {
            (true, 1 | 2) => tiles!(1 2 4 7 10 14),
            (true, _) => tiles!(1 2 4 7 9),
            (false, 1) => tiles!(1 2 4 7 12),
            (false, 2) => tiles!(1 2 3 4 5 6),
            (false, _) => tiles!(1 2 3 4),
        }
    }
}

/// # Safety
/// As [`run`]; the CPU has the instructions of `V`.
#[inline(always)]
unsafe fn tile<V: Vector, const STEP: usize, const WIDE: usize, const PIXELS: usize>(
    block: &Block<'_>,
    place: &Place,
    mut ahead: Ahead,
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
            for line in 0..ahead.lines {
                prefetch(ahead.next.wrapping_add(line * LINE));
            }
            ahead.next = ahead.next.wrapping_add(ahead.lines * LINE);
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
            let (low, high) = (
                V::splat(&raw const bounds.low),
                V::splat(&raw const bounds.high),
            );
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
