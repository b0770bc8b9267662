//! The Collect page: films and folders become sources; one row each, with what came of it.

mod film_form;
mod images_form;
mod job_card;
mod probe;
mod source_row;

use std::collections::BTreeSet;
use std::path::PathBuf;

use eframe::egui;
use egui_material_icons::icons;

use self::film_form::FilmForm;
use self::images_form::ImagesForm;
use self::probe::Prober;
use self::source_row::Summary;
use crate::catalog::Snapshot;
use crate::jobs::JobId;
use crate::session::JobView;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::top_bar::icon_button;
use crate::ui::widgets::empty::{Empty, empty_ui};
use crate::ui::widgets::scrolled::scrolled_ui;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Films,
    Images,
}

#[derive(Default)]
pub struct CollectPage {
    form: Option<Form>,
    films: FilmForm,
    images: ImagesForm,
    prober: Prober,
    /// One for each source, of this version of the catalogue.
    summaries: (Option<u64>, Vec<Summary>),
    /// Jobs whose list of unreadable files is open.
    expanded: BTreeSet<JobId>,
    new_class: String,
}

impl CollectPage {
    /// Dropped or chosen elsewhere: opens the form with them filled in. Folders and films at once: the films first.
    pub fn offer(&mut self, paths: Vec<PathBuf>) {
        let (folders, films): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
        if let Some(folder) = folders.first() {
            self.images.set_folder(folder);
            self.form = Some(Form::Images);
        }
        for film in films {
            self.films.add(film);
            self.form = Some(Form::Films);
        }
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let session = ctx.session;
        let snapshot = session.snapshot();
        self.summarize(snapshot);
        let jobs: Vec<JobView> = session
            .jobs()
            .into_iter()
            .filter(job_card::is_shown)
            .collect();
        if let Some(form) = self.form {
            self.form_ui(ui, form, ctx);
        }
        egui::CentralPanel::default()
            .frame(theme::canvas_frame(ui))
            .show(ui, |ui| {
                if snapshot.sources.is_empty() && jobs.is_empty() {
                    self.empty_ui(ui);
                    return;
                }
                self.toolbar_ui(ui);
                scrolled_ui(
                    ui,
                    egui::ScrollArea::vertical()
                        .id_salt("sources")
                        .auto_shrink(false),
                    |ui, _| {
                        for job in &jobs {
                            job_card::job_card_ui(ui, job, &mut self.expanded, ctx);
                        }
                        for (source, summary) in snapshot.sources.iter().zip(&self.summaries.1) {
                            let new_class = &mut self.new_class;
                            source_row::source_row_ui(ui, source, summary, new_class, ctx);
                        }
                    },
                );
            });
    }

    fn summarize(&mut self, snapshot: &Snapshot) {
        if self.summaries.0 == Some(snapshot.version) {
            return;
        }
        let summaries = snapshot
            .sources
            .iter()
            .map(|source| Summary::of(snapshot, source))
            .collect();
        self.summaries = (Some(snapshot.version), summaries);
    }

    fn toolbar_ui(&mut self, ui: &mut egui::Ui) {
        ui.horizontal(|ui| {
            self.add_buttons_ui(ui);
        });
        ui.add_space(theme::GAP_SMALL);
    }

    fn add_buttons_ui(&mut self, ui: &mut egui::Ui) {
        for (form, text, tooltip) in [
            (Form::Films, "Add films…", "Take images out of films"),
            (Form::Images, "Add images…", "Take in a folder of images"),
        ] {
            let button = egui::Button::new(text).selected(self.form == Some(form));
            if ui.add(button).on_hover_text(tooltip).clicked() {
                self.form = Some(form);
            }
        }
    }

    fn empty_ui(&mut self, ui: &mut egui::Ui) {
        let empty = Empty {
            icon: icons::ICON_VIDEO_LIBRARY,
            title: "Nothing collected yet",
            text: "Drop films or folders of images here, or choose them",
            button: Some("Add films…"),
        };
        if empty_ui(ui, &empty) {
            self.form = Some(Form::Films);
        }
        ui.vertical_centered(|ui| {
            if ui.button("Add images…").clicked() {
                self.form = Some(Form::Images);
            }
        });
    }

    fn form_ui(&mut self, ui: &mut egui::Ui, form: Form, ctx: &mut ViewCtx<'_>) {
        egui::Panel::right("import-form")
            .default_size(theme::FORM_PANEL_WIDTH)
            .size_range(280.0..=560.0)
            .frame(theme::panel_frame(ui))
            .show(ui, |ui| {
                let title = match form {
                    Form::Films => "Add films",
                    Form::Images => "Add images",
                };
                ui.horizontal(|ui| {
                    ui.label(theme::title(title));
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if icon_button(ui, icons::ICON_CLOSE, "Close the form", "Close the form") {
                            self.form = None;
                        }
                    });
                });
                ui.add_space(theme::GAP_SMALL);
                let is_done = scrolled_ui(
                    ui,
                    egui::ScrollArea::vertical()
                        .id_salt("import-form")
                        .auto_shrink(false),
                    |ui, _| match form {
                        Form::Films => self.films.ui(ui, &mut self.prober, ctx),
                        Form::Images => self.images.ui(ui, &mut self.prober, ctx),
                    },
                );
                if is_done {
                    self.form = None;
                }
            });
    }
}
