//! Where the blocks of a film's timeline lie: width by frames, wrapped into lines that end flush.
//!
//! A block is never narrower than an image needs, so a film of forty scenes takes several lines instead of turning
//! into unreadable slivers, and nothing scrolls sideways.

use std::ops::Range;

/// Sizes in points, given by the page so that this stays arithmetic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockMetrics {
    pub line_width: f32,
    pub gap: f32,
    pub min_width: f32,
    pub max_width: f32,
    /// Points for one frame.
    pub frame_width: f32,
}

impl BlockMetrics {
    /// A scale at which the median scene of the project gets about `median_width`; every film shares it, so that
    /// widths compare over films.
    pub fn frame_width_for(mut scene_frames: Vec<usize>, median_width: f32) -> f32 {
        scene_frames.sort_unstable();
        let median = scene_frames
            .get(scene_frames.len() / 2)
            .copied()
            .unwrap_or(1);
        median_width / median.max(1) as f32
    }
}

/// One line of blocks: which blocks of the film, and the left edge and width of each.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockLine {
    pub blocks: Range<usize>,
    pub spans: Vec<(f32, f32)>,
}

/// Greedy line breaking; all lines but the last are stretched to end flush.
pub fn lay_out(frames: &[usize], metrics: &BlockMetrics) -> Vec<BlockLine> {
    let natural: Vec<f32> = frames
        .iter()
        .map(|&count| {
            (count as f32 * metrics.frame_width)
                .clamp(metrics.min_width, metrics.max_width)
                .min(metrics.line_width.max(1.0))
        })
        .collect();
    let mut lines = Vec::new();
    let mut start = 0;
    let mut used = 0.0;
    for (index, &width) in natural.iter().enumerate() {
        let with_gap = if index == start {
            width
        } else {
            width + metrics.gap
        };
        if index > start && used + with_gap > metrics.line_width {
            lines.push(place(start..index, &natural, metrics, true));
            start = index;
            used = width;
        } else {
            used += with_gap;
        }
    }
    if start < natural.len() {
        lines.push(place(start..natural.len(), &natural, metrics, false));
    }
    lines
}

fn place(
    blocks: Range<usize>,
    natural: &[f32],
    metrics: &BlockMetrics,
    is_flush: bool,
) -> BlockLine {
    let widths = natural.get(blocks.clone()).unwrap_or_default();
    let gaps = metrics.gap * widths.len().saturating_sub(1) as f32;
    let total: f32 = widths.iter().sum();
    let stretch = if is_flush && total > 0.0 {
        (metrics.line_width - gaps) / total
    } else {
        1.0
    };
    let mut left = 0.0;
    let spans = widths
        .iter()
        .map(|width| {
            let span = (left, width * stretch);
            left += span.1 + metrics.gap;
            span
        })
        .collect();
    BlockLine { blocks, spans }
}

/// The block above (`lines_down` = -1) or below (1) the given one: the one whose centre is nearest.
pub fn vertical_neighbor(lines: &[BlockLine], block: usize, lines_down: isize) -> Option<usize> {
    let at = lines.iter().position(|line| line.blocks.contains(&block))?;
    let line = lines.get(at)?;
    let (left, width) = *line.spans.get(block - line.blocks.start)?;
    let target = lines.get(at.checked_add_signed(lines_down)?)?;
    nearest_in_line(target, left + width / 2.0)
}

/// The block of `line` whose centre is nearest to `x`.
pub fn nearest_in_line(line: &BlockLine, x: f32) -> Option<usize> {
    let distance = |(left, width): &(f32, f32)| (left + width / 2.0 - x).abs();
    line.spans
        .iter()
        .enumerate()
        .min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)))
        .map(|(offset, _)| line.blocks.start + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(line_width: f32) -> BlockMetrics {
        BlockMetrics {
            line_width,
            gap: 4.0,
            min_width: 60.0,
            max_width: 300.0,
            frame_width: 10.0,
        }
    }

    #[test]
    fn every_block_is_in_one_line_and_none_overlaps_or_sticks_out() {
        let frames: Vec<usize> = (0..47).map(|i| i * 7 % 31 + 1).collect();
        for width in [50.0, 333.0, 640.0, 1500.0] {
            let lines = lay_out(&frames, &metrics(width));
            let covered: Vec<usize> = lines.iter().flat_map(|line| line.blocks.clone()).collect();
            assert_eq!(covered, (0..frames.len()).collect::<Vec<_>>());
            for line in &lines {
                let ends = line.spans.iter().map(|(left, width)| left + width);
                assert!(ends.clone().all(|end| end <= width + 0.01), "width {width}");
                for (end, next) in ends.zip(line.spans.iter().skip(1)) {
                    assert!((next.0 - end - 4.0).abs() < 0.01);
                }
            }
        }
    }

    #[test]
    fn more_frames_make_a_wider_block_within_the_bounds() {
        let lines = lay_out(&[1, 10, 20, 900], &metrics(4000.0));
        let widths: Vec<f32> = lines[0].spans.iter().map(|span| span.1).collect();
        assert_eq!(widths, [60.0, 100.0, 200.0, 300.0]);
    }

    #[test]
    fn the_neighbor_below_is_the_nearest_by_centre() {
        let lines = lay_out(&[10; 9], &metrics(312.0));
        assert_eq!(lines.len(), 3);
        assert_eq!(vertical_neighbor(&lines, 1, 1), Some(4));
        assert_eq!(vertical_neighbor(&lines, 4, -1), Some(1));
        assert_eq!(vertical_neighbor(&lines, 1, -1), None);
        assert_eq!(vertical_neighbor(&lines, 8, 1), None);
    }

    #[test]
    fn no_scene_makes_no_line() {
        assert!(lay_out(&[], &metrics(300.0)).is_empty());
    }
}
