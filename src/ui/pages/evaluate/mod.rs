//! The evaluate page: how right a run is on a set of images, what it takes for what, and from each mistake to its image.
//!
//! Everything shown was stored by an evaluation (`runs/ID/predictions`) and is read by a worker; measuring is a job.

mod actions_ui;
mod background_ui;
mod calibration_ui;
mod clusters_ui;
mod compare_ui;
mod confusion_ui;
pub mod export_ui;
mod found;
mod group_ui;
mod images_ui;
mod keys;
mod listing;
mod measured;
mod numbers_ui;
mod shortcuts_ui;
mod top_ui;

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;

use crate::catalog::ImageId;
use crate::run::RunLog;
use crate::session::jobs::evaluate::SetEvaluation;
use crate::session::{Command, Job, JobView, Lane};
use crate::ui::action::Action;
use crate::ui::context::ViewCtx;
use crate::ui::page::Page;
use crate::ui::theme;
use crate::ui::widgets::empty::{Empty, empty_ui};
use crate::ui::widgets::heatmaps::Heatmaps;
use crate::ui::widgets::right_panel::{RightPanel, side_widths};
use crate::ui::widgets::run_choice::chosen_run;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::widgets::weights::Weights;

use compare_ui::Comparing;
use export_ui::ExportForm;
use images_ui::{Click, Images};
use listing::{Filter, Listing, Part};
use measured::{Measured, Reader, Request};
use numbers_ui::Table;
use shortcuts_ui::Shortcuts;
use top_ui::{Wish, set_text};

const CONFUSION_WIDTH: f32 = 320.0;
const NUMBERS_WIDTH: f32 = 280.0;
/// Room for the names of all tables on one line.
const NUMBERS_DEFAULT_WIDTH: f32 = 392.0;

pub struct EvaluatePage {
    /// `None`: the best run.
    run: Option<String>,
    /// As [`crate::evaluate::EvaluationSet::of`] knows it.
    set: String,
    /// Folders that were dropped here.
    folders: Vec<PathBuf>,
    reader: Reader,
    filter: Filter,
    listing: Listing,
    unit: confusion_ui::Unit,
    table: Table,
    /// A place in the predictions.
    selected: Option<usize>,
    /// Scroll to the selected image in this frame.
    reveals: bool,
    columns: usize,
    heatmaps: Heatmaps,
    comparing: Comparing,
    shortcuts: Shortcuts,
    export: ExportForm,
}

impl Default for EvaluatePage {
    fn default() -> Self {
        Self {
            run: None,
            set: "valid".to_owned(),
            folders: Vec::new(),
            reader: Reader::default(),
            filter: Filter::default(),
            listing: Listing::default(),
            unit: confusion_ui::Unit::default(),
            table: Table::default(),
            selected: None,
            reveals: false,
            columns: 1,
            heatmaps: Heatmaps::default(),
            comparing: Comparing::default(),
            shortcuts: Shortcuts::default(),
            export: ExportForm::default(),
        }
    }
}

impl EvaluatePage {
    /// A folder to measure on.
    pub fn offer(&mut self, folder: PathBuf) {
        // As an evaluation names it.
        let folder = folder.canonicalize().unwrap_or(folder);
        self.set = folder.to_string_lossy().into_owned();
        if !self.folders.contains(&folder) {
            self.folders.push(folder);
        }
    }

    /// Whether the selected image is one that the run got wrong.
    pub fn is_mistake_selected(&self) -> bool {
        let Some(place) = self.selected else {
            return false;
        };
        let measured = self.reader.measured();
        let image = measured
            .as_ref()
            .and_then(|measured| measured.predictions.images.get(place));
        image.is_some_and(|image| !image.is_correct())
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        let Some(run) = chosen_run(ctx.session.runs(), self.run.as_deref()) else {
            no_run_ui(ui, ctx);
            return;
        };
        let before = (self.run.clone(), self.set.clone());
        egui::Panel::top("evaluation head")
            .frame(theme::panel_frame(ui))
            .show(ui, |ui| self.head_ui(ui, ctx, run));
        if before != (self.run.clone(), self.set.clone()) {
            (self.filter.part, self.selected) = (Part::All, None);
        }
        match self.reader.measured() {
            Some(measured) => self.measured_ui(ui, ctx, run, &measured),
            None => self.nothing_ui(ui, ctx, run),
        }
    }

    fn head_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, run: &RunLog) {
        ui.horizontal_wrapped(|ui| {
            let set = (&mut self.set, self.folders.as_slice());
            top_ui::choices_ui(ui, ctx, (&mut self.run, run), set);
            let button = ui
                .button("Export…")
                .on_hover_text("Make a folder of this run, or of the images, for other programs");
            if button.clicked() {
                self.export.open(run, ctx.snapshot());
            }
        });
        export_ui::cards_ui(ui, ctx);
        self.export.ui(ui, ctx);
        self.reader.follow(ctx, Request::new(ctx, run, &self.set));
        let Some(measured) = self.reader.measured() else {
            return;
        };
        let is_measuring = self.job(ctx, run).is_some();
        let obstacle = is_measuring.then_some("It is being measured");
        match top_ui::result_ui(ui, (run, &measured), (&self.set, obstacle)) {
            Some(Wish::Measure) => self.measure(ctx, run),
            Some(Wish::TrainOn) => ctx.actions.push(Action::TrainFrom(run.info.id.clone())),
            None => {}
        }
    }

    /// The measurement that is under way or waits, if there is one.
    fn job(&self, ctx: &ViewCtx<'_>, run: &RunLog) -> Option<JobView> {
        let is_ours = |job: &Job| match job {
            Job::Evaluate(job) => job.run_id == run.info.id && job.set == self.set,
            _ => false,
        };
        let jobs = ctx.session.jobs();
        let mut jobs = jobs.into_iter().rev();
        jobs.find(|view| view.is_running() && is_ours(&view.job))
    }

    fn measure(&self, ctx: &mut ViewCtx<'_>, run: &RunLog) {
        let job = SetEvaluation::new(run.info.id.clone(), self.set.clone());
        ctx.send(Command::start(job));
    }

    /// What stands where there are no numbers yet.
    fn nothing_ui(&self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, run: &RunLog) {
        let name = set_text(&self.set);
        let text = format!("Measure on {name}");
        let is_measuring = self.job(ctx, run).is_some();
        let failure = self.reader.failure.as_deref();
        let empty = Empty {
            icon: egui_material_icons::icons::ICON_FACT_CHECK,
            title: match (failure, is_measuring) {
                (Some(_), _) => "The measurement cannot be read",
                (None, true) => "Being measured",
                (None, false) => "Not measured yet",
            },
            text: failure.unwrap_or("Every image of the set is predicted once. The numbers stay with the run: what it takes for what, each mistake with its image, and how sure it is."),
            button: (!is_measuring).then_some(text.as_str()),
        };
        egui::CentralPanel::default()
            .frame(theme::canvas_frame(ui))
            .show(ui, |ui| {
                if !self.reader.is_reading() && empty_ui(ui, &empty) {
                    self.measure(ctx, run);
                }
            });
    }

    fn measured_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        run: &RunLog,
        measured: &Arc<Measured>,
    ) {
        let version = self.reader.version;
        self.listing
            .follow(version, &self.filter, measured, ctx.snapshot());
        // What one cannot see is not to be rejected.
        self.selected = self
            .selected
            .filter(|place| self.listing.places.contains(place));
        self.keyboard(ui, ctx, measured);
        egui::Panel::left("confusion")
            .frame(theme::panel_frame(ui))
            .default_size(CONFUSION_WIDTH)
            .size_range(side_widths(ui, theme::SIDE_PANEL_WIDTH..=theme::FORM_WIDTH))
            .show(ui, |ui| self.left_ui(ui, ctx, measured));
        let numbers = RightPanel {
            name: "evaluation numbers",
            default_width: NUMBERS_DEFAULT_WIDTH,
            widths: side_widths(ui, NUMBERS_WIDTH..=theme::FORM_WIDTH),
        };
        numbers.middle_ui(ui, theme::canvas_frame(ui), |ui| {
            self.images_ui(ui, ctx, measured);
        });
        numbers.ui(ui, |ui| self.right_ui(ui, ctx, run, measured));
        let info = &measured.predictions.info;
        let weights = Weights {
            run: info.run.clone(),
            epoch: info.best_epoch,
            live: None,
        };
        self.heatmaps.follow(ui, ctx, weights);
    }

    fn left_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, measured: &Arc<Measured>) {
        let evaluation = &measured.evaluation;
        let clicked = confusion_ui::confusion_ui(ui, evaluation, &mut self.unit, &self.filter.part);
        self.choose(clicked);
        ui.separator();
        let area = egui::ScrollArea::vertical()
            .id_salt("what is chosen")
            .auto_shrink(false);
        scrolled_ui(ui, area, |ui, _| self.chosen_ui(ui, ctx, measured));
    }

    /// The images of a part that was chosen, and the selected one.
    fn chosen_ui(&self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, measured: &Arc<Measured>) {
        let images = self.group(measured);
        if self.filter.part != Part::All && !images.is_empty() {
            group_ui::group_ui(ui, ctx, &images);
            ui.separator();
        }
        let record = self
            .image(measured)
            .and_then(|id| ctx.session.snapshot().image(id));
        let Some(record) = record else {
            let weak = theme::palette(ui).text_weak;
            let text = match self.selected {
                Some(_) => "This image is not in the project: import its folder to correct it.",
                None => "Click an image to correct what is wrong with it.",
            };
            ui.label(egui::RichText::new(text).color(weak));
            return;
        };
        let record = record.clone();
        if actions_ui::actions_ui(ui, ctx, &record) {
            ctx.explain(record.id);
        }
    }

    /// Clicked once more, a part is let go of.
    fn choose(&mut self, clicked: Option<Part>) {
        if let Some(part) = clicked {
            let is_chosen = self.filter.part == part;
            self.filter.part = if is_chosen { Part::All } else { part };
        }
    }

    /// The images of the project that are listed.
    fn group(&self, measured: &Measured) -> Vec<ImageId> {
        let places = self.listing.places.iter();
        let images = places.filter_map(|place| measured.predictions.images.get(*place)?.image);
        images.collect()
    }

    /// The selected image, if it is in the project.
    fn image(&self, measured: &Measured) -> Option<ImageId> {
        let image = measured.predictions.images.get(self.selected?)?;
        image.image
    }

    fn images_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, measured: &Arc<Measured>) {
        let shown = self.listing.places.len();
        let counted = (measured.as_ref(), shown);
        images_ui::filter_ui(ui, ctx, &mut self.filter, counted, &mut self.heatmaps);
        ui.add_space(theme::GAP_TINY);
        if shown == 0 {
            let weak = theme::palette(ui).text_weak;
            let text = if self.filter.only_wrong {
                "None of these images is wrong."
            } else {
                "No image of the set is of this kind."
            };
            ui.label(egui::RichText::new(text).color(weak));
            return;
        }
        let mut images = Images {
            measured,
            listing: &self.listing,
            heatmaps: &mut self.heatmaps,
            selected: self.selected,
            reveals: std::mem::take(&mut self.reveals),
        };
        let (click, columns) = images_ui::images_ui(ui, ctx, &mut images);
        self.columns = columns;
        match click {
            Some(Click::Select(place)) => self.selected = Some(place),
            Some(Click::Open(place)) => {
                self.selected = Some(place);
                self.open(ctx, measured);
            }
            None => {}
        }
    }

    /// The selected image on Explain.
    fn open(&self, ctx: &mut ViewCtx<'_>, measured: &Measured) {
        if let Some(image) = self.image(measured) {
            ctx.explain(image);
        }
    }

    fn right_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        run: &RunLog,
        measured: &Arc<Measured>,
    ) {
        let area = egui::ScrollArea::vertical()
            .id_salt("numbers")
            .auto_shrink(false);
        scrolled_ui(ui, area, |ui, _| {
            let (snapshot, part) = (ctx.session.snapshot(), &self.filter.part);
            let evaluation = &measured.evaluation;
            let clicked = numbers_ui::numbers_ui(ui, snapshot, evaluation, &mut self.table, part);
            self.choose(clicked);
            if self.table == Table::Shortcuts {
                let of = shortcuts_ui::Of {
                    run,
                    set: &self.set,
                    measured,
                };
                let clicked = self.shortcuts.ui(ui, ctx, &of, &self.filter.part);
                self.choose(clicked);
                return;
            }
            let jobs = ctx.session.jobs();
            let mut busy = jobs.iter().filter(|view| view.is_running());
            let is_free = busy.all(|view| view.job.kind().lane() == Lane::Demo);
            self.comparing
                .ui(ui, ctx, (run, &self.set), measured, is_free);
        });
    }
}

fn no_run_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
    let empty = Empty {
        icon: egui_material_icons::icons::ICON_FACT_CHECK,
        title: "Nothing to evaluate yet",
        text: "This page shows what a trained run is right and wrong about. Train one first; one epoch is enough.",
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
