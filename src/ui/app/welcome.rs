//! What is there for people who are new, or new to what has changed: the guide, and what's new.

use eframe::egui;

use super::App;
use crate::project::Project;
use crate::sample::is_sample;
use crate::ui::guide::Observed;
use crate::ui::guide::choice::GuideChoice;
use crate::ui::page::Page;
use crate::ui::remembered::Recent;

impl App {
    /// The guide's strip, on the pages of a project.
    pub(super) fn guide_ui(&mut self, ui: &mut egui::Ui) {
        let Some(session) = self.session.as_ref().filter(|_| self.page.needs_project()) else {
            return;
        };
        let observed = Observed {
            session,
            jobs: &self.jobs,
            counts: self.digest.counts,
            pages: &self.pages,
        };
        let asked = (&mut self.actions, &mut self.commands);
        self.guide
            .ui(ui, (self.remembered.guide(), self.page), &observed, asked);
    }

    /// With the first project of one's own, unless the guide was dismissed in the sample.
    pub(super) fn offer_guide(&mut self) {
        // The sample is on top of most lists, and no project of one's own.
        let is_own = |recent: &Recent| !Project::open(&recent.path).is_ok_and(|it| is_sample(&it));
        let is_first = !self.remembered.recent().iter().any(is_own);
        if is_first && self.remembered.guide() == GuideChoice::Offered {
            self.remembered.set_guide(GuideChoice::Everywhere);
        }
    }

    pub(super) fn set_guide(&mut self, choice: GuideChoice) {
        self.remembered.set_guide(choice);
        if choice == GuideChoice::Everywhere && self.page == Page::Start {
            self.toasts
                .news("The guide stands at the foot of every project");
        }
    }

    pub(super) fn news_are_seen(&mut self) {
        if let Some(newest) = self.news.newest() {
            self.remembered.set_seen_news(newest);
        }
    }
}
