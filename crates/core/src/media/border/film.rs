//! The border of a whole film: one frame alone may be dark at its sides, but a border is in all of them.

use super::{Insets, Run, Runs, believable, is_near};

/// A border is at least this part of the frames; the rest may be titles or damaged.
const FRAME_FRACTION: f64 = 0.95;
/// Part of the frames in which the image has to begin right at the border, with an edge.
const EDGE_FRACTION: f64 = 0.25;

/// A frame as its film looks at it.
#[derive(Clone, Copy, Debug)]
pub struct FrameRuns {
    pub runs: Runs,
    pub width: u32,
    pub height: u32,
}

/// The border that nearly all frames have, in pixels; none if they are of several sizes.
pub fn insets(frames: &[FrameRuns]) -> Insets {
    let Some(&FrameRuns { width, height, .. }) = frames.first() else {
        return Insets::default();
    };
    let is_same_size = frames
        .iter()
        .all(|frame| (frame.width, frame.height) == (width, height));
    // Black frames say nothing.
    let telling: Vec<Runs> = frames
        .iter()
        .filter(|frame| !frame.runs.is_blank(width, height))
        .map(|frame| frame.runs)
        .collect();
    if !is_same_size || telling.is_empty() {
        return Insets::default();
    }
    let side = |side: usize| {
        let runs: Vec<Run> = telling
            .iter()
            .filter_map(|runs| runs.0.get(side).copied())
            .collect();
        u32::from(common_lines(&runs))
    };
    believable([0, 1, 2, 3].map(side), width, height)
}

/// Lines that nearly all frames have in the same color, if the image begins there often enough. In some frames the compression
/// spoils the innermost line, and a line of border that stays is a border: where the image begins one line further in most
/// of the frames with an edge, that line is border, too.
fn common_lines(runs: &[Run]) -> u16 {
    let Some(color) = median_color(runs) else {
        return 0;
    };
    let mut lines: Vec<u16> = runs
        .iter()
        .map(|run| {
            if is_near(run.color, color) {
                run.lines
            } else {
                0
            }
        })
        .collect();
    lines.sort_unstable();
    let exceptions = ((1.0 - FRAME_FRACTION) * lines.len() as f64) as usize;
    let common = lines.get(exceptions).copied().unwrap_or_default();
    let beginning: Vec<u16> = runs
        .iter()
        .filter(|run| run.has_edge() && run.lines.abs_diff(common) <= 1)
        .map(|run| run.lines)
        .collect();
    let is_edge = beginning.len() as f64 >= EDGE_FRACTION * runs.len() as f64;
    let further = beginning.iter().filter(|lines| **lines > common).count();
    let spoilt = u16::from(2 * further > beginning.len());
    if is_edge { common + spoilt } else { 0 }
}

fn median_color(runs: &[Run]) -> Option<[u8; 3]> {
    let colors: Vec<[u8; 3]> = runs.iter().map(|run| run.color).collect();
    (!colors.is_empty()).then(|| super::median_color(&colors))
}
