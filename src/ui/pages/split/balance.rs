//! The top of the split page: one bar a class for both sides, what is wrong with the split, and the proposals.

use eframe::egui::{self, Align, Layout, Rect, Role, Sense, WidgetInfo, pos2, vec2};

use super::model::SplitModel;
use super::twins_ui::twins_ui;
use crate::catalog::query::SplitMode;
use crate::catalog::{Edit, SceneId};
use crate::dataset::split::{self, ClassCounts, SplitProblem};
use crate::ui::context::ViewCtx;
use crate::ui::widgets::number_field::NumberField;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const ROW_HEIGHT: f32 = 20.0;
/// Below this a row has no room for its bar beside the numbers.
const MIN_COLUMN_WIDTH: f32 = 568.0;
const NAME_WIDTH: f32 = 104.0;
/// Columns of one side, from its word on: the right edge of its images (six digits), the left edge of its scenes
/// (three digits and the word), their end.
const IMAGES_RIGHT: f32 = 96.0;
const SCENES_LEFT: f32 = 104.0;
const SIDE_WIDTH: f32 = 176.0;
const NUMBERS_WIDTH: f32 = 2.0 * SIDE_WIDTH + theme::GAP_HUGE;
const BAR_HEIGHT: f32 = 8.0;
/// More classes than fit here scroll.
const MAX_BARS_HEIGHT: f32 = 128.0;

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

/// Returns the scene to jump to, if a problem was clicked.
pub fn balance_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    form: &mut SuggestForm,
) -> Option<SceneId> {
    actions_ui(ui, ctx, model, form);
    if let Some(fraction) = model.random_fraction {
        random_banner_ui(ui, ctx, fraction);
    }
    bars_ui(ui, ctx, &model.counts);
    twins_ui(ui, ctx, model);
    problems_ui(ui, model)
}

fn actions_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    form: &mut SuggestForm,
) {
    ui.horizontal(|ui| {
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
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(theme::strong(total_text(&model.counts)));
        });
    });
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

fn bars_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, counts: &[ClassCounts]) {
    let columns = ((ui.available_width() / MIN_COLUMN_WIDTH) as usize).max(1);
    let rows = counts.len().div_ceil(columns);
    let column_width =
        (ui.available_width() - theme::GAP_HUGE * (columns - 1) as f32) / columns as f32;
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical()
            .id_salt("class bars")
            .max_height(MAX_BARS_HEIGHT)
            // The panel takes its height from here; without this it would keep the first frame's.
            .min_scrolled_height((rows as f32 * ROW_HEIGHT).min(MAX_BARS_HEIGHT))
            .auto_shrink([false, true]),
        |ui, _| {
            let size = vec2(ui.available_width(), rows as f32 * ROW_HEIGHT);
            let (area, _) = ui.allocate_exact_size(size, Sense::hover());
            for (index, class) in counts.iter().enumerate() {
                // Down the first column, then down the next: sorted names stay together.
                let (column, row) = (index / rows.max(1), index % rows.max(1));
                let corner = area.min
                    + vec2(
                        column as f32 * (column_width + theme::GAP_HUGE),
                        row as f32 * ROW_HEIGHT,
                    );
                let rect = Rect::from_min_size(corner, vec2(column_width, ROW_HEIGHT));
                class_bar_ui(ui, rect, class, class_index(ctx, &class.class));
            }
        },
    );
}

fn class_index(ctx: &ViewCtx<'_>, name: &str) -> usize {
    let snapshot = ctx.snapshot();
    snapshot
        .class_named(name)
        .and_then(|class| snapshot.class_place(class))
        .unwrap_or(0)
}

fn class_bar_ui(ui: &egui::Ui, rect: Rect, class: &ClassCounts, color_index: usize) {
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let swatch = Rect::from_center_size(
        rect.left_center() + vec2(theme::SWATCH / 2.0, 0.0),
        egui::Vec2::splat(theme::SWATCH),
    );
    painter.rect_filled(swatch, theme::RADIUS, theme::class_color(color_index));

    let name_left = swatch.right() + theme::GAP_SMALL;
    let name_rect = Rect::from_min_max(
        pos2(name_left, rect.top()),
        pos2(name_left + NAME_WIDTH, rect.bottom()),
    );
    let small = egui::FontId::proportional(theme::TEXT_SMALL);
    painter
        .with_clip_rect(name_rect.intersect(ui.clip_rect()))
        .text(
            name_rect.left_center(),
            egui::Align2::LEFT_CENTER,
            &class.class,
            small,
            palette.text,
        );

    let numbers_left = rect.right() - NUMBERS_WIDTH;
    side_numbers_ui(
        &painter,
        pos2(numbers_left, rect.center().y),
        ("train", palette.train),
        SideCounts {
            images: class.train,
            scenes: class.train_scenes,
        },
    );
    side_numbers_ui(
        &painter,
        pos2(numbers_left + SIDE_WIDTH + theme::GAP_HUGE, rect.center().y),
        ("valid", palette.valid),
        SideCounts {
            images: class.valid,
            scenes: class.valid_scenes,
        },
    );

    let bar_rect = Rect::from_min_max(
        pos2(
            name_rect.right() + theme::GAP_SMALL,
            rect.center().y - BAR_HEIGHT / 2.0,
        ),
        pos2(
            numbers_left - theme::GAP_LARGE,
            rect.center().y + BAR_HEIGHT / 2.0,
        ),
    );
    if bar_rect.width() > 0.0 {
        let total = (class.train + class.valid).max(1) as f32;
        let border = bar_rect.left() + bar_rect.width() * class.train as f32 / total;
        painter.rect_filled(bar_rect, 2, palette.raised);
        painter.rect_filled(bar_rect.with_max_x(border), 2, palette.train);
        if class.valid > 0 {
            painter.rect_filled(bar_rect.with_min_x(border + 2.0), 2, palette.valid);
        }
    }

    let response = ui.interact(
        rect,
        ui.scope_id().with(("class bar", &class.class)),
        Sense::hover(),
    );
    let spoken = format!(
        "{}, train {} in {}, valid {} in {}",
        class.class,
        number::counted(class.train, "image"),
        number::counted(class.train_scenes, "scene"),
        number::counted(class.valid, "image"),
        number::counted(class.valid_scenes, "scene"),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    response.on_hover_text(spoken);
}

/// Of a class on one side.
#[derive(Clone, Copy)]
struct SideCounts {
    images: usize,
    scenes: usize,
}

/// One side's word, images and scenes from `left` on; numbers are right-aligned, so that rows compare at a glance.
fn side_numbers_ui(
    painter: &egui::Painter,
    left: egui::Pos2,
    (name, color): (&str, egui::Color32),
    counts: SideCounts,
) {
    let SideCounts { images, scenes } = counts;
    let mono = egui::FontId::monospace(theme::TEXT_SMALL);
    let noun = if scenes == 1 { "scene" } else { "scenes" };
    for (offset, align, text) in [
        (0.0, egui::Align2::LEFT_CENTER, name.to_owned()),
        (
            IMAGES_RIGHT,
            egui::Align2::RIGHT_CENTER,
            number::count(images),
        ),
        (
            SCENES_LEFT,
            egui::Align2::LEFT_CENTER,
            // Digits of one width: this keeps the scenes under one another.
            format!("{scenes:>3} {noun}"),
        ),
    ] {
        painter.text(left + vec2(offset, 0.0), align, text, mono.clone(), color);
    }
}

fn problems_ui(ui: &mut egui::Ui, model: &SplitModel) -> Option<SceneId> {
    let mut jump = None;
    for (heading, classes, remedy) in grouped(&model.problems) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
            let warning = theme::palette(ui).warning;
            ui.label(
                theme::icon(egui_material_icons::icons::ICON_WARNING, theme::ICON_BUTTON)
                    .color(warning),
            );
            ui.label(theme::strong(heading));
            for class in &classes {
                let first_scene = model
                    .film_of_class(class)
                    .and_then(|film| Some(model.films.get(film)?.blocks.first()?.id));
                match first_scene {
                    Some(scene) => {
                        if ui.link(class).on_hover_text("Show its scenes").clicked() {
                            jump = Some(scene);
                        }
                    }
                    None => {
                        ui.label(class);
                    }
                }
            }
            ui.label(theme::small(remedy).color(theme::palette(ui).text_weak));
        });
    }
    jump
}

/// Problems of one kind in one line, so that ten classes without validation do not push the films off the page.
fn grouped(problems: &[SplitProblem]) -> Vec<(&'static str, Vec<String>, &'static str)> {
    let mut groups = [
        (
            "No validation scene in",
            Vec::new(),
            "— click one of their scenes below, or press Suggest",
        ),
        (
            "Fewer than two scenes in",
            Vec::new(),
            "— one scene cannot be on both sides: import another film, or the same one with smaller steps",
        ),
        (
            "Nothing to train on in",
            Vec::new(),
            "— click one of their scenes to give it back to training",
        ),
    ];
    for problem in problems {
        let (group, class) = match problem {
            SplitProblem::NoValidation { class } => (0, class),
            SplitProblem::FewScenes { class, .. } => (1, class),
            SplitProblem::EmptyTrain { class } => (2, class),
            // Of no class; see `twins_ui`.
            SplitProblem::Twins { .. } => continue,
        };
        if let Some((_, classes, _)) = groups.get_mut(group) {
            classes.push(class.clone());
        }
    }
    groups
        .into_iter()
        .filter(|(_, classes, _)| !classes.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_classes_with_one_problem_make_one_line() {
        let mut problems: Vec<SplitProblem> = (0..10)
            .map(|index| SplitProblem::NoValidation {
                class: format!("class {index}"),
            })
            .collect();
        problems.push(SplitProblem::FewScenes {
            class: "class 3".into(),
            scenes: 1,
        });
        let groups = grouped(&problems);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].1.len(), 10);
        assert_eq!(groups[1].1, ["class 3"]);
    }

    #[test]
    fn totals_are_read_at_a_glance() {
        let counts = [ClassCounts {
            class: "elves".into(),
            train: 1200,
            valid: 300,
            train_scenes: 9,
            valid_scenes: 2,
        }];
        assert_eq!(total_text(&counts), "train 1,200   valid 300 (20.0 %)");
    }
}
