//! Asks before jobs that are running are cancelled by opening another project or closing the window.

use eframe::egui::{self, Id};

use super::action::Action;
use super::theme;
use crate::session::JobView;

/// What the person wants, which would cancel the jobs.
#[derive(Clone, Debug)]
pub enum Leaving {
    /// To open or make another project.
    For(Action),
    /// To close the window.
    Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Stay,
    Leave,
}

/// `None` until the person has answered; Escape stays.
pub fn leave_ui(ctx: &egui::Context, leaving: &Leaving, jobs: &[JobView]) -> Option<Answer> {
    let (title, button) = match leaving {
        Leaving::For(_) => ("Leave this project?", "Cancel them and leave"),
        Leaving::Window => ("Close the window?", "Cancel them and close"),
    };
    let frame = egui::Frame::window(&ctx.global_style());
    let modal = egui::Modal::new(Id::unique("leave")).frame(frame);
    let modal = modal.show(ctx, |ui| {
        ui.set_width(theme::DIALOG_WIDTH);
        ui.label(theme::title(title));
        ui.add_space(theme::GAP_SMALL);
        ui.label("This is still running and would be cancelled:");
        for job in jobs.iter().filter(|job| job.is_running()) {
            ui.label(theme::strong(&job.title));
            ui.label(theme::small(job.job.kind().after_cancel()));
        }
        ui.add_space(theme::GAP_MEDIUM);
        ui.horizontal(|ui| {
            let stay = ui.add(theme::primary_button(ui, "Stay")).clicked();
            let leave = ui.button(button).clicked();
            match (stay, leave) {
                (true, _) => Some(Answer::Stay),
                (false, true) => Some(Answer::Leave),
                (false, false) => None,
            }
        })
        .inner
    });
    if modal.inner.is_none() && modal.should_close() {
        return Some(Answer::Stay);
    }
    modal.inner
}
