//! From an error to the data: what can be done with the image that is looked at. Everything can be undone.

use eframe::egui;

use crate::catalog::{Edit, ImageRecord, Side};
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::theme;
use crate::ui::widgets::decision_buttons::decision_buttons_ui;
use crate::ui::widgets::name::name_ui;

/// True if the image is to be looked at on Explain.
pub fn actions_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, image: &ImageRecord) -> bool {
    name_ui(ui, theme::strong(&image.origin), 0.0);
    let tooltips = [
        ("Keep the image", Shortcut::EvaluateKeep),
        (
            "Reject the image: it leaves training and validation",
            Shortcut::EvaluateReject,
        ),
        ("Clear decision", Shortcut::EvaluateClear),
    ]
    .map(|(text, shortcut)| keys::hint(ui, text, shortcut));
    let tooltips = tooltips.each_ref().map(String::as_str);
    if let Some(decision) = decision_buttons_ui(ui, image.decision, tooltips) {
        ctx.edit(Edit::SetDecision {
            images: vec![image.id],
            decision,
        });
    }
    class_ui(ui, ctx, image);
    scene_ui(ui, ctx, image);
    ui.button("Explain this image")
        .on_hover_text("Its heatmaps in full size (Enter)")
        .clicked()
}

fn class_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, image: &ImageRecord) {
    let session = ctx.session;
    let snapshot = session.snapshot();
    let current = image.class.and_then(|class| snapshot.class_name(class));
    let mut wish = None;
    egui::ComboBox::from_id_salt("evaluated class")
        .width(ui.available_width())
        .truncate()
        .selected_text(current.unwrap_or("No class"))
        .show_ui(ui, |ui| {
            for (_, name) in snapshot.classes_by_place() {
                if ui.selectable_label(current == Some(name), name).clicked() {
                    wish = Some(name.clone());
                }
            }
        })
        .response
        .accessible_name("Class of the image");
    if let Some(class) = wish.filter(|class| current != Some(class)) {
        ctx.edit(Edit::SetClass {
            images: vec![image.id],
            class,
        });
    }
}

/// A scene, and those linked with it, goes to the other side as a whole.
fn scene_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, image: &ImageRecord) {
    let snapshot = ctx.session.snapshot();
    let Some(scene) = image.scene.and_then(|scene| snapshot.scene(scene)) else {
        return;
    };
    let other = scene.side.other();
    let text = match other {
        Side::Train => "Move its scene to training",
        Side::Valid => "Move its scene to validation",
    };
    let tooltip = "With all scenes that are linked with it. The split is another one then, and numbers of the old one do not compare";
    let button = ui.button(theme::small(text)).on_hover_text(tooltip);
    if button.clicked() {
        ctx.edit(Edit::SetSide {
            scenes: vec![scene.id],
            side: other,
        });
    }
}
