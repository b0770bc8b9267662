//! The list of kinds beside a review, each with how much of it is open.

use eframe::egui;

use super::super::facet_value::{Value, value_ui};
use super::super::found::Found;
use crate::catalog::{Decision, Snapshot};
use crate::curate::{Kind, Subject};
use crate::ui::number;

/// Of each kind, worked out once for each version of catalog and findings.
#[derive(Default)]
pub struct OpenCounts {
    of: Option<(u64, u64)>,
    counts: Vec<(Kind, KindCount)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCount {
    /// Findings about images that nobody has decided on.
    pub open: usize,
    pub all: usize,
    /// Files that are no images of the project.
    pub files: usize,
}

impl OpenCounts {
    /// Kinds that were found, in their order.
    pub fn of(&mut self, found: &Found, serial: u64, snapshot: &Snapshot) -> &[(Kind, KindCount)] {
        let key = (serial, snapshot.version);
        if self.of != Some(key) {
            self.of = Some(key);
            self.counts = counts(found, snapshot);
        }
        &self.counts
    }

    pub fn known(&self) -> &[(Kind, KindCount)] {
        &self.counts
    }
}

fn counts(found: &Found, snapshot: &Snapshot) -> Vec<(Kind, KindCount)> {
    let mut counts: Vec<(Kind, KindCount)> = found
        .kinds()
        .map(|kind| (kind, KindCount::default()))
        .collect();
    let mut last = 0;
    for finding in &found.findings.list {
        if counts.get(last).map(|(kind, _)| *kind) != Some(finding.kind) {
            let place = counts.iter().position(|(kind, _)| *kind == finding.kind);
            last = place.unwrap_or_default();
        }
        let Some((_, count)) = counts.get_mut(last) else {
            continue;
        };
        count.all += 1;
        match finding.subject {
            Subject::File { .. } => count.files += 1,
            Subject::Image(id) => {
                let image = snapshot.image(id);
                let is_open = image.is_some_and(|image| image.decision == Decision::Undecided);
                count.open += usize::from(is_open);
            }
        }
    }
    counts
}

/// Returns the kind that was clicked.
pub fn kinds_ui(
    ui: &mut egui::Ui,
    counts: &[(Kind, KindCount)],
    current: Option<Kind>,
) -> Option<Kind> {
    let mut clicked = None;
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    for &(kind, count) in counts {
        let number = if count.open > 0 {
            count.open
        } else {
            count.files
        };
        let help = format!(
            "{}. {} found, {} open",
            kind.help(),
            number::count(count.all),
            number::count(count.open)
        );
        let value = Value {
            label: format!("review {kind}"),
            text: kind.title(),
            help: Some(&help),
            count: number,
            color: None,
            is_on: current == Some(kind),
        };
        if value_ui(ui, &value).is_some() {
            clicked = Some(kind);
        }
    }
    ui.spacing_mut().item_spacing.y = spacing;
    clicked
}
