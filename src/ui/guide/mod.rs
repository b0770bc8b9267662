//! A guide through a first project: a strip above the status bar that names the next step, why, and the page for it.
//!
//! No step is ticked off by a click in the guide: each is done when the project says so. What the project does not keep
//! ([`marks::Marks`]) is noted in it, and only while the guide is shown.

pub mod choice;
mod marks;
mod step;
mod strip_ui;

use eframe::egui;

use marks::{Marks, NOTE};
use step::Step;

use super::action::Action;
use super::page::Page;
use super::pages::Pages;
use super::status_bar::DecisionCounts;
use crate::run::RunStatus;
use crate::sample::is_sample;
use crate::session::{Command, Job, JobView, Session};
use choice::GuideChoice;

/// Of one project; made anew when another one is opened.
#[derive(Default)]
pub struct Guide {
    /// As far as they were read.
    known: Option<Known>,
    is_unfolded: bool,
}

#[derive(Clone, Copy)]
struct Known {
    is_sample: bool,
    marks: Marks,
    has_scanned: bool,
    /// Scans that had ended when it was last asked.
    scans: usize,
}

/// What the steps are read off.
pub struct Observed<'a> {
    pub session: &'a Session,
    pub jobs: &'a [JobView],
    pub counts: DecisionCounts,
    pub pages: &'a Pages,
}

impl Guide {
    /// The strip, if it is shown in this project; `page` is the one that is open.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        (choice, page): (GuideChoice, Page),
        observed: &Observed<'_>,
        (actions, commands): (&mut Vec<Action>, &mut Vec<Command>),
    ) {
        if choice == GuideChoice::Dismissed {
            return;
        }
        let known = self.known.get_or_insert_with(|| Known::of(observed));
        if !choice.shows_in(known.is_sample) {
            return;
        }
        known.follow(observed, commands);
        let done = Step::ALL.map(|step| (step, known.is_done(step, observed)));
        strip_ui::strip_ui(ui, (&done, page), &mut self.is_unfolded, actions);
    }
}

impl Known {
    fn of(observed: &Observed<'_>) -> Self {
        let session = observed.session;
        Self {
            is_sample: is_sample(session.project()),
            marks: Marks::of_note(session.note(NOTE).as_deref()),
            has_scanned: session.has_scanned(),
            scans: ended_scans(observed.jobs),
        }
    }

    /// Once a frame: marks what has happened, and keeps it.
    fn follow(&mut self, observed: &Observed<'_>, commands: &mut Vec<Command>) {
        let before = self.marks;
        for view in observed.jobs {
            match &*view.job {
                Job::Honesty(check) => self.marks.honesty_measured |= check.found.is_some(),
                Job::Demo(demo) => self.marks.shared |= demo.open.is_some(),
                Job::Export(export) => self.marks.shared |= export.exported.is_some(),
                _other => {}
            }
        }
        let Pages {
            evaluate, explain, ..
        } = observed.pages;
        self.marks.mistake_opened |= evaluate.is_mistake_selected();
        self.marks.heatmap_seen |= explain.shows_heatmap();
        self.marks.shared |= explain.shows_heatmap() && explain.is_about_a_file();
        if self.marks != before
            && let Some(text) = self.marks.to_note()
        {
            commands.push(Command::Note { key: NOTE, text });
        }
        let scans = ended_scans(observed.jobs);
        if scans != self.scans {
            self.scans = scans;
            self.has_scanned = observed.session.has_scanned();
        }
    }

    fn is_done(&self, step: Step, observed: &Observed<'_>) -> bool {
        let Marks {
            honesty_measured,
            mistake_opened,
            heatmap_seen,
            shared,
        } = self.marks;
        match step {
            Step::Collect => !observed.session.snapshot().images.is_empty(),
            Step::Reject => observed.counts.rejected > 0,
            Step::Scan => self.has_scanned,
            Step::Question => honesty_measured,
            Step::Train => {
                let mut runs = observed.session.runs().iter();
                runs.any(|run| run.status == RunStatus::Finished && run.best_accuracy().is_some())
            }
            Step::Mistake => mistake_opened,
            Step::Heatmap => heatmap_seen,
            Step::Share => shared,
        }
    }
}

fn ended_scans(jobs: &[JobView]) -> usize {
    let scans = jobs
        .iter()
        .filter(|view| matches!(*view.job, Job::Scan(_)) && !view.is_running());
    scans.count()
}
