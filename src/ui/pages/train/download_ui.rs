//! The weights that the hub has for the chosen net: a button, the transfer while it goes on, and the path in the form.

use std::path::PathBuf;

use eframe::egui;

use super::form::TrainForm;
use crate::model::Arch;
use crate::model::hub::Hub;
use crate::session::jobs::download::WeightsDownload;
use crate::session::{Command, Job, JobView, Session};
use crate::ui::context::ViewCtx;
use crate::ui::{number, theme};

/// What is known about downloaded weights, looked up when it may have changed and not in every frame.
#[derive(Default)]
pub struct Downloads {
    /// `None` where the system has no folder for downloads.
    hub: Option<Hub>,
    seen: Option<(Arch, Option<PathBuf>)>,
    /// The net whose weights this form has asked for.
    waiting: Option<Arch>,
}

impl Downloads {
    /// Puts the path of downloaded weights into an empty field when the net is chosen and when a download ends, and takes
    /// out what was for another net.
    pub fn follow(&mut self, session: &Session, form: &mut TrainForm) {
        let has_ended = self
            .waiting
            .is_some_and(|arch| download_of(session, arch).is_none());
        if has_ended {
            self.waiting = None;
        } else if self.seen.as_ref().is_some_and(|seen| seen.0 == form.arch()) {
            return;
        }
        if self.hub.is_none() {
            self.hub = Hub::of_user().ok();
        }
        if let Some((_, Some(path))) = &self.seen
            && form.weights().as_ref() == Some(path)
        {
            form.stage_1.weights = None;
        }
        let path = self.hub.as_ref().and_then(|hub| hub.cached(form.arch()));
        if form.weights().is_none() && path.is_some() {
            form.stage_1.weights.clone_from(&path);
        }
        self.seen = Some((form.arch(), path));
    }

    /// The row below that of the path; none for a net that is not on the hub.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, form: &TrainForm) {
        let (Some(hub), Some(repository)) = (&self.hub, form.arch().hub_repository()) else {
            return;
        };
        if let Some(job) = download_of(ctx.session, form.arch()) {
            ui.label("Downloading");
            transfer_ui(ui, ctx, &job);
            ui.end_row();
        } else if form.weights().is_none() {
            ui.label("");
            let tooltip = format!(
                "From {repository} on huggingface.co; once, then they are kept on this computer"
            );
            if ui
                .button("Download weights")
                .on_hover_text(tooltip)
                .clicked()
            {
                let download = WeightsDownload::new(hub.clone(), form.arch());
                ctx.send(Command::start(download));
                self.waiting = Some(form.arch());
            }
            ui.end_row();
        }
    }
}

fn download_of(session: &Session, arch: Arch) -> Option<JobView> {
    let mut jobs = session.jobs().into_iter();
    jobs.find(|view| {
        let is_wanted =
            matches!(&*view.job, Job::DownloadWeights(download) if download.arch == arch);
        is_wanted && view.is_running()
    })
}

fn transfer_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, job: &JobView) {
    ui.horizontal(|ui| {
        let fraction = job.progress.fraction();
        let bar = egui::ProgressBar::new(fraction.unwrap_or(0.0))
            .desired_width(ui.available_width() * 0.4)
            .desired_height(theme::GAP_SMALL)
            .fill(theme::palette(ui).accent);
        ui.add(bar)
            .on_hover_text(&job.progress.stage)
            .accessible_name("Download progress");
        if let Some(fraction) = fraction {
            ui.label(theme::number(number::percent(f64::from(fraction))));
        }
        if ui.button("Cancel").clicked() {
            ctx.send(Command::Cancel(job.id));
        }
    });
}
