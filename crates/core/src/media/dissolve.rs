//! Does a window of frames hold a dissolve?
//!
//! In a dissolve every frame is a blend of what was before and what comes: with the window's first frame at 0 and its
//! last at 1, the least-squares positions of the frames between rise evenly, and little is left over that the blend
//! does not explain. A pan or a moving figure leaves much over; a hard cut rises in one step; a lamp that is turned
//! up leaves the image's structure as it was. Fades to a blank image are not this file's matter (see `scene.rs`).
//!
//! Limits: both images must stand about still while they blend, so a dissolve in the middle of a fast pan is missed;
//! dissolves longer than [`MAX_SPAN`] frames are, too.

use super::small_frame::{Blend, SmallFrame};

/// Windows of these many frame steps are tried; a dissolve fits one that is a little longer than itself.
pub const SPANS: [usize; 6] = [8, 14, 20, 28, 40, 56];
pub const MAX_SPAN: usize = 56;
/// Frames on either side that must look like the window's ends, or the window lies inside a longer transition.
pub const MARGIN: usize = 4;

/// The two images must be at least this different (mean levels of 255).
const MIN_DISTANCE: f32 = 12.0;
/// Two images more alike than this in structure are one place in another light.
const MAX_CORRELATION: f32 = 0.8;
/// At least this fraction of the image changes (by more than [`CHANGED_LEVELS`]); a large figure that moves before a
/// dark background changes 0.7, the dissolves of ten reference films change 0.87 or more.
const MIN_CHANGED: f32 = 0.78;
const CHANGED_LEVELS: u8 = 4;
/// The largest step of one frame; a dissolve of four frames has steps of 1/5.
const MAX_STEP: f32 = 0.34;
/// Figures that move within the images may turn the rise back by this much.
const MAX_FALL: f32 = 0.08;
/// Ends count as settled within this distance of 0 and 1.
const SETTLED: f32 = 0.08;
/// What the blend leaves unexplained, as a part of the distance between the ends.
const MAX_RESIDUAL: f32 = 0.25;

/// A transition that was found: `first` is the first mixed frame, `end` the first frame of the new image alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dissolve {
    pub first: u64,
    pub end: u64,
    /// Unexplained part, 0 to 1; the smaller, the surer.
    pub residual: f32,
}

/// Judges `window`, whose frame [`MARGIN`] is the image before and whose frame `len - 1 - MARGIN` the one after;
/// `number` is the frame number of `window[0]`.
pub fn judge(window: &[&SmallFrame], number: u64) -> Option<Dissolve> {
    let last = window.len().checked_sub(MARGIN + 1)?;
    let (from, to) = (*window.get(MARGIN)?, *window.get(last)?);
    if from.is_nearly_blank() || to.is_nearly_blank() || window.iter().any(|frame| frame.is_blank())
    {
        return None;
    }
    let distance = from.distance(to);
    if distance < MIN_DISTANCE || from.correlation(to) > MAX_CORRELATION {
        return None;
    }
    let blend = Blend::between(from, to);
    let position = |frame: &&SmallFrame| blend.position(frame);
    if position(window.first()?).abs() > SETTLED || (position(window.last()?) - 1.0).abs() > SETTLED
    {
        return None;
    }
    let inner = window.get(MARGIN..=last)?;
    // Many windows break the rule early, and what comes after it need not be looked at.
    let mut positions: Vec<f32> = Vec::with_capacity(inner.len());
    for frame in inner {
        let next = position(frame);
        let rise = next - positions.last().copied().unwrap_or(next);
        if !(-MAX_FALL..=MAX_STEP).contains(&rise) {
            return None;
        }
        positions.push(next);
    }
    if from.changed_fraction(to, CHANGED_LEVELS) < MIN_CHANGED {
        return None;
    }
    let mixed: Vec<(&SmallFrame, f32)> = inner
        .iter()
        .zip(&positions)
        .filter(|(_, position)| (0.15..0.85).contains(*position))
        .map(|(frame, position)| (*frame, *position))
        .collect();
    if mixed.len() < 3 {
        return None;
    }
    let allowed = MAX_RESIDUAL * mixed.len() as f32;
    let mut unexplained = 0.0;
    for (frame, position) in &mixed {
        unexplained += frame.blend_residual(from, to, *position) / distance;
        if unexplained > allowed {
            return None;
        }
    }
    let residual = unexplained / mixed.len() as f32;
    let start = number + MARGIN as u64;
    let (first, end) = ends(&positions);
    Some(Dissolve {
        first: start + first,
        end: start + end,
        residual,
    })
}

/// Where the rise begins and ends, from its surer middle: the line through its crossings of 1/4 and 3/4.
fn ends(positions: &[f32]) -> (u64, u64) {
    let crossing = |level: f32| {
        let after = positions
            .iter()
            .position(|&position| position >= level)
            .unwrap_or(0);
        let high = positions.get(after).copied().unwrap_or(level);
        let low = after
            .checked_sub(1)
            .and_then(|before| positions.get(before))
            .copied()
            .unwrap_or(high);
        let step = if high > low {
            (high - level) / (high - low)
        } else {
            0.0
        };
        after as f32 - step
    };
    let (quarter, three_quarters) = (crossing(0.25), crossing(0.75));
    let half = (three_quarters - quarter).max(0.0);
    let last = positions.len().saturating_sub(1) as f32;
    // The line is at 0 on the last pure frame, so the first mixed one is the next.
    let first = (quarter - half / 2.0).round() + 1.0;
    let end = (three_quarters + half / 2.0).round();
    (
        first.clamp(0.0, last) as u64,
        end.clamp(first.clamp(0.0, last), last) as u64,
    )
}
