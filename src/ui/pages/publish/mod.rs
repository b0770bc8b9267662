//! The publish page: lets others try a run in their browser, and hands it to other programs.

mod form_ui;
mod open_ui;
mod qr_ui;

use eframe::egui;

use crate::export::Target;
use crate::run::RunLog;
use crate::session::{Job, JobView};
use crate::ui::context::ViewCtx;
use crate::ui::page::Page;
use crate::ui::pages::evaluate::export_ui::{self, ExportForm};
use crate::ui::theme;
use crate::ui::widgets::at_right::{at_right_ui, room_before};
use crate::ui::widgets::empty::{Empty, empty_ui};
use crate::ui::widgets::run_choice::chosen_run;
use crate::ui::widgets::scrolled::scrolled_ui;

use form_ui::DemoForm;
use qr_ui::QrCodeImage;

/// What a column needs at least; in a narrower window there is one.
const MIN_COLUMN_WIDTH: f32 = 440.0;

#[derive(Default)]
pub struct PublishPage {
    /// `None`: the best run.
    run: Option<String>,
    form: DemoForm,
    code: QrCodeImage,
    export: ExportForm,
}

impl PublishPage {
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let Some(run) = chosen_run(ctx.session.runs(), self.run.as_deref()) else {
            no_run_ui(ui, ctx);
            return;
        };
        egui::CentralPanel::default()
            .frame(theme::canvas_frame(ui))
            .show(ui, |ui| {
                let area = egui::ScrollArea::vertical()
                    .id_salt("publish")
                    .auto_shrink(false);
                scrolled_ui(ui, area, |ui, _| {
                    let gap = theme::GAP_LARGE;
                    let column = ((ui.available_width() - gap) / 2.0).min(theme::FORM_WIDTH);
                    if column < MIN_COLUMN_WIDTH {
                        ui.set_max_width(theme::FORM_WIDTH);
                        self.demo_ui(ui, ctx, run);
                        ui.add_space(gap);
                        self.export_ui(ui, ctx, run);
                        return;
                    }
                    ui.set_max_width(2.0 * column + gap);
                    ui.horizontal_top(|ui| {
                        let between = ui.spacing().item_spacing.x;
                        ui.vertical(|ui| {
                            ui.set_width(column);
                            self.demo_ui(ui, ctx, run);
                        });
                        ui.add_space(gap - between);
                        ui.vertical(|ui| {
                            ui.set_width(column);
                            self.export_ui(ui, ctx, run);
                        });
                    });
                });
            });
        self.export.ui(ui, ctx);
    }

    fn demo_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, run: &RunLog) {
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(theme::title("A demo for others"));
            let weak = theme::palette(ui).text_weak;
            ui.label(
                egui::RichText::new(
                    "A page in the browser: who drops an image there sees what the run makes of it, and where it looked.",
                )
                .color(weak),
            );
            ui.add_space(theme::GAP_SMALL);
            match running_demo(ctx) {
                Some(view) => open_ui::open_ui(ui, ctx, &view, &mut self.code),
                None => self.form.ui(ui, ctx, (&mut self.run, run)),
            }
        });
    }

    fn export_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, run: &RunLog) {
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(theme::title("For other programs"));
            let weak = theme::palette(ui).text_weak;
            ui.label(
                egui::RichText::new(
                    "A folder with the run's net or with the images, for Python, ONNX Runtime and others.",
                )
                .color(weak),
            );
            ui.add_space(theme::GAP_SMALL);
            for to in Target::ALL {
                let (name, text) = export_ui::words(to);
                ui.horizontal(|ui| {
                    let width = room_before(ui, name);
                    ui.vertical(|ui| {
                        ui.set_width(width);
                        ui.label(theme::strong(name));
                        let text = theme::small(text).color(weak);
                        ui.add(egui::Label::new(text).wrap());
                    });
                    at_right_ui(ui, name, |ui| {
                        let button = ui.button("Export…");
                        let spoken = format!("Export… {name}");
                        if button.accessible_name(spoken).clicked() {
                            self.export.open_to(to, run, ctx.snapshot());
                        }
                    });
                });
                ui.add_space(theme::GAP_TINY);
            }
            export_ui::cards_ui(ui, ctx);
        });
    }
}

/// The demo that runs or begins; there is one at a time.
fn running_demo(ctx: &ViewCtx<'_>) -> Option<JobView> {
    let mut jobs = ctx.session.jobs().into_iter();
    jobs.find(|view| view.is_running() && matches!(*view.job, Job::Demo(_)))
}

fn no_run_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
    let empty = Empty {
        icon: egui_material_icons::icons::ICON_PUBLIC,
        title: "Nothing to publish yet",
        text: "This page lets others try a trained run in their browser. Train one first; one epoch is enough.",
        button: Some("Go to Train"),
    };
    egui::CentralPanel::default()
        .frame(theme::canvas_frame(ui))
        .show(ui, |ui| {
            if empty_ui(ui, &empty) {
                ctx.go(Page::Train);
            }
        });
}
