//! The strip under the plots: the pinned images, or a few of validation, under their heatmaps; it can be turned back epoch by
//! epoch.

use eframe::egui::{self, Align, Key, Layout, Rect, Sense, pos2, vec2};

use super::candidates::SHOWN;
use super::pin_cell_ui::{Cell, Curve, cell_ui};
use super::pin_save::{SaveStrip, Saved};
use super::pins::PinStrip;
use crate::catalog::{ImageId, ImageRecord};
use crate::explain::names::{file_name, file_part};
use crate::pins::strip::StripImage;
use crate::run::RunLog;
use crate::ui::action::Action;
use crate::ui::context::ViewCtx;
use crate::ui::help::explained::PINNED;
use crate::ui::keys::{self, Shortcut};
use crate::ui::theme;
use crate::ui::widgets::at_right::{at_right_ui, room_before};
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::help_mark::help_ui;

/// Of the room below the status line; between what shows anything and what thumbnails are made for.
const PART: f32 = 0.22;
pub const MIN_HEIGHT: f32 = 136.0;
const MAX_HEIGHT: f32 = 240.0;
/// In a lower window the strip is scrolled to.
const MIN_ROOM: f32 = 480.0;
pub const TITLE_HEIGHT: f32 = 28.0;
const SLIDER_WIDTH: f32 = 140.0;
/// What stands at the right of the title.
const CONTROLS: &str = "pins";

/// How high the strip is in `room`, with the plots above it; `None` where they need all of it.
pub fn height_in(room: f32) -> Option<f32> {
    (room >= MIN_ROOM).then(|| (room * PART).clamp(MIN_HEIGHT, MAX_HEIGHT))
}

pub fn pins_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, pins: &mut PinStrip, log: &RunLog) {
    let images = pins.follow(ui, ctx, log);
    match pins.saver.take() {
        Some(Saved::At(path)) => ctx.toast(format!("Saved {}", path.display())),
        Some(Saved::Failed(failure)) => ctx.actions.push(Action::Fail(failure)),
        None => {}
    }
    keyboard(ui, ctx, pins);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), TITLE_HEIGHT),
        Layout::left_to_right(Align::Center),
        |ui| title_ui(ui, ctx, pins, (log, &images)),
    );
    let has_words = pins.looked_at_epoch().is_some() || pins.weights_of(log).is_some();
    let has_pins = !ctx.session.pins().files(ctx.snapshot()).is_empty();
    if !has_words && !has_pins {
        return;
    }
    let gap = theme::GAP_SMALL;
    let (row, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let columns = images.len().max(SHOWN) as f32;
    let width = (row.width() + gap) / columns - gap;
    let glances = pins.glances(log);
    for (place, image) in images.iter().enumerate() {
        let left = row.left() + place as f32 * (width + gap);
        let rect = Rect::from_min_size(pos2(left, row.top()), vec2(width, row.height()));
        let curve = curve_of(ctx, pins, log, *image).filter(|_| !pins.epochs().is_empty());
        let cell = Cell {
            image: *image,
            glance: glances.iter().find(|glance| glance.image == *image),
            is_pinned: has_pins,
            curve: curve.map(|points| Curve {
                points,
                looked_at: pins.looked_at_epoch(),
            }),
        };
        cell_ui(ui, ctx, (&cell, log), rect);
    }
}

/// Of the class that the image is of.
fn curve_of(
    ctx: &ViewCtx<'_>,
    pins: &PinStrip,
    log: &RunLog,
    image: ImageId,
) -> Option<Vec<(u32, f32)>> {
    let snapshot = ctx.snapshot();
    let name = snapshot.class_name(snapshot.image(image)?.class?)?;
    let mut classes = log.info.classes.iter();
    let class = classes.position(|class| class == name)?;
    Some(pins.history.curve(log, image, class))
}

fn title_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    pins: &mut PinStrip,
    (log, images): (&RunLog, &[ImageId]),
) {
    let weak = theme::palette(ui).text_weak;
    let has_pins = !ctx.session.pins().files(ctx.snapshot()).is_empty();
    let title = if has_pins {
        "Pinned images"
    } else {
        "Validation images"
    };
    ui.label(theme::strong(title))
        .on_hover_text(format!(
            "{} pins an image in Cull or Explain, eight at most: runs then record after each epoch what they say of it",
            keys::name(ui, Shortcut::CullPin)
        ));
    if has_pins {
        help_ui(ui, &PINNED);
    }
    let text = words(pins, log);
    let font = egui::FontId::proportional(theme::TEXT_SMALL);
    let fitting = elided(ui.painter(), &text, &font, room_before(ui, CONTROLS));
    ui.label(theme::small(fitting).color(weak))
        .on_hover_text(text);
    at_right_ui(ui, CONTROLS, |ui| {
        if has_pins {
            scrub_ui(ui, pins);
            save_ui(ui, ctx, pins, (log, images));
        } else if pins.candidates.has_others() && ui.button(theme::small("Others")).clicked() {
            pins.candidates.show_others();
        }
    });
}

fn words(pins: &PinStrip, log: &RunLog) -> String {
    if let Some(epoch) = pins.looked_at_epoch() {
        return format!("after epoch {epoch}");
    }
    match (pins.failure(), pins.weights_of(log)) {
        (Some(reason), _) => reason.to_owned(),
        (None, Some(weights)) => match (weights.moment(), weights.epoch) {
            (Some(moment), _) => format!("now, after {moment}"),
            (None, Some(epoch)) => format!("by the best net, of epoch {epoch}"),
            (None, None) => "by its newest net".to_owned(),
        },
        (None, None) if log.best_epoch().is_some() => "are being explained".to_owned(),
        (None, None) => "are explained after the first epoch".to_owned(),
    }
}

/// Back through the epochs that were recorded; the last place is what is said now.
fn scrub_ui(ui: &mut egui::Ui, pins: &mut PinStrip) {
    let epochs = pins.epochs().to_vec();
    if epochs.is_empty() {
        return;
    }
    let mut place = pins.place();
    let last = epochs.len();
    let end = if pins.is_live() { "now" } else { "best" };
    ui.spacing_mut().slider_width = SLIDER_WIDTH;
    let slider = egui::Slider::new(&mut place, 0..=last)
        .custom_formatter(|place, _| match epochs.get(place as usize) {
            Some(epoch) => format!("epoch {epoch}"),
            None => end.to_owned(),
        })
        .custom_parser(|text| {
            let wanted: u32 = text.trim_start_matches("epoch").trim().parse().ok()?;
            let place = epochs.iter().position(|epoch| *epoch == wanted)?;
            Some(place as f64)
        });
    let response = ui.add(slider).accessible_name("Epoch of the pinned images");
    if response
        .on_hover_text("Back through the epochs (Left, Right); the end is the net as it is now, or the best one of a run that has ended")
        .changed()
    {
        pins.go_to(place);
    }
}

fn save_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    pins: &mut PinStrip,
    (log, images): (&RunLog, &[ImageId]),
) {
    if pins.saver.is_saving {
        ui.spinner();
        ui.label(theme::small("Saving…"));
        return;
    }
    let snapshot = ctx.session.snapshot();
    let has_rows = !pins.epochs().is_empty();
    let mut chosen: Option<(Vec<&ImageRecord>, String)> = None;
    ui.add_enabled_ui(has_rows, |ui| {
        let menu = ui.menu_button(theme::small("Save GIF"), |ui| {
            let all = images.iter().filter_map(|id| snapshot.image(*id));
            if ui.button("All pinned images").clicked() {
                chosen = Some((all.clone().collect(), "pins".to_owned()));
            }
            for image in all {
                let name = file_name(&image.path);
                if ui.button(&name).clicked() {
                    let stem = format!("pin-{}", file_part(&image.origin));
                    chosen = Some((vec![image], stem));
                }
            }
        });
        menu.response
            .on_hover_text(
                "Every epoch as a frame of an animated GIF, in the project's folder of heatmaps",
            )
            .on_disabled_hover_text(
                "Nothing was recorded of these images: they were not pinned while the run trained",
            );
    });
    let Some((chosen, stem)) = chosen else {
        return;
    };
    let strip = SaveStrip {
        run_id: log.info.id.clone(),
        run_dir: log.dir.clone(),
        classes: log.info.classes.clone(),
        images: chosen
            .into_iter()
            .map(|image| StripImage {
                image: image.id,
                path: image.path.clone(),
                recipe: image.recipe(),
                name: file_name(&image.path),
            })
            .collect(),
        folder: ctx
            .session
            .project()
            .root()
            .join("heatmaps")
            .join(&log.info.id),
        stem,
    };
    if let Err(failure) = pins.saver.save(strip) {
        ctx.actions.push(Action::Fail(failure));
    }
}

/// Left and Right turn the strip back and on, unless something else has them.
fn keyboard(ui: &egui::Ui, ctx: &ViewCtx<'_>, pins: &mut PinStrip) {
    if !ctx.keys_are_free(ui) || ui.memory(egui::Memory::focused).is_some() {
        return;
    }
    let pressed = |key: Key| ui.input(|input| input.key_pressed(key) && input.modifiers.is_none());
    let place = pins.place();
    if pressed(Key::ArrowLeft) {
        pins.go_to(place.saturating_sub(1));
    } else if pressed(Key::ArrowRight) {
        pins.go_to(place + 1);
    }
}
