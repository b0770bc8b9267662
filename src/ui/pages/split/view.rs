//! Which films and classes of many are looked at: searched, folded, only one.

use std::collections::BTreeSet;

use super::model::{Film, SplitModel};
use crate::catalog::SourceId;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Part of a class' or a film's name.
    pub search: String,
    folded: BTreeSet<SourceId>,
    only_class: Option<String>,
}

impl View {
    fn matches(&self, name: &str) -> bool {
        name.to_lowercase()
            .contains(&self.search.trim().to_lowercase())
    }

    pub fn shows_class(&self, class: &str) -> bool {
        let is_chosen = self.only_class.as_ref().is_none_or(|only| only == class);
        is_chosen && self.matches(class)
    }

    pub fn shows_film(&self, film: &Film) -> bool {
        let class = &film.class_name;
        let is_chosen = self.only_class.as_ref().is_none_or(|only| only == class);
        is_chosen && (self.matches(&film.name) || self.matches(class))
    }

    /// Only its header is shown.
    pub fn is_folded(&self, film: SourceId) -> bool {
        self.folded.contains(&film)
    }

    pub fn toggle_fold(&mut self, film: SourceId) {
        if !self.folded.remove(&film) {
            self.folded.insert(film);
        }
    }

    /// Folds all films but this one; again: unfolds all.
    pub fn fold_others(&mut self, film: SourceId, model: &SplitModel) {
        let others: BTreeSet<SourceId> = model
            .films
            .iter()
            .map(|film| film.source)
            .filter(|other| *other != film)
            .collect();
        self.folded = if self.folded == others {
            BTreeSet::new()
        } else {
            others
        };
    }

    pub fn only_class(&self) -> Option<&str> {
        self.only_class.as_deref()
    }

    /// Shows this class alone; again: all.
    pub fn toggle_only(&mut self, class: &str) {
        let is_only = self.only_class.as_deref() == Some(class);
        self.only_class = (!is_only).then(|| class.to_owned());
    }

    pub fn show_all_classes(&mut self) {
        self.only_class = None;
    }

    /// Makes sure that the film is seen with its scenes.
    pub fn reveal(&mut self, film: &Film) {
        self.folded.remove(&film.source);
        if !self.shows_film(film) {
            self.search.clear();
            self.only_class = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(source: i64, name: &str, class: &str) -> Film {
        Film {
            source: SourceId(source),
            name: name.to_owned(),
            class_name: class.to_owned(),
            class_index: None,
            blocks: Vec::new(),
            train: 0,
            valid: 0,
        }
    }

    #[test]
    fn a_film_is_found_by_its_name_and_its_class() {
        let film = film(1, "Holiday 2019", "elves");
        let mut view = View::default();
        for (search, is_found) in [("holi", true), ("ELVES ", true), ("orcs", false)] {
            view.search = search.to_owned();
            assert_eq!(view.shows_film(&film), is_found, "{search}");
        }
        view.reveal(&film);
        assert!(view.shows_film(&film));
        view.toggle_only("orcs");
        assert!(!view.shows_film(&film) && view.shows_class("orcs"));
        view.toggle_only("orcs");
        assert!(view.shows_film(&film));
    }

    #[test]
    fn only_one_film_is_unfolded_and_then_all_again() {
        let model = SplitModel {
            films: (1..4).map(|id| film(id, "film", "elves")).collect(),
            ..SplitModel::default()
        };
        let mut view = View::default();
        view.fold_others(SourceId(2), &model);
        let folded: Vec<bool> = (1..4).map(|id| view.is_folded(SourceId(id))).collect();
        assert_eq!(folded, [true, false, true]);
        view.fold_others(SourceId(2), &model);
        assert!(!view.is_folded(SourceId(1)));
    }
}
