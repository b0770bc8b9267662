//! The explain page: what a run says about an image, and where it looked to say so.
//!
//! Left is what to look at, in the middle the image under its heatmap, right the classes. The net works on a
//! thread of its own ([`workers`]); the window only ever draws the newest result.

mod against_ui;
mod canvas_ui;
mod classes_ui;
mod faithful_ui;
mod files_ui;
mod method_ui;
mod overlay;
mod picker;
mod request;
mod run_ui;
mod save;
mod save_ui;
mod seen;
mod subject;
mod workers;

use std::path::PathBuf;

use eframe::egui::{self, Key};

use crate::catalog::{Decision, Edit, ImageId};
use crate::model::Arch;
use crate::predict::ImageFile;
use crate::run::RunLog;
use crate::ui::action::Action;
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::page::Page;
use crate::ui::theme;
use crate::ui::widgets::audit_ui::AuditPanel;
use crate::ui::widgets::empty::{Empty, empty_ui};
use crate::ui::widgets::path_field::is_named_like_a_film;
use crate::ui::widgets::right_panel::{RightPanel, side_widths};
use crate::ui::widgets::run_choice::answering_run;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::widgets::weights::Weights;
use crate::ui::widgets::zoom::Zoom;

use overlay::Overlay;
use picker::Picker;
use request::{Asked, Request};
use seen::SeenImages;
use subject::Subject;
use workers::Workers;

const CLASSES_WIDTH: f32 = 272.0;

#[derive(Default)]
pub struct ExplainPage {
    /// What is looked at.
    subject: Option<Subject>,
    /// By name, so that it survives a change of run; `None`: the most probable one.
    class: Option<String>,
    /// `None`: the best run.
    run: Option<String>,
    overlay: Overlay,
    workers: Workers,
    picker: Picker,
    seen: SeenImages,
    zoom: Zoom,
    audit: AuditPanel,
    /// What was to be checked for faithfulness; anything else asked is not.
    checked: Option<(ImageFile, Asked)>,
}

impl ExplainPage {
    /// From another page: look at this image, by the run that is named.
    pub fn show_image(&mut self, image: ImageId, run: Option<String>) {
        self.look_at(Subject::Image(image));
        if run.is_some() {
            self.run = run;
        }
    }

    /// Whether an image lies under a heatmap of it.
    pub fn shows_heatmap(&self) -> bool {
        self.overlay.is_shown && self.workers.shown().is_some()
    }

    /// Whether what is looked at is no image of the project.
    pub fn is_about_a_file(&self) -> bool {
        self.subject
            .as_ref()
            .is_some_and(|subject| subject.image().is_none())
    }

    fn look_at(&mut self, subject: Subject) {
        if self.subject.as_ref() != Some(&subject) {
            self.subject = Some(subject);
            // Another image starts with its own most probable class, and whole.
            self.class = None;
            self.zoom = Zoom::default();
        }
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let session = ctx.session;
        let Some(run) = answering_run(session, self.run.as_deref()) else {
            no_run_ui(ui, ctx);
            return;
        };
        self.picker.follow(ctx.snapshot());
        self.seen.follow(ctx, run);
        self.audit.follow(ctx, run);
        self.take_dropped(ui, ctx);
        self.keyboard(ui, ctx, run.info.config.arch);
        if self.subject.is_none() {
            self.subject = self.picker.images().first().copied().map(Subject::Image);
        }
        let file = self.file(ctx);
        if let Some(file) = &file
            && let Some(weights) = Weights::newest(ctx, run)
        {
            let asked = self.asked(run);
            let is_same = |(at, what): &(ImageFile, Asked)| at == file && *what == asked;
            let is_checked = self.checked.as_ref().is_some_and(is_same);
            let request = Request {
                weights,
                file: file.clone(),
                asked,
                looks: self.overlay.looks,
                is_checked,
            };
            self.workers.request(ctx, request);
        }
        self.workers.receive(ui, ctx);

        egui::Panel::left("explain subjects")
            .frame(theme::panel_frame(ui))
            .default_size(theme::SIDE_PANEL_WIDTH)
            .size_range(side_widths(ui, theme::SIDE_PANEL_WIDTH..=theme::FORM_WIDTH))
            .show(ui, |ui| self.subjects_ui(ui, ctx, run));
        let classes = RightPanel {
            name: "explain classes",
            default_width: CLASSES_WIDTH,
            widths: side_widths(ui, CLASSES_WIDTH..=theme::FORM_WIDTH),
        };
        classes.middle_ui(ui, theme::canvas_frame(ui), |ui| {
            let Self {
                workers,
                overlay,
                zoom,
                ..
            } = self;
            let subject = canvas_ui::Subject {
                file: file.as_ref(),
                zoom,
            };
            canvas_ui::canvas_ui(ui, ctx, workers, overlay, subject);
        });
        classes.ui(ui, |ui| self.result_ui(ui, ctx, run));
    }

    /// Chosen under another run, a class or layer may be one that this one does not know.
    fn asked(&self, run: &RunLog) -> Asked {
        let known = |class: &Option<String>| {
            let class = class.clone();
            class.filter(|class| run.info.classes.contains(class))
        };
        let class = known(&self.class);
        let layer = self.overlay.layer_of(run.info.config.arch);
        Asked {
            against: known(&self.overlay.against).filter(|other| Some(other) != class.as_ref()),
            class,
            method: self.overlay.method,
            layer: layer.map(str::to_owned),
        }
    }

    /// An image that left the catalog leaves the page, too.
    fn file(&self, ctx: &ViewCtx<'_>) -> Option<ImageFile> {
        self.subject.as_ref()?.file(ctx.snapshot())
    }

    fn image(&self) -> Option<ImageId> {
        self.subject.as_ref().and_then(Subject::image)
    }

    fn subjects_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, run: &RunLog) {
        let shown = self.workers.shown();
        run_ui::run_ui(ui, ctx, (&mut self.run, run), shown);
        let files = self.picker.file_ui(ui, ctx);
        let offered = self.picker.offer(files);
        let clicked = self.picker.list_ui(ui, ctx, self.subject.as_ref());
        if let Some(subject) = offered.or(clicked) {
            self.look_at(subject);
        }
    }

    fn result_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, run: &RunLog) {
        let actual = self
            .image()
            .and_then(|image| ctx.snapshot().image(image)?.class)
            .and_then(|class| ctx.snapshot().class_name(class))
            .map(str::to_owned);
        let is_seen = self
            .image()
            .is_some_and(|image| self.seen.has(ctx.snapshot(), image));
        scrolled_ui(
            ui,
            egui::ScrollArea::vertical().auto_shrink(false),
            |ui, _| {
                if let Some(class) =
                    classes_ui::classes_ui(ui, ctx, &self.workers, (actual.as_deref(), is_seen))
                {
                    self.class = Some(class);
                }
                if let Some(image) = self.image() {
                    classes_ui::actions_ui(ui, ctx, image);
                }
                if let Some(subject) = &self.subject {
                    let picker = &self.picker;
                    let listed = || {
                        let subjects = picker.following(subject, save_ui::SHEET_IMAGES);
                        let files = subjects.iter().map(|one| one.file(ctx.snapshot()));
                        files.flatten().collect()
                    };
                    let shown = (&self.overlay, subject);
                    save_ui::save_ui(ui, ctx, &mut self.workers, shown, listed);
                }
                let arch = run.info.config.arch;
                against_ui::against_ui(ui, &self.workers, &mut self.overlay);
                method_ui::method_ui(ui, &mut self.overlay.method);
                method_ui::layer_ui(ui, &self.workers, &mut self.overlay, arch);
                method_ui::looks_ui(ui, &mut self.overlay);
                let is_map = self.overlay.method.is_map();
                if faithful_ui::faithful_ui(ui, &self.workers, is_map) {
                    let file = self.file(ctx);
                    self.checked = file.map(|file| (file, self.asked(run)));
                }
                self.audit.ui(ui, ctx, run);
            },
        );
    }

    /// Images are looked at; films and folders are for an import.
    fn take_dropped(&mut self, ui: &egui::Ui, ctx: &mut ViewCtx<'_>) {
        let dropped: Vec<PathBuf> = ui.input(|input| {
            let files = input.raw.dropped_files.iter();
            files.map(|file| PathBuf::from(file.path())).collect()
        });
        let (material, files): (Vec<_>, Vec<_>) = dropped
            .into_iter()
            .partition(|path| path.is_dir() || is_named_like_a_film(path));
        if !material.is_empty() {
            ctx.actions.push(Action::Collect(material));
        }
        if let Some(subject) = self.picker.offer(files) {
            self.look_at(subject);
        }
    }

    /// Letters choose what is shown, pin or reject; arrows leaf through the images.
    fn keyboard(&mut self, ui: &egui::Ui, ctx: &mut ViewCtx<'_>, arch: Arch) {
        if !ctx.keys_are_free(ui) || ui.memory(egui::Memory::focused).is_some() {
            return;
        }
        let pressed = |key: Key| {
            ui.input(|input| {
                input.key_pressed(key) && !input.modifiers.command && !input.modifiers.alt
            })
        };
        if keys::take(ui, Shortcut::ExplainOverlay) {
            self.overlay.is_shown = !self.overlay.is_shown;
        }
        if keys::take(ui, Shortcut::ExplainMethod) {
            self.overlay.method = self.overlay.method.next();
        }
        if keys::take(ui, Shortcut::ExplainOneToOne) {
            self.zoom.toggle_one_to_one();
        }
        if keys::take(ui, Shortcut::ExplainPin)
            && let Some(image) = self.image()
        {
            ctx.toggle_pin(image);
        }
        if keys::take(ui, Shortcut::ExplainLayer) {
            method_ui::earlier_layer(&self.workers, &mut self.overlay, arch);
        }
        let mut by = 0;
        if pressed(Key::ArrowRight)
            || pressed(Key::ArrowDown)
            || keys::take(ui, Shortcut::ExplainNext)
        {
            by = 1;
        }
        if pressed(Key::ArrowLeft)
            || pressed(Key::ArrowUp)
            || keys::take(ui, Shortcut::ExplainPrevious)
        {
            by = -1;
        }
        let next = |page: &Self, by: isize| page.picker.neighbor(page.subject.as_ref(), by);
        if keys::take(ui, Shortcut::ExplainReject)
            && let Some(image) = self.image()
        {
            let neighbor = next(self, 1);
            ctx.edit(Edit::SetDecision {
                images: vec![image],
                decision: Decision::Reject,
            });
            if let Some(neighbor) = neighbor {
                self.look_at(neighbor);
            }
        } else if by != 0
            && let Some(neighbor) = next(self, by)
        {
            if let Subject::Image(image) = neighbor {
                self.picker.reveal(image);
            }
            self.look_at(neighbor);
        }
    }
}

fn no_run_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
    let empty = Empty {
        icon: egui_material_icons::icons::ICON_VISIBILITY,
        title: "Nothing to explain yet",
        text: "This page shows what a trained run looks at. Train one first; one epoch is enough.",
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
