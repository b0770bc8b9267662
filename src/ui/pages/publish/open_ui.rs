//! A demo that runs: its address in several forms, what it has done, and how to stop it.

use std::time::Duration;

use eframe::egui;

use super::qr_ui::QrCodeImage;
use crate::session::jobs::demo::OpenDemo;
use crate::session::{Command, Job, JobView};
use crate::ui::context::ViewCtx;
use crate::ui::failure::capitalized;
use crate::ui::help::shared::{SELF_CHECK, VISITS};
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme};

/// Between two looks at the numbers.
const LOOK: Duration = Duration::from_secs(1);

pub fn open_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, view: &JobView, code: &mut QrCodeImage) {
    let Job::Demo(demo) = &*view.job else {
        return;
    };
    ui.label(theme::strong(&view.title));
    if let Some(open) = &demo.open {
        address_ui(ui, ctx, open, code);
    } else {
        let palette = theme::palette(ui);
        let text = capitalized(&view.progress.stage);
        ui.label(theme::small(text).color(palette.text_weak));
    }
    ui.add_space(theme::GAP_SMALL);
    if ui.button("Stop the demo").clicked() {
        ctx.send(Command::Cancel(view.id));
    }
}

fn address_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, open: &OpenDemo, code: &mut QrCodeImage) {
    let palette = theme::palette(ui);
    let color = if open.check.is_passed() {
        palette.text_weak
    } else {
        palette.warning
    };
    ui.horizontal_wrapped(|ui| {
        let text = theme::small(capitalized(&open.check.text())).color(color);
        labelled_ui(ui, text, &SELF_CHECK);
    });
    ui.add_space(theme::GAP_SMALL);
    ui.horizontal_top(|ui| {
        if !open.is_local {
            code.ui(ui, &open.url);
            ui.add_space(theme::GAP_SMALL);
        }
        ui.vertical(|ui| {
            let address = egui::Label::new(egui::RichText::new(&open.url).monospace())
                .selectable(true)
                .wrap();
            ui.add(address);
            ui.horizontal(|ui| {
                let browse = theme::primary_button(ui, "Open in browser");
                if ui.add(browse).clicked() {
                    ui.ctx().open_url(egui::OpenUrl::new_tab(&open.url));
                }
                if ui.button("Copy address").clicked() {
                    ui.copy_text(open.url.clone());
                    ctx.toast("The address is in the clipboard");
                }
            });
            if open.is_local {
                let text = "Only this computer can open it, so there is no QR code for a phone: start the demo for others in this network instead";
                let text = theme::small(text).color(theme::palette(ui).text_weak);
                ui.add(egui::Label::new(text).wrap());
            }
            ui.add_space(theme::GAP_SMALL);
            let images = number::counted(open.metrics.images() as usize, "image");
            let requests = number::counted(open.metrics.requests() as usize, "request");
            let text = theme::number(format!("Asked about {images} in {requests}"));
            labelled_ui(ui, text, &VISITS);
        });
    });
    // Visitors do not move the mouse here.
    ui.request_repaint_after(LOOK);
}
