//! Cull as a review: the kinds and the threshold left, the room of the queue in all the rest.

use eframe::egui;

use super::CullPage;
use super::mode::Mode;
use super::review::keys;
use super::review::keys::Intent;
use super::review::kinds_ui::kinds_ui;
use super::review::stage_ui::{StageWish, stage_ui};
use super::review::swipe::Swipe;
use super::review::swipe_ui::{SwipeEnd, swipe_ui};
use super::review::threshold_ui::{Scale, ThresholdWish};
use super::scan_ui::{nothing_found_ui, scan_line_ui};
use crate::catalog::Snapshot;
use crate::curate::Kind;
use crate::ui::context::ViewCtx;
use crate::ui::failure::capitalized;
use crate::ui::widgets::scrolled::scrolled_ui;

impl CullPage {
    /// Findings that nobody has decided on.
    pub(super) fn open_findings(&mut self, snapshot: &Snapshot) -> usize {
        let found = self.checks.found();
        let counts = self.review.open.of(found, self.checks.serial(), snapshot);
        counts.iter().map(|(_, count)| count.open).sum()
    }

    /// To the queue of a kind, from wherever.
    pub(super) fn review(&mut self, kind: Kind, snapshot: &Snapshot) {
        self.mode = Mode::Review;
        self.review.open(kind, self.checks.found(), snapshot);
    }

    /// From another page; the findings may not have been read yet.
    pub fn open_review(&mut self, kind: Kind) {
        self.mode = Mode::Review;
        self.asked_review = Some(kind);
    }

    /// Once the findings were read.
    pub(super) fn begin_asked_review(&mut self, snapshot: &Snapshot) {
        if self.checks.has_read()
            && let Some(kind) = self.asked_review.take()
        {
            self.review(kind, snapshot);
        }
    }

    /// Below the modes in the left panel.
    pub(super) fn kinds_ui(
        &mut self,
        ui: &mut egui::Ui,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) {
        scan_line_ui(ui, &self.checks, ctx);
        let area = egui::ScrollArea::vertical()
            .id_salt("kinds")
            .auto_shrink(false);
        scrolled_ui(ui, area, |ui, _| {
            let current = self.review.kind();
            if let Some(kind) = kinds_ui(ui, self.review.open.known(), current) {
                self.review.open(kind, self.checks.found(), snapshot);
            }
            if let Some(kind) = self.review.kind() {
                ui.separator();
                self.threshold_ui(ui, kind, snapshot, ctx);
            }
            for note in &self.checks.findings().notes {
                let weak = crate::ui::theme::palette(ui).text_weak;
                let note = crate::ui::theme::small(capitalized(note)).color(weak);
                ui.add(egui::Label::new(note).wrap());
            }
        });
    }

    fn threshold_ui(
        &mut self,
        ui: &mut egui::Ui,
        kind: Kind,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) {
        let Some(threshold) = self.checks.settings(ctx).threshold(kind) else {
            return;
        };
        let found = std::sync::Arc::clone(self.checks.found());
        let Some(measured) = found.findings.measured.get(&kind) else {
            return;
        };
        let scale = Scale {
            kind,
            threshold,
            measured,
            serial: self.checks.serial(),
        };
        match self.review.threshold.ui(ui, &scale, snapshot, ctx) {
            Some(ThresholdWish::Set(value)) => self.checks.set_threshold(kind, value, ctx),
            Some(ThresholdWish::Swipe) => {
                let seed = self.checks.serial();
                self.review.swipe = Swipe::new(kind, threshold, measured, seed);
                if self.review.swipe.is_none() {
                    ctx.toast("There is no image to ask about");
                }
            }
            Some(ThresholdWish::Show(image)) => {
                self.mode = Mode::Images;
                self.go_to(vec![image]);
            }
            None => {}
        }
    }

    /// In the middle and the right.
    pub(super) fn stage_ui(
        &mut self,
        ui: &mut egui::Ui,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) {
        let found = std::sync::Arc::clone(self.checks.found());
        // Sizes and equal files are told without a scan; that is little to begin with.
        let is_new = self.checks.findings().unscanned >= snapshot.images.len();
        if is_new || !self.checks.has_read() {
            nothing_found_ui(ui, &self.checks, ctx);
            return;
        }
        if self.review.kind().is_none() {
            let known = self.review.open.known().iter();
            let first = known
                .clone()
                .find(|(_, count)| count.open > 0)
                .or(known.clone().next());
            let Some((kind, _)) = first.copied() else {
                nothing_found_ui(ui, &self.checks, ctx);
                return;
            };
            self.review.open(kind, &found, snapshot);
        }
        self.review.follow(&found, self.checks.serial(), snapshot);
        if let Some(swipe) = &mut self.review.swipe {
            let end = swipe_ui(ui, swipe, snapshot, ctx);
            let kind = swipe.kind;
            if end.is_some() {
                self.review.swipe = None;
            }
            if let Some(SwipeEnd::Set(value)) = end {
                self.checks.set_threshold(kind, Some(value), ctx);
            }
            return;
        }
        if ctx.keys_are_free(ui) {
            let is_group = self.review.kind().is_some_and(Kind::has_groups);
            for intent in keys::take(ui, is_group) {
                self.do_in_review(intent, snapshot, ctx);
            }
        }
        let wish = stage_ui(ui, &mut self.review, &found.findings, snapshot, ctx);
        match wish {
            Some(StageWish::Do(intent)) => self.do_in_review(intent, snapshot, ctx),
            Some(StageWish::Open(kind)) => self.review.open(kind, &found, snapshot),
            Some(StageWish::Leave) => self.mode = Mode::Images,
            None => {}
        }
    }

    fn do_in_review(&mut self, intent: Intent, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        if intent == Intent::Leave {
            self.mode = Mode::Images;
        } else {
            self.review.act(intent, snapshot, ctx);
        }
    }
}
