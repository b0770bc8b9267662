//! What a page can read and send while it is drawn.

use eframe::egui;

use super::action::Action;
use super::cache_keeper::CacheKeeper;
use super::page::Page;
use super::remembered::Recent;
use super::textures::Textures;
use crate::catalog::{Edit, ImageId, Snapshot};
use crate::session::{Command, Session, Waker};
use crate::settings::{Settings, SettingsFile};

/// Pages read the session and push commands and actions; both are done before the next frame.
pub struct ViewCtx<'a> {
    pub session: &'a Session,
    pub commands: &'a mut Vec<Command>,
    pub actions: &'a mut Vec<Action>,
    pub textures: &'a mut Textures,
    /// For a page's own workers.
    pub waker: &'a Waker,
    pub settings: &'a Settings,
    /// Decisions in the last minute, for Cull.
    pub decisions_per_minute: usize,
}

impl ViewCtx<'_> {
    pub fn snapshot(&self) -> &Snapshot {
        self.session.snapshot()
    }

    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    pub fn edit(&mut self, edit: Edit) {
        self.commands.push(Command::Edit(edit));
    }

    pub fn go(&mut self, page: Page) {
        self.actions.push(Action::Go(page));
    }

    pub fn explain(&mut self, image: ImageId) {
        self.actions.push(Action::Explain { image, run: None });
    }

    /// As this run sees it.
    pub fn explain_by(&mut self, image: ImageId, run: String) {
        let run = Some(run);
        self.actions.push(Action::Explain { image, run });
    }

    /// Pins the image, or unpins it.
    pub fn toggle_pin(&mut self, image: ImageId) {
        let is_pinned = !self.session.pins().has(image);
        self.send(Command::Pin { image, is_pinned });
    }

    pub fn toast(&mut self, text: impl Into<String>) {
        self.actions.push(Action::Toast(text.into()));
    }

    /// Copies what a report of this error should say.
    pub fn diagnose(&mut self, error: String) {
        self.actions.push(Action::CopyDiagnostics(Some(error)));
    }

    /// True if single keys (X, K, arrows) are meant for the page: nobody types and nothing lies over it.
    pub fn keys_are_free(&self, ui: &egui::Ui) -> bool {
        !ui.text_edit_focused()
            && !egui::Popup::is_any_open(ui.ctx())
            && ui.memory(|memory| memory.top_modal_layer().is_none())
    }
}

/// What the start page can read and send; there need not be a session.
pub struct StartCtx<'a> {
    pub recent: &'a [Recent],
    pub actions: &'a mut Vec<Action>,
    pub textures: &'a mut Textures,
    pub waker: &'a Waker,
    /// Films or folders that were dropped and wait for a project.
    pub waiting: usize,
    /// Points of the changelog that the person has not seen.
    pub unseen_news: usize,
}

/// What the settings page can read and send; there need not be a session.
pub struct SettingsCtx<'a> {
    pub file: &'a SettingsFile,
    pub session: Option<&'a Session>,
    pub cache: &'a mut CacheKeeper,
    pub actions: &'a mut Vec<Action>,
    pub waker: &'a Waker,
    /// Diagnostics are being gathered.
    pub is_diagnosing: bool,
}
