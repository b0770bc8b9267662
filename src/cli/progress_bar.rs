//! Progress on stderr: a bar with the time left on a terminal, a plain line now and then elsewhere.

use std::io::{IsTerminal as _, stderr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{interrupt, output};
use crate::progress::{Progress, ProgressState};

/// In a log file one line in this time is enough.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// A `Progress` that shows itself and listens to Ctrl+C; dropped, it wipes its bar and lists the warnings.
pub struct Shown {
    pub progress: Progress,
    bar: Option<ProgressBar>,
    /// Warnings that are on the screen.
    listed: AtomicUsize,
}

impl Shown {
    pub fn new() -> anyhow::Result<Self> {
        let bar = stderr().is_terminal().then(terminal_bar);
        let progress = if let Some(bar) = bar.clone() {
            Progress::new(move |state| draw(&bar, state))
        } else {
            let last = Mutex::new(Plain::default());
            Progress::new(move |state| {
                last.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .say(state);
            })
        };
        interrupt::cancels(&progress)?;
        Ok(Self {
            progress,
            bar,
            listed: AtomicUsize::new(0),
        })
    }

    /// A line that stays above the bar.
    pub fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::note(text)),
            None => output::note(text),
        }
    }

    /// Lists what went wrong with single items since it did so last.
    pub fn list_warnings(&self) {
        let listed = self.listed.load(Ordering::Relaxed);
        if self.progress.state().warnings == listed {
            return;
        }
        let warnings = self.progress.warnings();
        for warning in warnings.iter().skip(listed) {
            self.note(&format!(
                "warning: {}: {}",
                warning.subject, warning.message
            ));
        }
        self.listed.store(warnings.len(), Ordering::Relaxed);
    }

    /// Wipes the bar and lists the warnings.
    pub fn finish(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.list_warnings();
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.finish();
    }
}

fn terminal_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    bar.set_style(spinner_style());
    bar
}

fn draw(bar: &ProgressBar, state: &ProgressState) {
    match state.total {
        Some(total) if bar.length() != Some(total) => {
            bar.set_length(total);
            bar.set_style(bar_style());
        }
        None if bar.length().is_some() => {
            bar.unset_length();
            bar.set_style(spinner_style());
        }
        Some(_) | None => {}
    }
    if bar.message() != state.stage {
        bar.set_message(state.stage.clone());
    }
    bar.set_prefix(left(state).unwrap_or_default());
    bar.set_position(state.done);
}

fn bar_style() -> ProgressStyle {
    style("{msg} [{bar:28}] {human_pos}/{human_len} {percent}% {prefix}")
}

fn spinner_style() -> ProgressStyle {
    style("{spinner} {msg} {human_pos} {elapsed}")
}

/// A template with a slip in it would only look plainer.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

/// Time left in words: "2 min left".
fn left(state: &ProgressState) -> Option<String> {
    let secs = state.eta_secs()?;
    Some(if secs >= 90.0 {
        format!("{:.0} min left", secs / 60.0)
    } else {
        format!("{secs:.0} s left")
    })
}

/// What was last said in a log file.
#[derive(Default)]
struct Plain {
    stage: String,
    at: Option<Instant>,
}

impl Plain {
    fn say(&mut self, state: &ProgressState) {
        let is_new = self.stage != state.stage;
        let is_due = self.at.is_none_or(|at| at.elapsed() >= PLAIN_INTERVAL);
        if !is_new && !is_due {
            return;
        }
        self.stage.clone_from(&state.stage);
        self.at = Some(Instant::now());
        output::note(sentence(state));
    }
}

fn sentence(state: &ProgressState) -> String {
    let done = match (state.done, state.total) {
        (0, _) => String::new(),
        (done, Some(total)) => format!(": {done} of {total}"),
        (done, None) => format!(": {done}"),
    };
    let left = left(state).map_or_else(String::new, |left| format!(", {left}"));
    format!("{}{done}{left}", state.stage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_says_how_far_and_how_long() {
        let state = ProgressState {
            stage: "extracting drakes.mp4".into(),
            done: 100,
            total: Some(400),
            elapsed_secs: 20.0,
            warnings: 0,
        };
        assert_eq!(
            sentence(&state),
            "extracting drakes.mp4: 100 of 400, 60 s left"
        );
        let unknown = ProgressState {
            total: None,
            ..state
        };
        assert_eq!(sentence(&unknown), "extracting drakes.mp4: 100");
    }
}
