//! What the run may cheat on: the border, the place, and the part of the images that decides. A row opens its images.

use std::sync::Arc;

use eframe::egui;

use super::background_ui::background_ui;
use super::clusters_ui::clusters_ui;
use super::found::FoundReader;
use super::listing::Part;
use super::measured::Measured;
use crate::run::RunLog;
use crate::session::jobs::background::BackgroundTest;
use crate::session::jobs::clusters::MapClustering;
use crate::session::{Command, Job};
use crate::ui::context::ViewCtx;
use crate::ui::help::explained::CLUSTERS;
use crate::ui::theme;
use crate::ui::widgets::audit_ui::AuditPanel;
use crate::ui::widgets::help_mark::labelled_ui;

/// What is looked at.
pub struct Of<'a> {
    pub run: &'a RunLog,
    pub set: &'a str,
    pub measured: &'a Arc<Measured>,
}

/// Of which weights and images a finding is.
struct Version<'a> {
    epoch: Option<u32>,
    data: &'a str,
}

#[derive(Default)]
pub struct Shortcuts {
    audit: AuditPanel,
    reader: FoundReader,
}

impl Shortcuts {
    /// Returns what was clicked.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        of: &Of<'_>,
        chosen: &Part,
    ) -> Option<Part> {
        let (run, set) = (of.run.info.id.as_str(), of.set);
        self.reader.follow(ctx, run, set);
        if let Some(failure) = &self.reader.failure {
            let color = theme::palette(ui).error;
            ui.label(egui::RichText::new(failure).color(color));
        }
        let found = self.reader.found();
        let mut clicked = None;

        ui.add_space(theme::GAP_MEDIUM);
        ui.label(theme::strong("Does it know the place only?"));
        let is_under_way = is_running(ctx, |job| match job {
            Job::Background(job) => job.run_id == run && job.set == set,
            _other => false,
        });
        let tooltip = "Hides the figure of every image, by a blur and by the mean color, and predicts again: what moves in a film's scene, otherwise the hottest region of the heatmap";
        if button_ui(ui, "Hide the figures", tooltip, is_under_way) {
            let job = BackgroundTest::new(run.to_owned(), set.to_owned());
            ctx.send(Command::start(job));
        }
        if let Some(background) = found.and_then(|found| found.background.as_ref()) {
            stale_ui(
                ui,
                of,
                &Version {
                    epoch: background.best_epoch,
                    data: &background.data_version,
                },
            );
            clicked = background_ui(ui, background, chosen);
        }

        ui.add_space(theme::GAP_MEDIUM);
        labelled_ui(
            ui,
            theme::strong("Which part of the images decides?"),
            &CLUSTERS,
        );
        let is_under_way = is_running(ctx, |job| match job {
            Job::ClusterMaps(job) => job.run_id == run && job.set == set,
            _other => false,
        });
        let tooltip = "Groups the heatmaps of each class by where they are hot: a logo, a subtitle or a corner is a group of its own, to be decided on at once";
        if button_ui(ui, "Group the heatmaps", tooltip, is_under_way) {
            let job = MapClustering::new(run.to_owned(), set.to_owned());
            ctx.send(Command::start(job));
        }
        if let Some(clusters) = found.and_then(|found| found.clusters.as_ref()) {
            stale_ui(
                ui,
                of,
                &Version {
                    epoch: clusters.best_epoch,
                    data: &clusters.data_version,
                },
            );
            clicked = clusters_ui(ui, clusters, chosen).or(clicked);
        }

        self.audit.follow(ctx, of.run);
        self.audit.ui(ui, ctx, of.run);
        clicked
    }
}

fn is_running(ctx: &ViewCtx<'_>, is_it: impl Fn(&Job) -> bool) -> bool {
    let jobs = ctx.session.jobs();
    jobs.iter()
        .any(|view| view.is_running() && is_it(&view.job))
}

fn button_ui(ui: &mut egui::Ui, text: &str, tooltip: &str, is_running: bool) -> bool {
    ui.add_enabled(!is_running, egui::Button::new(text))
        .on_hover_text(tooltip)
        .on_disabled_hover_text("It is under way")
        .clicked()
}

fn stale_ui(ui: &mut egui::Ui, of: &Of<'_>, version: &Version<'_>) {
    let data = of.measured.predictions.info.data_version.as_deref();
    let text = if version.epoch != of.run.best_epoch() {
        "Of an earlier epoch of the run; do it again."
    } else if data.is_some_and(|data| data != version.data) {
        "Of other images than the numbers here; do it again."
    } else {
        return;
    };
    let color = theme::palette(ui).warning;
    ui.label(theme::small(text).color(color));
}
