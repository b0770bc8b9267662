//! A failure as a card: what, why, what to do, copy details, dismiss.

use std::path::PathBuf;

use eframe::egui;
use egui_material_icons::icons;

use super::theme;
use super::widgets::at_right::at_right_ui;
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// "Importing drakes.mp4 failed"
    pub what: String,
    /// One line with the remedy, as [`crate::Error`] prints itself: cause; remedy; path.
    pub message: String,
    /// The project whose catalog a backup can replace: the card then has a button for it.
    pub restorable: Option<PathBuf>,
}

/// What the person did with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardAnswer {
    Stay,
    Dismiss,
    /// Put the newest backup of the catalog back.
    Restore,
    /// Copy what a report of it should say.
    Diagnose,
}

/// What the person asked of the window on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardWish {
    /// The newest backup of this project's catalog.
    Restore(PathBuf),
    /// Diagnostics about this error.
    Diagnose(String),
}

impl Failure {
    pub fn new(what: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            message: window_words(&message.into()),
            restorable: None,
        }
    }

    /// All of it, for a report.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.what, self.message)
    }

    /// That the project in `root` could not be opened.
    pub fn of_opening(root: PathBuf, error: &Error) -> Self {
        let has_backup = matches!(
            error,
            Error::DamagedCatalog { backups: 1.., .. } | Error::MissingCatalog { backups: 1.., .. }
        );
        Self {
            restorable: has_backup.then_some(root),
            ..Self::new("The project could not be opened", error.to_string())
        }
    }

    /// Cause and, if the message has one, the rest with the remedy.
    fn cause_and_remedy(&self) -> (&str, Option<&str>) {
        // What stands in parentheses belongs together.
        let mut depth = 0_usize;
        let at = self.message.char_indices().find_map(|(at, letter)| {
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _other => {}
            }
            let rest = self.message.get(at..)?;
            (depth == 0 && rest.starts_with("; ")).then_some(at)
        });
        match at.and_then(|at| Some((self.message.get(..at)?, self.message.get(at + 2..)?))) {
            Some((cause, remedy)) => (cause, Some(remedy)),
            None => (&self.message, None),
        }
    }
}

/// Where a command's name begins and ends in a message of the library.
const COMMAND_LINE: [&str; 2] = [" (on the command line: ", ")"];

/// A message of the library without what it says to who sits at a command line.
pub fn window_words(message: &str) -> String {
    let [begin, end] = COMMAND_LINE;
    let mut words = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(begin) {
        words.push_str(before);
        rest = after.split_once(end).map_or("", |(_, after)| after);
    }
    words.push_str(rest);
    words
}

/// A card; the same failure again makes no second one.
pub fn add_failure(failures: &mut Vec<Failure>, failure: Failure) {
    if !failures.contains(&failure) {
        failures.push(failure);
    }
}

pub fn failure_ui(ui: &mut egui::Ui, failure: &Failure) -> CardAnswer {
    let palette = theme::palette(ui);
    let mut answer = CardAnswer::Stay;
    let card = theme::card(ui).stroke(egui::Stroke::new(1.0, palette.error));
    card.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(theme::icon(icons::ICON_ERROR, theme::ICON_BUTTON).color(palette.error));
            ui.label(theme::strong(&failure.what));
            at_right_ui(ui, (&failure.what, &failure.message), |ui| {
                if ui.button("Copy details").clicked() {
                    ui.copy_text(failure.text());
                }
                if ui
                    .button("Copy diagnostics")
                    .on_hover_text("For a report: this, the version, what this computer has, changed settings and the last lines of the log")
                    .clicked()
                {
                    answer = CardAnswer::Diagnose;
                }
                if failure.restorable.is_some()
                    && ui
                        .add(theme::primary_button(ui, "Restore the last backup"))
                        .on_hover_text(
                            "The catalog as it is now is set aside in the project's folder",
                        )
                        .clicked()
                {
                    answer = CardAnswer::Restore;
                }
                if ui.button("Dismiss").clicked() {
                    answer = CardAnswer::Dismiss;
                }
            });
        });
        let (cause, remedy) = failure.cause_and_remedy();
        ui.label(capitalized(cause));
        if let Some(remedy) = remedy {
            ui.label(egui::RichText::new(capitalized(remedy)).color(palette.text_weak));
        }
    });
    answer
}

/// Cards for what failed at once. Returns what was asked for on one of them.
pub fn failures_ui(ui: &mut egui::Ui, failures: &mut Vec<Failure>) -> Option<CardWish> {
    let (mut index, mut wish) = (0, None);
    failures.retain(|failure| {
        index += 1;
        match failure_panel(ui, ("failure", index), failure) {
            CardAnswer::Stay => true,
            CardAnswer::Dismiss => false,
            CardAnswer::Restore => {
                wish = failure.restorable.clone().map(CardWish::Restore);
                false
            }
            CardAnswer::Diagnose => {
                wish = Some(CardWish::Diagnose(failure.text()));
                true
            }
        }
    });
    wish
}

pub fn failure_panel(
    ui: &mut egui::Ui,
    id: impl std::hash::Hash + std::fmt::Debug + Copy + Send + Sync + 'static,
    failure: &Failure,
) -> CardAnswer {
    let frame = egui::Frame::new()
        .fill(theme::palette(ui).canvas)
        .inner_margin(egui::Margin::same(8));
    egui::Panel::bottom(egui::Id::unique(id))
        .resizable(false)
        .frame(frame)
        .show(ui, |ui| failure_ui(ui, failure))
        .inner
}

pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_repeats_itself_is_one_card() {
        let mut failures = Vec::new();
        for _second in 0..3 {
            let failure = Failure::new("Reading the project failed", "the disk is gone; look");
            add_failure(&mut failures, failure);
        }
        assert_eq!(failures.len(), 1);
        add_failure(&mut failures, Failure::new("Saving failed", "no room"));
        assert_eq!(failures.len(), 2);
    }

    #[test]
    fn the_remedy_is_what_follows_the_cause() {
        let failure = Failure::new(
            "Importing",
            "ffmpeg is not installed; install it; then retry",
        );
        assert_eq!(
            failure.cause_and_remedy(),
            ("ffmpeg is not installed", Some("install it; then retry"))
        );
        assert_eq!(
            Failure::new("x", "no image (a film; import it as one); file a.mp4").cause_and_remedy(),
            ("no image (a film; import it as one)", Some("file a.mp4"))
        );
        assert_eq!(
            Failure::new("x", "disk full").cause_and_remedy(),
            ("disk full", None)
        );
        assert_eq!(capitalized("über"), "Über");
    }

    #[test]
    fn a_card_names_the_window_s_remedy_only() {
        let message = "no run is called x; the Train page lists the runs (on the command line: `runs PROJECT`); choose one";
        assert_eq!(
            window_words(message),
            "no run is called x; the Train page lists the runs; choose one"
        );
        assert_eq!(
            window_words("the disk (full) is full"),
            "the disk (full) is full"
        );
    }
}
