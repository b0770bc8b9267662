//! What can be done with all images of a group at once; each is one step that can be undone.

use eframe::egui;

use crate::catalog::{Decision, Edit, ImageId};
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::{number, theme};

pub fn group_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, images: &[ImageId]) {
    let count = number::counted(images.len(), "listed image");
    ui.label(theme::strong(format!("All {count}")));
    let choices = [
        (
            Decision::Keep,
            "Keep all",
            "Keep all listed images",
            Shortcut::EvaluateKeep,
        ),
        (
            Decision::Reject,
            "Reject all",
            "Reject all listed images: they leave training and validation",
            Shortcut::EvaluateReject,
        ),
        (
            Decision::Undecided,
            "Clear all",
            "Clear the decisions of all listed images",
            Shortcut::EvaluateClear,
        ),
    ];
    ui.columns(choices.len(), |columns| {
        for (ui, (decision, name, text, shortcut)) in columns.iter_mut().zip(choices) {
            ui.spacing_mut().button_padding.x = theme::GAP_TINY;
            let size = egui::vec2(ui.available_width(), ui.spacing().interact_size.y);
            let button = egui::Button::new(theme::small(name));
            let tooltip = format!("{text} ({})", keys::extended_name(ui, shortcut));
            if ui.add_sized(size, button).on_hover_text(tooltip).clicked() {
                ctx.edit(Edit::SetDecision {
                    images: images.to_vec(),
                    decision,
                });
            }
        }
    });
    class_ui(ui, ctx, images);
}

fn class_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, images: &[ImageId]) {
    let session = ctx.session;
    let snapshot = session.snapshot();
    let mut wish = None;
    egui::ComboBox::from_id_salt("class of the group")
        .width(ui.available_width())
        .truncate()
        .selected_text("Give all another class…")
        .show_ui(ui, |ui| {
            for (_, name) in snapshot.classes_by_place() {
                if ui.selectable_label(false, name).clicked() {
                    wish = Some(name.clone());
                }
            }
        })
        .response
        .accessible_name("Class of all listed images");
    if let Some(class) = wish {
        ctx.edit(Edit::SetClass {
            images: images.to_vec(),
            class,
        });
    }
}
