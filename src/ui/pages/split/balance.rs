//! The top of the split page: one bar a class for both sides, what is wrong with the split, and the proposals.

use eframe::egui;

use super::class_bars::class_bars_ui;
use super::meters::Meters;
use super::model::SplitModel;
use super::problems_ui::problems_ui;
use super::twins_ui::twins_ui;
use super::view::View;
use crate::catalog::query::SplitMode;
use crate::catalog::{Edit, SceneId};
use crate::dataset::split::{self, ClassCounts};
use crate::ui::context::ViewCtx;
use crate::ui::widgets::at_right::text_at_right_ui;
use crate::ui::widgets::number_field::NumberField;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

/// More classes or films than this can be searched.
const MANY: usize = 12;
const SEARCH_WIDTH: f32 = 200.0;
/// More problems than fit here scroll; in a low window fewer do, so that the films stay in view.
const PROBLEMS_HEIGHT: std::ops::RangeInclusive<f32> = 56.0..=160.0;
/// Of half a window, what the rest of the panel needs.
const BESIDE_PROBLEMS: f32 = 225.0;

/// What "Suggest" is asked for.
pub struct SuggestForm {
    pub fraction: f64,
    pub seed: u64,
}

impl Default for SuggestForm {
    fn default() -> Self {
        Self {
            fraction: 0.2,
            seed: 0,
        }
    }
}

/// Returns the scene to jump to, if a problem or a class was clicked.
pub fn balance_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    (form, view, meters): (&mut SuggestForm, &mut View, &mut Meters),
) -> Option<SceneId> {
    actions_ui(ui, ctx, model, (form, meters));
    if let Some(fraction) = model.random_fraction {
        random_banner_ui(ui, ctx, fraction);
    }
    search_ui(ui, model, view);
    let class = class_bars_ui(ui, ctx, &model.counts, view);
    let of_class = class.and_then(|class| model.first_scene_of(class));
    let spare = ui.ctx().content_rect().height() / 2.0 - BESIDE_PROBLEMS;
    let height = spare.clamp(*PROBLEMS_HEIGHT.start(), *PROBLEMS_HEIGHT.end());
    let (of_leak, of_problem) = scrolled_ui(
        ui,
        egui::ScrollArea::vertical()
            .id_salt("problems")
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true]),
        |ui, _| {
            let of_leak = meters.radar.ui(ui, ctx, model);
            meters.honesty.ui(ui);
            twins_ui(ui, ctx, model);
            (of_leak, problems_ui(ui, model))
        },
    );
    of_problem.or(of_leak).or(of_class)
}

/// Where there is much to look through.
fn search_ui(ui: &mut egui::Ui, model: &SplitModel, view: &mut View) {
    if model.counts.len().max(model.films.len()) <= MANY && view.only_class().is_none() {
        view.search.clear();
        return;
    }
    ui.horizontal(|ui| {
        let field = egui::TextEdit::singleline(&mut view.search)
            .hint_text("Search a class or film")
            .desired_width(SEARCH_WIDTH);
        ui.add(field).accessible_name("Search a class or film");
        if let Some(class) = view.only_class() {
            let text = format!("Only {class}: show all again");
            if ui.button(text).clicked() {
                view.show_all_classes();
            }
        }
    });
}

fn actions_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    (form, meters): (&mut SuggestForm, &Meters),
) {
    let row = ui.horizontal(|ui| {
        let suggest = ui
            .add(theme::primary_button(ui, "Suggest"))
            .on_hover_text("Whole scenes of every class into validation, by chance but the same for the same seed");
        if suggest.clicked() {
            let scenes = split::suggest(ctx.snapshot(), form.fraction, form.seed);
            ctx.edit(Edit::SetValidScenes { scenes });
        }
        fraction_ui(ui, &mut form.fraction)
            .on_hover_text("About this part of each class's frames");
        let label = ui.label("Seed");
        NumberField::new(&mut form.seed, 0..=u64::MAX)
            .speed(0.1)
            .ui(ui, None)
            .labelled_by(label.id);
        ui.separator();
        if ui
            .button("Clear")
            .on_hover_text("Every scene back to training")
            .clicked()
        {
            ctx.edit(Edit::SetValidScenes { scenes: Vec::new() });
        }
        if model.random_fraction.is_none()
            && ui
                .button("Random, to compare…")
                .on_hover_text("Random images instead of scenes, to see how much a leak improves the accuracy. Undo brings the scenes back")
                .clicked()
        {
            let mode = SplitMode::Random {
                fraction: form.fraction,
                seed: form.seed,
            };
            ctx.edit(Edit::SetSplitMode { mode });
        }
        meters.honesty.button_ui(ui, ctx);
        text_at_right_ui(ui, theme::strong(total_text(&model.counts)))
    });
    // A narrow window has no room for it beside the buttons.
    if !row.inner {
        ui.label(theme::strong(total_text(&model.counts)));
    }
}

fn total_text(counts: &[ClassCounts]) -> String {
    let train: usize = counts.iter().map(|class| class.train).sum();
    let valid: usize = counts.iter().map(|class| class.valid).sum();
    let fraction = valid as f64 / (train + valid).max(1) as f64;
    format!(
        "train {}   valid {} ({})",
        number::count(train),
        number::count(valid),
        number::percent(fraction)
    )
}

/// The part of the images that goes to validation, 0 to 1.
pub fn fraction_ui(ui: &mut egui::Ui, fraction: &mut f64) -> egui::Response {
    let mut percent = *fraction * 100.0;
    let slider = egui::Slider::new(&mut percent, 5.0..=50.0)
        .step_by(1.0)
        .suffix(" %")
        .update_while_editing(false)
        .fixed_decimals(0);
    let response = ui.add(slider).accessible_name("Part for validation");
    if response.changed() {
        *fraction = percent / 100.0;
    }
    response
}

fn random_banner_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, fraction: f64) {
    theme::card(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(theme::strong("Random split").color(theme::palette(ui).warning));
            ui.label(format!(
                "{} of the images at random. Neighbors from one scene are on both sides, so its accuracy will look better than it is.",
                number::percent(fraction)
            ));
            if ui.button("Back to scenes").clicked() {
                let mode = SplitMode::Scenes;
                ctx.edit(Edit::SetSplitMode { mode });
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_at_a_glance() {
        let counts = [ClassCounts {
            class: "elves".into(),
            train: 1200,
            valid: 300,
            train_scenes: 9,
            valid_scenes: 2,
            copies: 0,
        }];
        assert_eq!(total_text(&counts), "train 1,200   valid 300 (20.0 %)");
    }
}
