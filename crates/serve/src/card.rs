//! What a visitor should know of the model before believing it: the document of `GET /api/model`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cutting_room_core::catalog::Credit;
use cutting_room_core::explain::colormap::Colormap;
use cutting_room_core::export::bundle::ModelCard;
use serde::Serialize;
use utoipa::ToSchema;

use crate::check::Check;
use crate::problem::sentence;

/// Classes that are named as weak at most.
const WEAK: usize = 3;

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Card {
    /// Of the program that trained it.
    pub program: String,
    pub project: String,
    pub run: String,
    /// A date in UTC, such as 2026-11-26.
    pub trained: String,
    pub architecture: String,
    pub classes: Vec<String>,
    /// Images that it was trained on.
    pub train_images: usize,
    /// Images that it was measured on.
    pub valid_images: usize,
    /// Part of those that it knows, 0 to 1.
    pub accuracy: Option<f64>,
    /// Of the accuracy, with 95 %.
    pub interval: Option<[f64; 2]>,
    /// Why the accuracy looks better than it is.
    pub caveats: Vec<String>,
    /// Classes that it knows less well than the rest, the least known first; `null` if it was not measured class by class.
    pub weak_at: Option<Vec<WeakClass>>,
    pub not_for: String,
    /// Collected images that it was trained on, by licence.
    pub licences: BTreeMap<String, usize>,
    /// By whom those are, as far as that is known here.
    pub credits: Vec<CreditLine>,
    /// Whether it answers as it did when it was measured.
    pub check: String,
    pub check_passed: bool,
    /// Colors of a heatmap from its least to its greatest value: 256 of six hexadecimal digits each.
    pub colors: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WeakClass {
    pub class: String,
    /// Images of it that the model was measured on.
    pub images: usize,
    /// Part of them that it takes for the class, 0 to 1.
    pub recall: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreditLine {
    pub title: Option<String>,
    pub author: Option<String>,
    pub licence: Option<String>,
    /// Where the image was found.
    pub page: String,
}

impl Card {
    pub(crate) fn of(card: &ModelCard, credits: &[Credit], check: &Check) -> Self {
        Self {
            program: card.program.clone(),
            project: card.project.clone(),
            run: card.run.clone(),
            trained: card.trained.clone(),
            architecture: card.architecture.clone(),
            classes: card.classes.clone(),
            train_images: card.train_images,
            valid_images: card.valid_images,
            accuracy: card.accuracy,
            interval: card.interval,
            caveats: card.caveats.clone(),
            weak_at: weak_at(card),
            not_for: ModelCard::NOT_FOR.replace('\n', " "),
            licences: card.licences.clone(),
            credits: credits.iter().map(CreditLine::of).collect(),
            check: sentence(&check.text()),
            check_passed: check.is_passed(),
            colors: colors(),
        }
    }
}

impl CreditLine {
    fn of(credit: &Credit) -> Self {
        let from = &credit.provenance;
        Self {
            title: from.title.clone(),
            author: from.author.clone(),
            licence: from.licence.clone(),
            page: from.page.clone().unwrap_or_else(|| from.url.clone()),
        }
    }
}

/// Those below the mean of the classes.
fn weak_at(card: &ModelCard) -> Option<Vec<WeakClass>> {
    let known = &card.per_class;
    if known.is_empty() {
        return None;
    }
    let sum: f64 = known.iter().map(|class| class.recall).sum();
    let mean = sum / known.len() as f64;
    // They come sorted, the least known first.
    let weak = known.iter().filter(|class| class.recall < mean).take(WEAK);
    let weak = weak.map(|class| WeakClass {
        class: class.class.clone(),
        images: class.images,
        recall: class.recall,
    });
    Some(weak.collect())
}

/// The studio's own, so that a heatmap looks the same in both.
fn colors() -> String {
    let mut colors = String::new();
    for entry in 0..256 {
        let [red, green, blue] = Colormap::default().color(entry as f32 / 256.0).0;
        // A string takes all that is written.
        let _ = write!(colors, "{red:02x}{green:02x}{blue:02x}");
    }
    colors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colors_are_those_of_the_studio() {
        let colors = colors();
        assert_eq!(colors.len(), 256 * 6);
        assert!(
            colors.starts_with("000004") && colors.ends_with("fcfdbf"),
            "{colors}"
        );
    }
}
