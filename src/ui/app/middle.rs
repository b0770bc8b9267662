//! What stands below the top bar: status, guide, failures, and the page.

use eframe::egui;

use super::App;
use crate::ui::action::Action;
use crate::ui::context::{SettingsCtx, StartCtx, ViewCtx};
use crate::ui::failed_jobs::failed_jobs_ui;
use crate::ui::failure::{CardWish, failures_ui};
use crate::ui::page::Page;
use crate::ui::status_bar::status_bar_ui;

impl App {
    /// All below the top bar.
    pub(super) fn page_ui(&mut self, ui: &mut egui::Ui) {
        if let Some(session) = &self.session {
            let mut ctx = ViewCtx {
                session,
                commands: &mut self.commands,
                actions: &mut self.actions,
                textures: &mut self.textures,
                waker: &self.waker,
                settings: self.settings.settings(),
                decisions_per_minute: self.pace.iter().map(|(_, count)| count).sum(),
            };
            status_bar_ui(ui, self.page, &self.jobs, self.digest.counts, &mut ctx);
            failed_jobs_ui(ui, self.page, &self.jobs, &mut ctx);
        }
        self.guide_ui(ui);
        let wish = failures_ui(ui, &mut self.failures);
        self.actions.extend(wish.map(|wish| match wish {
            CardWish::Restore(root) => Action::RestoreCatalog(root),
            CardWish::Diagnose(error) => Action::CopyDiagnostics(Some(error)),
        }));
        if self.page == Page::Settings {
            let mut ctx = SettingsCtx {
                file: &self.settings,
                session: self.session.as_ref(),
                cache: &mut self.cache,
                actions: &mut self.actions,
                waker: &self.waker,
                is_diagnosing: self.diagnoser.is_busy(),
            };
            self.pages.settings.ui(ui, &mut ctx);
            return;
        }
        match &self.session {
            Some(session) if self.page != Page::Start => {
                let mut ctx = ViewCtx {
                    session,
                    commands: &mut self.commands,
                    actions: &mut self.actions,
                    textures: &mut self.textures,
                    waker: &self.waker,
                    settings: self.settings.settings(),
                    decisions_per_minute: self.pace.iter().map(|(_, count)| count).sum(),
                };
                self.pages.ui(ui, self.page, &mut ctx);
            }
            Some(_) | None => {
                let mut ctx = StartCtx {
                    recent: self.remembered.recent(),
                    actions: &mut self.actions,
                    textures: &mut self.textures,
                    waker: &self.waker,
                    waiting: self.waiting.len(),
                    unseen_news: self.news.unseen(self.remembered.seen_news()),
                };
                self.pages.start.ui(ui, &mut ctx);
            }
        }
    }
}
