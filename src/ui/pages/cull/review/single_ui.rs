//! The queue of a kind that is about single images: the image, what was measured, and two keys.

use eframe::egui::{self, WidgetInfo};

use super::super::inspector_findings::{capitalized, lines};
use super::image_ui::paint_large;
use super::keys::Intent;
use super::queue::{Item, Status};
use crate::catalog::Snapshot;
use crate::curate::Kind;
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::theme;
use crate::ui::widgets::image_ui;

const ACTIONS_HEIGHT: f32 = 64.0;

pub fn single_ui(
    ui: &mut egui::Ui,
    (kind, item): (Kind, &Item),
    snapshot: &Snapshot,
    ctx: &mut ViewCtx<'_>,
) -> Option<Intent> {
    let image = item.images(snapshot).into_iter().next()?;
    let mut area = ui.available_rect_before_wrap();
    area.max.y -= ACTIONS_HEIGHT;
    let response = ui.allocate_rect(area, egui::Sense::hover());
    let rect = paint_large(ui, area, image, ctx.textures);
    let status = item.status(snapshot);
    let border = item.findings.first().and_then(|finding| finding.border);
    if let Some(border) = border.filter(|_| status == Status::Open) {
        image_ui::paint_border(ui.painter(), theme::palette(ui), (rect, image), border);
    }
    response.widget_info(|| {
        let text = format!("Review: {}", image.origin);
        WidgetInfo::labeled(egui::Role::Image, true, text)
    });
    let finding = item.findings.first()?;
    let mut words = vec![image.origin.clone()];
    if let Some(class) = image.class.and_then(|class| snapshot.class_name(class)) {
        words.push(class.to_owned());
    }
    words.push(format!("score {:.2}", finding.score));
    words.extend(lines(snapshot, finding));
    let weak = theme::palette(ui).text_weak;
    ui.vertical_centered(|ui| {
        ui.add(egui::Label::new(theme::small(words.join(" · ")).color(weak)).truncate());
    });
    actions_ui(ui, (kind, item), snapshot)
}

/// The buttons of the two keys, in the middle.
fn actions_ui(
    ui: &mut egui::Ui,
    (kind, item): (Kind, &Item),
    snapshot: &Snapshot,
) -> Option<Intent> {
    let status = item.status(snapshot);
    let right = kind.denial().map_or_else(|| "Keep".to_owned(), capitalized);
    let finding = item.findings.first();
    let looks_like = finding.and_then(|finding| finding.looks_like);
    let class = looks_like.and_then(|class| snapshot.class_name(class));
    let mut buttons = vec![
        (
            "Reject".to_owned(),
            Shortcut::ReviewReject,
            Intent::Reject,
            status == Status::Rejected,
        ),
        (
            right,
            Shortcut::ReviewDismiss,
            Intent::Dismiss,
            status == Status::Dismissed,
        ),
    ];
    if let Some(source) = finding
        .filter(|finding| finding.border.is_some())
        .and_then(|finding| snapshot.image(finding.image()?))
        .and_then(|image| snapshot.source(image.source))
    {
        let text = format!("Crop borders of {}", source.name);
        buttons.push((
            text,
            Shortcut::ReviewCrop,
            Intent::Crop,
            status == Status::Cropped,
        ));
    }
    if let Some(class) = class {
        let is_done = status == Status::Kept;
        buttons.push((
            format!("Set class {class}"),
            Shortcut::ReviewRelabel,
            Intent::Relabel,
            is_done,
        ));
    }
    buttons.push(("Undo".to_owned(), Shortcut::ReviewUndo, Intent::Undo, false));
    buttons_ui(ui, &buttons)
}

/// Text, whose key, meaning, and whether it is what holds already.
pub type Action = (String, Shortcut, Intent, bool);

/// Side by side in the middle.
pub fn buttons_ui(ui: &mut egui::Ui, actions: &[Action]) -> Option<Intent> {
    let mut pressed = None;
    let id = ui.scope_id().with("actions-width");
    let known: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
    ui.horizontal(|ui| {
        ui.add_space(((ui.available_width() - known) / 2.0).max(0.0));
        let left = ui.cursor().min.x;
        for (text, shortcut, intent, is_on) in actions {
            let button = egui::Button::selectable(*is_on, text)
                .frame_when_inactive(true)
                .shortcut_text(keys::name(ui, *shortcut));
            if ui.add(button).accessible_name(text).clicked() {
                pressed = Some(*intent);
            }
        }
        let width = ui.min_rect().max.x - left;
        if (width - known).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(id, width));
            ui.request_discard("the actions go into the middle");
        }
    });
    pressed
}
