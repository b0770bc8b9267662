//! Where the grid's cells lie: rows of images of equal height, each as wide as its aspect asks for, so that neither a
//! square swims in the cell of a film frame nor a frame is small in that of a square.
//!
//! Rows are filled as text is: as many images as fit at the height asked for, then enlarged until the row ends at the
//! panel's edge (as photo pages do; "justified layout"). Worked out once for a list and a width; a place or a point is
//! then found by halving, so that 20,000 images scroll like 200.

use std::ops::Range;

use eframe::egui::{self, Rect};

use super::keys::Step;
use crate::ui::theme;

pub const GAP: f32 = theme::GAP_TINY;
/// Width by height of what still looks like a grid; others are letterboxed.
const RATIOS: std::ops::RangeInclusive<f32> = 0.5..=2.4;
/// Of the height asked for; a row of one image would otherwise fill the page.
const MAX_ENLARGED: f32 = 1.5;
const MIN_REDUCED: f32 = 0.75;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    first: usize,
    /// Of the content, in points.
    top: f32,
    /// Of the images; the decision's edge comes below.
    height: f32,
}

/// Relative to the top left corner of the content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    rows: Vec<Row>,
    /// Left edge and width of each cell.
    columns: Vec<(f32, f32)>,
}

impl Rows {
    /// `ratios`: width by height of each image; `height`: of an image in points; `width`: of the panel.
    pub fn new(ratios: impl Iterator<Item = f32>, height: f32, width: f32) -> Self {
        let ratios: Vec<f32> = ratios
            .map(|ratio| ratio.clamp(*RATIOS.start(), *RATIOS.end()))
            .collect();
        let mut rows = Self {
            rows: Vec::new(),
            columns: Vec::with_capacity(ratios.len()),
        };
        let mut first = 0;
        let mut top = 0.0;
        while first < ratios.len() {
            let rest = ratios.get(first..).unwrap_or_default();
            let (count, row_height) = filled(rest, height, width);
            let row = Row {
                first,
                top,
                height: row_height,
            };
            let mut left = 0.0;
            for ratio in rest.iter().take(count) {
                rows.columns.push((left, ratio * row_height));
                left += ratio * row_height + GAP;
            }
            top += row.pitch();
            first += count;
            rows.rows.push(row);
        }
        rows
    }

    /// Of all rows.
    pub fn height(&self) -> f32 {
        self.rows.last().map_or(0.0, |row| row.top + row.pitch())
    }

    pub fn rect(&self, place: usize) -> Rect {
        let row = self.rows.get(self.row_of(place));
        let (Some(row), Some((left, width))) = (row, self.columns.get(place)) else {
            return Rect::ZERO;
        };
        let size = egui::vec2(*width, row.height + theme::EDGE);
        Rect::from_min_size(egui::pos2(*left, row.top), size)
    }

    /// Places of the rows between two heights.
    pub fn visible(&self, top: f32, bottom: f32) -> Range<usize> {
        let first = self
            .rows
            .partition_point(|row| row.top + row.pitch() <= top);
        let end = self.rows.partition_point(|row| row.top < bottom);
        self.first_of(first)..self.first_of(end.max(first))
    }

    /// Places of the cells that touch `area`.
    pub fn touching(&self, area: Rect) -> Vec<usize> {
        self.visible(area.min.y, area.max.y)
            .filter(|place| self.rect(*place).intersects(area))
            .collect()
    }

    /// Where `step` leads from `place`; a page is `view_height` points.
    pub fn moved(&self, place: usize, step: Step, view_height: f32) -> usize {
        let last = self.columns.len().saturating_sub(1);
        let row = self.row_of(place);
        let rows_in = |height: f32| {
            let pitch = self.rows.get(row).map_or(1.0, Row::pitch);
            ((height / pitch) as usize).max(1)
        };
        let target = match step {
            Step::Left => place.saturating_sub(1),
            Step::Right => place + 1,
            Step::Up => self.in_row(place, row.checked_sub(1)),
            Step::Down => self.in_row(place, Some(row + 1)),
            Step::PageUp => self.in_row(place, Some(row.saturating_sub(rows_in(view_height)))),
            Step::PageDown => {
                let below = (row + rows_in(view_height)).min(self.rows.len().saturating_sub(1));
                self.in_row(place, Some(below))
            }
            Step::First => 0,
            Step::Last => last,
        };
        target.min(last)
    }

    /// The place of `row` that lies nearest above or below `place`; no move if there is no such row.
    fn in_row(&self, place: usize, row: Option<usize>) -> usize {
        let center = self.rect(place).center().x;
        let Some(row) = row.filter(|row| *row < self.rows.len()) else {
            return place;
        };
        let off = |place: &usize| (self.rect(*place).center().x - center).abs();
        (self.first_of(row)..self.first_of(row + 1))
            .min_by(|a, b| off(a).total_cmp(&off(b)))
            .unwrap_or(place)
    }

    fn row_of(&self, place: usize) -> usize {
        let after = self.rows.partition_point(|row| row.first <= place);
        after.saturating_sub(1)
    }

    /// Behind the last row: the number of places.
    fn first_of(&self, row: usize) -> usize {
        let first = self.rows.get(row).map(|row| row.first);
        first.unwrap_or(self.columns.len())
    }
}

impl Row {
    /// From its top to the next row's.
    fn pitch(&self) -> f32 {
        self.height + theme::EDGE + GAP
    }
}

/// How many of `ratios` fill a row, at least one, and how high it gets. The last row is not enlarged.
fn filled(ratios: &[f32], height: f32, width: f32) -> (usize, f32) {
    let mut sum = 0.0;
    for (count, ratio) in ratios.iter().enumerate() {
        let wider = (sum + ratio) * height + GAP * count as f32;
        // A hair over the edge is rounding.
        if count > 0 && wider > width + 0.01 {
            let full = (width - GAP * (count - 1) as f32) / sum;
            if full <= height * MAX_ENLARGED {
                return (count, full);
            }
            // In a narrow panel one more, somewhat smaller, leaves less of the row empty.
            let smaller = (width - GAP * count as f32) / (sum + ratio);
            return if smaller >= height * MIN_REDUCED {
                (count + 1, smaller)
            } else {
                (count, height * MAX_ENLARGED)
            };
        }
        sum += ratio;
    }
    let gaps = GAP * ratios.len().saturating_sub(1) as f32;
    (ratios.len(), height.min((width - gaps) / sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(count: usize, width: f32) -> Rows {
        Rows::new(std::iter::repeat_n(4.0 / 3.0, count), 75.0, width)
    }

    #[test]
    fn only_rows_in_view_are_visited() {
        let rows = uniform(20_000, 800.0);
        let visible = rows.visible(10_000.0, 10_600.0);
        assert!(visible.len() < 7 * 10, "{visible:?}");
        assert!(visible.start > 0 && visible.end < 20_000);
        assert_eq!(rows.visible(0.0, 1.0), 0..7);
    }

    #[test]
    fn rows_end_at_the_edge_and_keep_every_aspect() {
        let ratios = [1.0, 16.0 / 9.0, 1.0, 0.75, 16.0 / 9.0, 16.0 / 9.0, 1.0, 1.0];
        let rows = Rows::new(ratios.into_iter(), 100.0, 500.0);
        for (place, ratio) in ratios.into_iter().enumerate() {
            let rect = rows.rect(place);
            let height = rect.height() - theme::EDGE;
            assert!((rect.width() / height - ratio).abs() < 1e-3);
            assert!((100.0..=150.0).contains(&height), "{height}");
            let next = rows.rect(place + 1);
            if next.min.y > rect.min.y {
                assert!((rect.max.x - 500.0).abs() < 0.1, "{rect:?}");
            }
        }
    }

    #[test]
    fn a_narrow_panel_is_not_left_half_empty() {
        let rows = Rows::new(std::iter::repeat_n(1.6, 5), 100.0, 322.0);
        let second = rows.rect(1);
        assert!((second.max.x - 322.0).abs() < 0.1, "{second:?}");
        assert!(rows.rect(2).min.y > second.min.y);
    }

    #[test]
    fn a_band_takes_what_it_touches() {
        let rows = uniform(9, 320.0);
        let band = Rect::from_two_pos(rows.rect(1).center(), rows.rect(5).center());
        assert_eq!(rows.touching(band), [1, 2, 4, 5]);
    }

    #[test]
    fn moves_stay_inside_and_keep_the_column() {
        let rows = uniform(10, 420.0);
        let two_rows = 2.0 * rows.rows[0].pitch();
        let go = |place, step| rows.moved(place, step, two_rows);
        assert_eq!(go(0, Step::Left), 0);
        assert_eq!(go(9, Step::Right), 9);
        assert_eq!(go(1, Step::Up), 1);
        assert_eq!(go(5, Step::Down), 9);
        assert_eq!(go(6, Step::Down), 9);
        assert_eq!(go(9, Step::Down), 9);
        assert_eq!(go(9, Step::PageUp), 1);
        assert_eq!(go(0, Step::PageDown), 8);
        assert_eq!((go(3, Step::First), go(3, Step::Last)), (0, 9));
        assert_eq!(Rows::default().moved(0, Step::Right, 100.0), 0);
    }
}
