//! The cursor and what is selected, as ids, so that both survive filters and edits.

use std::collections::BTreeSet;

use crate::catalog::ImageId;

/// An edit goes to the selected images, or to the one under the cursor if none is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub cursor: Option<ImageId>,
    /// Where a range began.
    anchor: Option<ImageId>,
    pub selected: BTreeSet<ImageId>,
}

impl Selection {
    pub fn targets(&self) -> Vec<ImageId> {
        if self.selected.is_empty() {
            self.cursor.into_iter().collect()
        } else {
            self.selected.iter().copied().collect()
        }
    }

    /// A plain click or a move by keys.
    pub fn move_to(&mut self, image: ImageId) {
        self.cursor = Some(image);
        self.anchor = Some(image);
    }

    pub fn click(&mut self, image: ImageId) {
        self.selected.clear();
        self.move_to(image);
    }

    /// Ctrl+click: the image under the cursor was meant as well, if nothing was selected yet.
    pub fn ctrl_click(&mut self, image: ImageId) {
        if self.selected.is_empty()
            && let Some(cursor) = self.cursor
            && cursor != image
        {
            self.selected.insert(cursor);
        }
        self.toggle(image);
        self.move_to(image);
    }

    pub fn toggle(&mut self, image: ImageId) {
        if !self.selected.remove(&image) {
            self.selected.insert(image);
        }
    }

    /// Shift+click or Shift+arrow: everything between the anchor and `image` in the order shown.
    pub fn extend_to(&mut self, image: ImageId, shown: &[ImageId]) {
        let anchor = self.anchor.or(self.cursor).unwrap_or(image);
        let place = |id| shown.iter().position(|other| *other == id);
        if let (Some(a), Some(b)) = (place(anchor), place(image)) {
            self.selected = shown
                .iter()
                .skip(a.min(b))
                .take(a.abs_diff(b) + 1)
                .copied()
                .collect();
        }
        self.anchor = Some(anchor);
        self.cursor = Some(image);
    }

    pub fn clear(&mut self) {
        self.selected.clear();
        self.anchor = self.cursor;
    }

    /// After an edit or a new filter: forgets what is no longer shown. If the cursor's image is gone, the one that
    /// now stands in its `place` (its old position in the grid) takes over.
    pub fn keep_to(&mut self, shown: &[ImageId], place: usize) {
        let sorted: BTreeSet<ImageId> = shown.iter().copied().collect();
        self.selected.retain(|image| sorted.contains(image));
        if self.cursor.is_none_or(|cursor| !sorted.contains(&cursor)) {
            self.cursor = shown.get(place).or(shown.last()).copied();
            self.anchor = self.cursor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: &[i64]) -> Vec<ImageId> {
        numbers.iter().map(|number| ImageId(*number)).collect()
    }

    #[test]
    fn a_range_runs_from_the_anchor_in_the_order_shown() {
        let shown = ids(&[5, 3, 9, 1]);
        let mut selection = Selection::default();
        selection.click(ImageId(9));
        selection.extend_to(ImageId(5), &shown);
        assert_eq!(selection.targets(), ids(&[3, 5, 9]));
        selection.extend_to(ImageId(1), &shown);
        assert_eq!(selection.targets(), ids(&[1, 9]));
    }

    #[test]
    fn ctrl_click_takes_the_cursor_along_and_toggles() {
        let mut selection = Selection::default();
        selection.click(ImageId(1));
        selection.ctrl_click(ImageId(2));
        assert_eq!(selection.targets(), ids(&[1, 2]));
        selection.ctrl_click(ImageId(2));
        assert_eq!(selection.targets(), ids(&[1]));
    }

    #[test]
    fn the_cursor_stays_in_place_when_its_image_is_filtered_away() {
        let mut selection = Selection::default();
        selection.click(ImageId(3));
        selection.keep_to(&ids(&[1, 2, 4]), 2);
        assert_eq!(selection.cursor, Some(ImageId(4)));
        selection.keep_to(&ids(&[1, 2]), 2);
        assert_eq!(selection.cursor, Some(ImageId(2)));
        selection.keep_to(&[], 0);
        assert_eq!(selection.cursor, None);
    }
}
