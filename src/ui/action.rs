//! What a page or a key may ask of the frame; everything that changes the project is a [`Command`] instead.

use std::path::PathBuf;

use eframe::egui;

use super::failure::Failure;
use super::guide::choice::GuideChoice;
use super::keys::{self, Bindings, Shortcut};
use super::page::Page;
use crate::catalog::ImageId;
use crate::curate::Kind;
use crate::session::Command;
use crate::settings::Change;

#[derive(Clone, Debug)]
pub enum Action {
    Go(Page),
    /// Opens the review of what a check has found in Cull.
    Review(Kind),
    /// Opens the Evaluate page on this folder.
    EvaluateOn(PathBuf),
    /// Opens the Train page, with stage 2 starting from this run.
    TrainFrom(String),
    /// Opens the Explain page on this image, by the run that is named.
    Explain {
        image: ImageId,
        run: Option<String>,
    },
    OpenProject(PathBuf),
    /// Puts the newest backup of this project's catalog back, and opens the project.
    RestoreCatalog(PathBuf),
    /// Makes the folder into a project and opens it.
    CreateProject(PathBuf),
    /// Off the start page's list; the project itself stays.
    ForgetProject(PathBuf),
    /// Begins an import on the Collect page with these films or folders filled in.
    Collect(Vec<PathBuf>),
    /// Changes the settings: holds at once, and is written.
    Set(Vec<Change>),
    /// Opens the settings, or goes back to the page before.
    ToggleSettings,
    ToggleKeySheet,
    /// Empties the open project's cache of what can be made again.
    ClearCache,
    /// Puts what a report should say on the clipboard; with the error that it is about.
    CopyDiagnostics(Option<String>),
    SetGuide(GuideChoice),
    /// Opens the changelog; it counts as seen.
    ShowNews,
    /// It counts as seen, unread.
    DismissNews,
    Toast(String),
    Fail(Failure),
}

/// Takes the keys that work on every page out of the input. While a text field is typed into, only commands that lead to a page are
/// taken: Ctrl+Z is the field's own undo there.
pub fn take_keys(ui: &egui::Ui, actions: &mut Vec<Action>, commands: &mut Vec<Command>) {
    let is_typing = ui.text_edit_focused();
    let bindings = Bindings::of(ui.ctx());
    let is_meant = |shortcut| !is_typing || bindings.chord(shortcut).is_command();
    for page in Page::RAIL {
        let shortcut = page.shortcut().filter(|shortcut| is_meant(*shortcut));
        if shortcut.is_some_and(|shortcut| keys::take(ui, shortcut)) {
            actions.push(Action::Go(page));
        }
    }
    if is_meant(Shortcut::OpenSettings) && keys::take(ui, Shortcut::OpenSettings) {
        actions.push(Action::ToggleSettings);
    }
    if is_typing {
        return;
    }
    if keys::take(ui, Shortcut::Redo) {
        commands.push(Command::Redo);
    }
    if keys::take(ui, Shortcut::Undo) {
        commands.push(Command::Undo);
    }
    let is_asked = ui.input(|input| {
        let mut events = input.events.iter();
        events.any(|event| matches!(event, egui::Event::Text(text) if text == "?"))
    });
    if is_asked || keys::take(ui, Shortcut::ShowKeys) {
        actions.push(Action::ToggleKeySheet);
    }
}
