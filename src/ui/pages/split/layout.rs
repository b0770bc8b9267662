//! Where all films' headers and scene blocks lie, for one width, one version of the catalog and one view.

use eframe::egui::{Rect, pos2, vec2};

use super::block_ui;
use super::blocks::{self, BlockLine, BlockMetrics};
use super::model::{BlockPosition, Film, SplitModel};
use super::view::View;
use crate::ui::theme;

pub const HEADER_HEIGHT: f32 = 28.0;
const MEDIAN_BLOCK_WIDTH: f32 = 112.0;
const MIN_BLOCK_WIDTH: f32 = 84.0;
const MAX_BLOCK_WIDTH: f32 = 280.0;

#[derive(Default)]
pub struct Layout {
    key: Option<(u64, u32, View)>,
    /// As in the model; of no height if they are not looked at.
    pub films: Vec<FilmLayout>,
}

pub struct FilmLayout {
    pub top: f32,
    pub is_shown: bool,
    /// None of a folded film.
    pub lines: Vec<BlockLine>,
}

impl FilmLayout {
    pub fn height(&self) -> f32 {
        if !self.is_shown {
            return 0.0;
        }
        let lines = self.lines.len() as f32;
        HEADER_HEIGHT + lines * (block_ui::HEIGHT + theme::GAP_TINY) + theme::GAP_MEDIUM
    }

    pub fn line_top(&self, line: usize) -> f32 {
        self.top + HEADER_HEIGHT + line as f32 * (block_ui::HEIGHT + theme::GAP_TINY)
    }

    /// In the coordinates of the scrolled content.
    pub fn block_rect(&self, block: usize) -> Option<Rect> {
        let (number, line) = self
            .lines
            .iter()
            .enumerate()
            .find(|(_, line)| line.blocks.contains(&block))?;
        let (left, width) = *line.spans.get(block - line.blocks.start)?;
        let corner = pos2(left, self.line_top(number));
        Some(Rect::from_min_size(corner, vec2(width, block_ui::HEIGHT)))
    }
}

impl Layout {
    pub fn height(&self) -> f32 {
        self.films
            .last()
            .map_or(0.0, |film| film.top + film.height())
    }

    pub fn follow(&mut self, model: &SplitModel, view: &View, version: u64, width: f32) {
        let is_current = self
            .key
            .as_ref()
            .is_some_and(|(of, at, seen)| (*of, *at, seen) == (version, width.to_bits(), view));
        if is_current {
            return;
        }
        self.key = Some((version, width.to_bits(), view.clone()));
        let frames = |film: &Film| -> Vec<usize> {
            film.blocks
                .iter()
                .map(|block| block.images.len().max(1))
                .collect()
        };
        let metrics = BlockMetrics {
            line_width: width,
            gap: theme::GAP_TINY,
            min_width: MIN_BLOCK_WIDTH,
            max_width: MAX_BLOCK_WIDTH,
            frame_width: BlockMetrics::frame_width_for(
                model.films.iter().flat_map(frames).collect(),
                MEDIAN_BLOCK_WIDTH,
            ),
        };
        let mut top = 0.0;
        self.films = model
            .films
            .iter()
            .map(|film| {
                let is_shown = view.shows_film(film);
                let lines = if is_shown && !view.is_folded(film.source) {
                    blocks::lay_out(&frames(film), &metrics)
                } else {
                    Vec::new()
                };
                let layout = FilmLayout {
                    top,
                    is_shown,
                    lines,
                };
                top += layout.height();
                layout
            })
            .collect();
    }

    fn is_seen(&self, place: BlockPosition) -> bool {
        let film = self.films.get(place.film);
        film.is_some_and(|film| !film.lines.is_empty())
    }

    /// The block `by` places further in reading order among those that are seen; stops at the first and last.
    pub fn step(
        &self,
        model: &SplitModel,
        from: BlockPosition,
        by: isize,
    ) -> Option<BlockPosition> {
        let places: Vec<BlockPosition> = model
            .places()
            .filter(|place| self.is_seen(*place))
            .collect();
        // Of a place that is not seen itself, the next one that is.
        let at = places.partition_point(|place| *place < from);
        let target = at
            .saturating_add_signed(by)
            .min(places.len().checked_sub(1)?);
        places.get(target).copied()
    }

    /// The nearest block in the line above or below, over the films' ends.
    pub fn vertical(&self, place: BlockPosition, down: isize) -> Option<BlockPosition> {
        let lines = &self.films.get(place.film)?.lines;
        if let Some(block) = blocks::vertical_neighbor(lines, place.block, down) {
            return Some(BlockPosition { block, ..place });
        }
        let (left, width) = lines.iter().find_map(|line| {
            line.blocks
                .contains(&place.block)
                .then(|| line.spans.get(place.block - line.blocks.start).copied())?
        })?;
        let mut film = place.film;
        loop {
            film = film.checked_add_signed(down)?;
            let lines = &self.films.get(film)?.lines;
            let line = if down < 0 {
                lines.last()
            } else {
                lines.first()
            };
            if let Some(line) = line {
                let block = blocks::nearest_in_line(line, left + width / 2.0)?;
                return Some(BlockPosition { film, block });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ImageId, SceneId, Side, SourceId};
    use crate::ui::pages::split::model::SceneBlock;

    fn film(source: i64, name: &str, scenes: std::ops::Range<i64>) -> Film {
        let block = |id: i64| SceneBlock {
            id: SceneId(id),
            name: format!("{name}:{id}"),
            number: id as u32,
            side: Side::Train,
            group: None,
            linked: 0,
            train: 1,
            valid: 0,
            images: vec![ImageId(id)],
            poster: Some(ImageId(id)),
            rejected: 0,
        };
        Film {
            source: SourceId(source),
            name: name.to_owned(),
            class_name: name.to_owned(),
            class_index: None,
            blocks: scenes.map(block).collect(),
            train: 0,
            valid: 0,
        }
    }

    #[test]
    fn steps_cross_from_film_to_film_and_stop_at_the_ends() {
        let model = SplitModel {
            films: vec![
                film(1, "elves", 1..4),
                film(2, "orcs", 4..6),
                film(3, "trolls", 6..8),
            ],
            ..SplitModel::default()
        };
        let mut view = View::default();
        let mut layout = Layout::default();
        layout.follow(&model, &view, 1, 1000.0);
        let place = |film, block| BlockPosition { film, block };
        let last_of_first = place(0, 2);
        assert_eq!(layout.step(&model, last_of_first, 1), Some(place(1, 0)));
        assert_eq!(layout.step(&model, last_of_first, 99), Some(place(2, 1)));
        assert_eq!(layout.step(&model, last_of_first, -99), Some(place(0, 0)));
        assert_eq!(layout.vertical(place(0, 0), 1), Some(place(1, 0)));

        view.toggle_fold(SourceId(2));
        layout.follow(&model, &view, 1, 1000.0);
        assert_eq!(layout.step(&model, last_of_first, 1), Some(place(2, 0)));
        assert_eq!(layout.vertical(place(0, 0), 1), Some(place(2, 0)));
        view.search = "troll".to_owned();
        layout.follow(&model, &view, 1, 1000.0);
        assert_eq!(layout.films[0].height(), 0.0);
        assert_eq!(layout.step(&model, last_of_first, 1), Some(place(2, 1)));
    }
}
