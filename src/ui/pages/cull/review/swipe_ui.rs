//! The swipe of twenty: one large image and two keys, then what the answers come to.

use eframe::egui::{self, Key, WidgetInfo};

use super::image_ui::paint_large;
use super::keys::Intent;
use super::single_ui::buttons_ui;
use super::swipe::{Fit, Swipe};
use crate::catalog::{ImageRecord, Snapshot};
use crate::curate::{Kind, Measured};
use crate::report::is_uninformative;
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::FIT;
use crate::ui::keys::{self, Shortcut};
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::{number, theme};

const ACTIONS_HEIGHT: f32 = 48.0;

/// How the swipe ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SwipeEnd {
    Set(f64),
    Leave,
}

pub fn swipe_ui(
    ui: &mut egui::Ui,
    swipe: &mut Swipe,
    snapshot: &Snapshot,
    ctx: &mut ViewCtx<'_>,
) -> Option<SwipeEnd> {
    let (answered, all) = swipe.count();
    ui.horizontal(|ui| {
        ui.label(theme::strong(question_text(swipe.kind)));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(theme::number(format!("{answered} of {all}")));
        });
    });
    ui.add_space(theme::GAP_TINY);
    let Some(question) = swipe.question() else {
        return fit_ui(ui, swipe.kind, swipe.fit(snapshot), ctx.keys_are_free(ui));
    };
    question_ui(ui, question, snapshot, ctx);
    let is = swipe.kind.title().to_lowercase();
    let pressed = buttons_ui(
        ui,
        &[
            (
                format!("Yes, {is}"),
                Shortcut::ReviewReject,
                Intent::Reject,
                false,
            ),
            (
                "No, it is fine".to_owned(),
                Shortcut::ReviewDismiss,
                Intent::Dismiss,
                false,
            ),
            ("Back".to_owned(), Shortcut::ReviewUndo, Intent::Undo, false),
        ],
    );
    let intent = pressed.or_else(|| {
        if !ctx.keys_are_free(ui) {
            return None;
        }
        let fixed = |key| ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
        if keys::take(ui, Shortcut::ReviewReject) {
            Some(Intent::Reject)
        } else if keys::take(ui, Shortcut::ReviewDismiss) || fixed(Key::Enter) {
            Some(Intent::Dismiss)
        } else if keys::take(ui, Shortcut::ReviewUndo) {
            Some(Intent::Undo)
        } else {
            fixed(Key::Escape).then_some(Intent::Leave)
        }
    });
    match intent {
        Some(Intent::Reject) => swipe.answer(true),
        Some(Intent::Dismiss) => swipe.answer(false),
        Some(Intent::Undo) => swipe.take_back(),
        Some(_leave) => return Some(SwipeEnd::Leave),
        None => {}
    }
    if intent.is_some() {
        ui.request_repaint();
    }
    None
}

fn question_text(kind: Kind) -> String {
    if kind.has_groups() {
        "Are these two the same image?".to_owned()
    } else {
        format!("Is this bad: {}?", kind.title().to_lowercase())
    }
}

fn question_ui(ui: &mut egui::Ui, question: Measured, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
    let mut area = ui.available_rect_before_wrap();
    area.max.y -= ACTIONS_HEIGHT;
    let response = ui.allocate_rect(area, egui::Sense::hover());
    let ids = [Some(question.image), question.of];
    let images: Vec<&ImageRecord> = ids
        .into_iter()
        .flatten()
        .filter_map(|id| snapshot.image(id))
        .collect();
    let width = area.width() / images.len().max(1) as f32;
    for (at, image) in images.iter().enumerate() {
        let left = area.min.x + at as f32 * width;
        let box_ = area.with_min_x(left).with_max_x(left + width);
        paint_large(ui, box_.shrink(theme::GAP_TINY), image, ctx.textures);
    }
    response.widget_info(|| {
        let name = images.first().map_or("", |image| image.origin.as_str());
        WidgetInfo::labeled(egui::Role::Image, true, format!("Question: {name}"))
    });
}

fn fit_ui(ui: &mut egui::Ui, kind: Kind, fit: Fit, keys_are_free: bool) -> Option<SwipeEnd> {
    let mut end = None;
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.25).max(theme::GAP_HUGE));
        ui.label(theme::title(format!("Threshold {:.2}", fit.value)));
        ui.add_space(theme::GAP_SMALL);
        ui.label(fit_text(kind, &fit));
        help_ui(ui, &FIT);
        ui.add_space(theme::GAP_LARGE);
        let set = theme::primary_button(ui, "Use this threshold");
        let is_entered = keys_are_free
            && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Enter));
        if ui.add(set).on_hover_text("Enter").clicked() || is_entered {
            end = Some(SwipeEnd::Set(fit.value));
        }
        if ui.button("Leave it as it was").clicked() {
            end = Some(SwipeEnd::Leave);
        }
    });
    end
}

/// "Of the 9 you saw beyond it 8 are blurry: precision 88.9 % (95 % interval 51.8 to 99.7 %); 1 would be missed".
fn fit_text(kind: Kind, fit: &Fit) -> String {
    let is = kind.title().to_lowercase();
    if fit.found == 0 {
        return format!("None of what you saw is {is}: nothing of it is found any more");
    }
    let precision = number::percent(fit.bad as f64 / fit.found as f64);
    let interval = if is_uninformative(fit.interval) {
        "too few for an interval".to_owned()
    } else {
        let [low, high] = fit.interval.map(|bound| bound * 100.0);
        format!("95 % interval {low:.1} to {high:.1} %")
    };
    format!(
        "Of the {} you saw beyond it {} are {is}: precision {precision} ({interval}); {} of the others would be missed",
        fit.found, fit.bad, fit.missed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fit_is_said_with_its_interval() {
        let fit = Fit {
            value: 4.0,
            bad: 8,
            found: 9,
            interval: [0.518, 0.997],
            missed: 1,
        };
        assert_eq!(
            fit_text(Kind::Blurry, &fit),
            "Of the 9 you saw beyond it 8 are blurry: precision 88.9 % (95 % interval 51.8 to 99.7 %); 1 of the others would be missed"
        );
    }
}
