//! The window's end: asked for, agreed to, and reached when the jobs have ended.

use eframe::egui::{self, ViewportCommand};

use super::App;
use super::JOB_REPAINT;
use super::closing::Closing;
use crate::ui::leave::Leaving;

impl App {
    /// Once a frame, also of a hidden window.
    pub(super) fn close_when_asked(&mut self, ctx: &egui::Context) {
        self.parting.retain(|(_, parting)| !parting.is_over());
        if self.closing == Closing::Hidden {
            if self.parting.is_empty() {
                ctx.send_viewport_cmd(ViewportCommand::Close);
            } else {
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
                ctx.request_repaint_after(JOB_REPAINT);
            }
            return;
        }
        if !ctx.input(|input| input.viewport().close_requested()) {
            return;
        }
        if self.is_busy() && self.closing == Closing::No {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.leaving = Some(Leaving::Window);
        } else if self.is_busy() || !self.parting.is_empty() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            ctx.send_viewport_cmd(ViewportCommand::Visible(false));
            ctx.request_repaint_after(JOB_REPAINT);
            if self.recent.take_pending() {
                self.remember();
            }
            self.leave();
            self.closing = Closing::Hidden;
        }
    }

    pub(super) fn cancel_and_close(&mut self, ctx: &egui::Context) {
        self.closing = Closing::Agreed;
        // Before the project is left, lest the start page flashes up.
        ctx.send_viewport_cmd(ViewportCommand::Visible(false));
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }
}
