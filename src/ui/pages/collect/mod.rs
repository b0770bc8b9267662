//! The Collect page: films and folders become sources; one row each, with what came of it.

mod classes_ui;
mod denser;
mod film_form;
mod film_list;
mod frames_ui;
mod images_form;
mod intake;
mod job_card;
mod presence;
mod probe;
mod recipe_ui;
mod source_row;
mod watch_form;
mod web_form;

use std::collections::BTreeSet;
use std::path::PathBuf;

use eframe::egui;
use egui_material_icons::icons;

use self::classes_ui::{ClassRow, ClassesView, class_rows};
use self::film_form::FilmForm;
use self::images_form::ImagesForm;
use self::intake::{Intake, Refused};
use self::presence::Presence;
use self::probe::Prober;
use self::source_row::{SourceRow, Summary};
use self::watch_form::{WatchForm, watch_cards_ui};
use self::web_form::WebForm;
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
    Web,
    Watch,
}

/// Of the page's height.
const JOBS_PART: f32 = 0.45;
/// Of what cannot be imported.
const REFUSED_SHOWN: usize = 8;

#[derive(Default)]
pub struct CollectPage {
    form: Option<Form>,
    films: FilmForm,
    images: ImagesForm,
    web: WebForm,
    watch: WatchForm,
    prober: Prober,
    intake: Intake,
    refused: Vec<Refused>,
    classes: ClassesView,
    known: Known,
    presence: Presence,
    /// Jobs whose list of unreadable files is open.
    expanded: BTreeSet<JobId>,
    new_class: String,
}

/// Worked out once for each version of the catalog.
#[derive(Default)]
struct Known {
    version: Option<u64>,
    /// One for each source.
    summaries: Vec<Summary>,
    classes: Vec<ClassRow>,
}

impl Known {
    fn follow(&mut self, snapshot: &Snapshot) {
        if self.version == Some(snapshot.version) {
            return;
        }
        let sources = snapshot.sources.iter();
        *self = Self {
            version: Some(snapshot.version),
            summaries: sources
                .map(|source| Summary::of(snapshot, source))
                .collect(),
            classes: class_rows(snapshot),
        };
    }
}

impl CollectPage {
    /// `contact`: as it was given last to servers of the web.
    pub fn new(contact: &str) -> Self {
        Self {
            web: WebForm::new(contact),
            ..Self::default()
        }
    }

    /// To be remembered by the settings.
    pub fn contact(&self) -> &str {
        self.web.contact()
    }

    /// Dropped or chosen elsewhere: opens the forms with them filled in, as soon as it is known what they are.
    pub fn offer(&mut self, paths: Vec<PathBuf>) {
        self.intake.add(paths, &mut self.prober);
    }

    /// Films and images at once: the films first.
    fn sort_offered(&mut self, ctx: &ViewCtx<'_>) {
        let Some(sorted) = self.intake.sorted(&mut self.prober, ctx.waker) else {
            return;
        };
        self.refused = sorted.refused;
        for wanted in sorted.images {
            self.images.offer(wanted, ctx.snapshot());
            self.form = Some(Form::Images);
        }
        for film in sorted.films {
            self.films.add(film, ctx.snapshot());
            self.form = Some(Form::Films);
        }
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let session = ctx.session;
        let snapshot = session.snapshot();
        self.known.follow(snapshot);
        self.sort_offered(ctx);
        let now_secs = ui.input(|input| input.time);
        self.presence.follow(snapshot, now_secs, ctx.waker);
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
                self.refused_ui(ui);
                let watched = session.watched();
                if snapshot.sources.is_empty() && jobs.is_empty() && watched.is_empty() {
                    self.empty_ui(ui);
                    return;
                }
                self.toolbar_ui(ui);
                watch_cards_ui(ui, &watched, ctx);
                self.jobs_ui(ui, &jobs, ctx);
                scrolled_ui(
                    ui,
                    egui::ScrollArea::vertical()
                        .id_salt("sources")
                        .auto_shrink(false),
                    |ui, _| {
                        self.classes.ui(ui, &self.known.classes, ctx);
                        for (source, summary) in snapshot.sources.iter().zip(&self.known.summaries)
                        {
                            let row = SourceRow {
                                source,
                                summary,
                                missing: self.presence.of(source.id),
                            };
                            row.ui(ui, &mut self.new_class, ctx);
                        }
                    },
                );
            });
    }

    /// In view however far down the sources are looked at, and never all of the page.
    fn jobs_ui(&mut self, ui: &mut egui::Ui, jobs: &[JobView], ctx: &mut ViewCtx<'_>) {
        if jobs.is_empty() {
            return;
        }
        egui::ScrollArea::vertical()
            .id_salt("import jobs")
            .max_height(ui.available_height() * JOBS_PART)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for job in jobs {
                    job_card::job_card_ui(ui, job, &mut self.expanded, ctx);
                }
            });
        ui.add_space(theme::GAP_SMALL);
    }

    /// What was dropped and is nothing to import.
    fn refused_ui(&mut self, ui: &mut egui::Ui) {
        if self.refused.is_empty() {
            return;
        }
        let palette = theme::palette(ui);
        let mut is_read = false;
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.label(theme::strong("Left out"));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    is_read = ui.button("Dismiss").clicked();
                });
            });
            for refused in self.refused.iter().take(REFUSED_SHOWN) {
                let name = refused.path.file_name().unwrap_or_default();
                let text = format!("{}: {}", name.to_string_lossy(), refused.reason);
                ui.label(theme::small(text).color(palette.error));
            }
            let more = self.refused.len().saturating_sub(REFUSED_SHOWN);
            if more > 0 {
                ui.label(theme::small(format!("and {more} more")).color(palette.text_weak));
            }
        });
        if is_read {
            self.refused.clear();
        }
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
            (
                Form::Web,
                "From the web…",
                "Fetch images from a list of addresses, Openverse or Wikimedia Commons",
            ),
            (
                Form::Watch,
                "Watch a folder…",
                "Take in what others put into a folder, as soon as it is finished",
            ),
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
            if ui.button("From the web…").clicked() {
                self.form = Some(Form::Web);
            }
            if ui.button("Watch a folder…").clicked() {
                self.form = Some(Form::Watch);
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
                    Form::Web => "Images from the web",
                    Form::Watch => "Watch a folder",
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
                let is_collecting = form == Form::Web
                    && egui::Panel::bottom("web-form-foot")
                        .resizable(false)
                        .frame(egui::Frame::new().inner_margin(egui::Margin::symmetric(0, 8)))
                        .show(ui, |ui| self.web.foot_ui(ui, ctx))
                        .inner;
                let is_done = scrolled_ui(
                    ui,
                    egui::ScrollArea::vertical()
                        .id_salt("import-form")
                        .auto_shrink(false),
                    |ui, _| match form {
                        Form::Films => self.films.ui(ui, &mut self.prober, ctx),
                        Form::Images => self.images.ui(ui, &mut self.prober, ctx),
                        Form::Web => {
                            self.web.ui(ui, ctx);
                            false
                        }
                        Form::Watch => self.watch.ui(ui, ctx),
                    },
                );
                if is_done || is_collecting {
                    self.form = None;
                }
                for film in self.images.take_films() {
                    self.films.add(film, ctx.snapshot());
                    self.form = Some(Form::Films);
                }
            });
    }
}
