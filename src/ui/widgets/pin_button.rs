//! Pins an image, to be watched on the Train page: the same button wherever an image is looked at.

use eframe::egui;

use crate::catalog::ImageId;
use crate::pins::MOST;
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};

/// `shortcut`: of the page that it stands on.
pub fn pin_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, (image, shortcut): (ImageId, Shortcut)) {
    let is_pinned = ctx.session.pins().has(image);
    let (name, tooltip) = if is_pinned {
        ("Unpin", "Runs record it no more".to_owned())
    } else {
        (
            "Pin",
            format!("Watch it below the plots of the Train page, epoch by epoch; {MOST} at most"),
        )
    };
    let tooltip = keys::hint(ui, &tooltip, shortcut);
    if ui.button(name).on_hover_text(tooltip).clicked() {
        ctx.toggle_pin(image);
    }
}
