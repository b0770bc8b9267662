//! The honesty meter: two bars with their intervals, what a random split would claim and what this split says.

use eframe::egui::{self, Rect, Sense, pos2, vec2};

use crate::curate::honesty::Measured;
use crate::dataset::Split;
use crate::report::interval_text;
use crate::session::jobs::honesty::{FoundHonesty, HonestyCheck};
use crate::session::{Command, Job};
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::HONESTY;
use crate::ui::help::measured::of_interval;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme};

const NAME_WIDTH: f32 = 96.0;
const BAR: egui::Vec2 = vec2(220.0, 8.0);

/// What was measured last, as long as the split is the same.
#[derive(Default)]
pub struct HonestyMeter {
    version: Option<u64>,
    split_hash: Option<String>,
    found: Option<FoundHonesty>,
    is_measuring: bool,
}

impl HonestyMeter {
    pub fn follow(&mut self, ctx: &ViewCtx<'_>) {
        let snapshot = ctx.snapshot();
        if self.version != Some(snapshot.version) {
            self.version = Some(snapshot.version);
            self.split_hash = Split::of(snapshot).ok().map(|split| split.hash);
        }
        self.is_measuring = false;
        let mut newest = None;
        for view in ctx.session.jobs() {
            let Job::Honesty(check) = &*view.job else {
                continue;
            };
            self.is_measuring |= view.is_running();
            let is_newer = newest.as_ref().is_none_or(|(id, _)| *id < view.id);
            if let Some(found) = check.found.as_ref().filter(|_| is_newer) {
                newest = Some((view.id, found.clone()));
            }
        }
        self.found = newest.map(|(_, found)| found).or(self.found.take());
    }

    /// The button beside the other actions.
    pub fn button_ui(&self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        if self.split_hash.is_none() {
            return;
        }
        let button = ui
            .add_enabled(!self.is_measuring, egui::Button::new("Honesty meter"))
            .on_hover_text("Measures in seconds what a random split of these images would claim, and what this split says")
            .on_disabled_hover_text("It is being measured");
        if button.clicked() {
            ctx.send(Command::start(HonestyCheck::default()));
        }
    }

    /// The two bars, where they are about this split.
    pub fn ui(&self, ui: &mut egui::Ui) {
        let hash = self.split_hash.as_deref();
        let found = self.found.as_ref();
        let Some(found) = found.filter(|found| hash == Some(found.split_hash.as_str())) else {
            return;
        };
        let palette = theme::palette(ui);
        bar_ui(ui, "Random images", found.honesty.random, palette.warning);
        bar_ui(ui, "This split", found.honesty.split, palette.accent);
    }
}

fn bar_ui(ui: &mut egui::Ui, name: &str, measured: Measured, color: egui::Color32) {
    ui.horizontal(|ui| {
        let palette = theme::palette(ui);
        let (place, _) = ui.allocate_exact_size(vec2(NAME_WIDTH, BAR.y * 2.0), Sense::hover());
        ui.put(
            place,
            egui::Label::new(theme::small(name)).halign(egui::Align::LEFT),
        );
        let (bar, _) = ui.allocate_exact_size(BAR, Sense::hover());
        let at = |fraction: f64| bar.left() + bar.width() * fraction as f32;
        let painter = ui.painter();
        painter.rect_filled(bar, theme::RADIUS, palette.raised);
        let filled = Rect::from_min_max(bar.min, pos2(at(measured.accuracy), bar.bottom()));
        painter.rect_filled(filled, theme::RADIUS, color);
        let [low, high] = measured.interval.map(at);
        // With an outline in the color of the panel: on the bar itself neither a dark nor a light line would be seen.
        let [outline, line] = [
            egui::Stroke::new(4.5, palette.panel),
            egui::Stroke::new(1.5, palette.text),
        ];
        for stroke in [outline, line] {
            painter.hline(low..=high, bar.center().y, stroke);
            for end in [low, high] {
                painter.vline(end, bar.y_range(), stroke);
            }
        }
        labelled_ui(
            ui,
            theme::strong(number::percent(measured.accuracy)),
            &HONESTY,
        );
        let text = theme::small(interval_text(measured.interval)).color(palette.text_weak);
        labelled_ui(ui, text, &of_interval(measured.interval));
    });
}
