//! The page's keys: arrows walk through the images, letters decide (with Shift on all of a chosen group) or show heatmaps, Enter
//! explains, Escape shows all.

use eframe::egui::{self, Key};

use super::EvaluatePage;
use super::listing::Part;
use super::measured::Measured;
use crate::catalog::{Decision, Edit};
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};

impl EvaluatePage {
    pub(super) fn keyboard(&mut self, ui: &egui::Ui, ctx: &mut ViewCtx<'_>, measured: &Measured) {
        if !ctx.keys_are_free(ui) || ui.memory(egui::Memory::focused).is_some() {
            return;
        }
        let pressed = |key: Key| {
            ui.input(|input| {
                input.key_pressed(key) && !input.modifiers.command && !input.modifiers.alt
            })
        };
        let columns = self.columns as isize;
        for (key, by) in [
            (Key::ArrowRight, 1),
            (Key::ArrowLeft, -1),
            (Key::ArrowDown, columns),
            (Key::ArrowUp, -columns),
        ] {
            if pressed(key) {
                self.step(by);
            }
        }
        if pressed(Key::Escape) {
            self.filter.part = Part::All;
        }
        if keys::take(ui, Shortcut::EvaluateHeatmaps) {
            self.heatmaps.are_shown = !self.heatmaps.are_shown;
        }
        if pressed(Key::Enter) {
            self.open(ctx, measured);
        }
        let decisions = [
            (Shortcut::EvaluateKeep, Decision::Keep),
            (Shortcut::EvaluateReject, Decision::Reject),
            (Shortcut::EvaluateClear, Decision::Undecided),
        ];
        for (shortcut, decision) in decisions {
            if keys::take_extended(ui, shortcut) {
                let images = self.group(measured);
                if self.filter.part != Part::All && !images.is_empty() {
                    ctx.edit(Edit::SetDecision { images, decision });
                }
            } else if keys::take(ui, shortcut)
                && let Some(image) = self.image(measured)
            {
                ctx.edit(Edit::SetDecision {
                    images: vec![image],
                    decision,
                });
                self.step(1);
            }
        }
    }

    /// To the image so many places further on; the first one if none is selected.
    fn step(&mut self, by: isize) {
        let places = &self.listing.places;
        let at = self
            .selected
            .and_then(|place| places.iter().position(|other| *other == place));
        let next = match at {
            Some(at) => at
                .checked_add_signed(by)
                .filter(|next| *next < places.len()),
            None => Some(0),
        };
        if let Some(place) = next.and_then(|next| places.get(next)) {
            self.selected = Some(*place);
            self.reveals = true;
        }
    }
}
