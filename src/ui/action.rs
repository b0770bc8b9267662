//! What a page or a key may ask of the frame; everything that changes the project is a [`Command`] instead.

use std::path::PathBuf;

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers, ThemePreference};

use super::failure::Failure;
use super::guide::choice::GuideChoice;
use super::page::Page;
use crate::catalog::ImageId;
use crate::session::Command;

#[derive(Clone, Debug)]
pub enum Action {
    Go(Page),
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
    SetTheme(ThemePreference),
    ToggleKeySheet,
    SetGuide(GuideChoice),
    /// Opens the changelog; it counts as seen.
    ShowNews,
    /// It counts as seen, unread.
    DismissNews,
    Toast(String),
    Fail(Failure),
}

const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
const REDO: KeyboardShortcut =
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);

/// Takes the keys that work on every page out of the input. While a text field is typed into, only Ctrl with a page's
/// number is taken: Ctrl+Z is the field's own undo there.
pub fn take_keys(ui: &egui::Ui, actions: &mut Vec<Action>, commands: &mut Vec<Command>) {
    let is_typing = ui.text_edit_focused();
    ui.input_mut(|input| {
        for page in Page::RAIL {
            if page
                .key()
                .is_some_and(|key| input.consume_key(Modifiers::COMMAND, key))
            {
                actions.push(Action::Go(page));
            }
        }
        if is_typing {
            return;
        }
        // The longer one first: a shortcut also matches with more modifiers held.
        if input.consume_shortcut(&REDO) {
            commands.push(Command::Redo);
        }
        if input.consume_shortcut(&UNDO) {
            commands.push(Command::Undo);
        }
        let asked = input
            .events
            .iter()
            .any(|event| matches!(event, egui::Event::Text(text) if text == "?"));
        if asked || input.consume_key(Modifiers::NONE, Key::F1) {
            actions.push(Action::ToggleKeySheet);
        }
    });
}
