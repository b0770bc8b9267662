//! The open project's coming and going: opened, restored, remembered, and left only when its jobs may be cancelled.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui;

use super::App;
use super::awaited::Awaited;
use crate::catalog::restore::restore;
use crate::error::Result;
use crate::jobs::parting::Parting;
use crate::project::{CANNOT_LOCK, Project};
use crate::session::{JobView, Session};
use crate::ui::action::Action;
use crate::ui::digest::Digest;
use crate::ui::failure::{Failure, add_failure};
use crate::ui::guide::Guide;
use crate::ui::leave::{Answer, Leaving, leave_ui};
use crate::ui::page::Page;
use crate::ui::pages::Pages;
use crate::ui::recent::{RecentWatch, recent_of};

/// Jobs have ended by then, or never will.
const LEAVING_PATIENCE: Duration = Duration::from_secs(15);
const LEAVING_INTERVAL: Duration = Duration::from_millis(100);

impl App {
    pub(super) fn is_busy(&self) -> bool {
        let jobs = self.session.as_ref().map(Session::jobs);
        jobs.is_some_and(|jobs| jobs.iter().any(JobView::is_running))
    }

    /// Whether the action leaves a project in which something is running.
    pub(super) fn would_cancel(&self, action: &Action) -> bool {
        let is_open = |root: &Path| {
            let session = self.session.as_ref();
            let open = session.map(|session| session.project().root());
            root.canonicalize().ok().as_deref() == open
        };
        let leaves = match action {
            Action::OpenProject(root) => !is_open(root),
            Action::CreateProject(_) => true,
            _stays => false,
        };
        leaves && self.is_busy()
    }

    /// The jobs of the project that is open are cancelled; how they end is not waited for.
    pub(super) fn leave(&mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        self.jobs.clear();
        let root = session.project().root().to_path_buf();
        match Parting::from("leave project", session) {
            Ok(parting) => self.parting.push((root, parting)),
            Err(error) => tracing::error!("the project was closed at once: {error}"),
        }
    }

    pub(super) fn ask_before_leaving(&mut self, ctx: &egui::Context) {
        let Some(leaving) = &self.leaving else {
            return;
        };
        // Meanwhile all may have ended.
        let answer = if self.jobs.iter().any(JobView::is_running) {
            leave_ui(ctx, leaving, &self.jobs)
        } else {
            Some(Answer::Leave)
        };
        let Some(answer) = answer else {
            return;
        };
        let leaving = self.leaving.take();
        match (answer, leaving) {
            (Answer::Leave, Some(Leaving::For(action))) => self.perform(ctx, action),
            (Answer::Leave, Some(Leaving::Window)) => {
                self.cancel_and_close(ctx);
            }
            (Answer::Stay, _) | (_, None) => {}
        }
    }

    pub(super) fn open(&mut self, root: &Path) {
        let opened = root
            .canonicalize()
            .map_err(crate::Error::io("find the project", root))
            .map(|root| {
                self.session
                    .as_ref()
                    .is_some_and(|session| session.project().root() == root)
            });
        if matches!(opened, Ok(true)) {
            self.page = Page::Cull;
            return;
        }
        if self.must_wait_for(root) {
            return;
        }
        self.awaited = None;
        if self.recent.take_pending() {
            self.remember();
        }
        match self.open_session(root) {
            Ok(session) => {
                self.leave();
                let is_locked = session.is_locked();
                self.textures
                    .set_cache_dir(session.project().cache_dir().join("thumbnails"));
                self.page = if session.snapshot().images.is_empty() {
                    Page::Collect
                } else {
                    Page::Cull
                };
                let cursor = self.remembered.cursor_of(session.project().root());
                tracing::info!("opened {}", session.project().root().display());
                self.cache.trim(&session, &self.waker);
                self.session = Some(session);
                // They were the last project's.
                self.failures.clear();
                if !is_locked {
                    let what = "The project is open, but not locked";
                    self.failures.push(Failure::new(what, CANNOT_LOCK));
                }
                self.pages = Pages::new(&self.remembered);
                self.pages.cull.go_to(cursor.into_iter().collect());
                self.digest = Digest::default();
                self.guide = Guide::default();
                self.recent = RecentWatch::default();
                self.pace.clear();
                self.remember();
                if !self.waiting.is_empty() {
                    self.actions
                        .push(Action::Collect(std::mem::take(&mut self.waiting)));
                }
            }
            Err(error) => {
                let failure = Failure::of_opening(root.to_path_buf(), &error);
                add_failure(&mut self.failures, failure);
            }
        }
    }

    /// True while the project's last window, this one or another, still ends its jobs; then it is opened later.
    fn must_wait_for(&mut self, root: &Path) -> bool {
        let real = root.canonicalize().ok();
        let is_ours = self
            .parting
            .iter()
            .any(|(left, _)| Some(left) == real.as_ref());
        if !is_ours && !Project::is_being_left(root) {
            return false;
        }
        let awaited = self.awaited.take().filter(|awaited| awaited.root == root);
        if awaited.is_none() {
            self.toasts
                .news("The project is still being closed; it opens in a moment");
        }
        let since = awaited.map_or_else(Instant::now, |awaited| awaited.since);
        // Whoever takes longer is asked for once more, and then named.
        if since.elapsed() > LEAVING_PATIENCE && !is_ours {
            return false;
        }
        self.awaited = Some(Awaited {
            root: root.to_path_buf(),
            since,
        });
        true
    }

    /// Once a frame.
    pub(super) fn open_awaited(&mut self, ctx: &egui::Context) {
        if let Some(root) = self.awaited.as_ref().map(|awaited| awaited.root.clone()) {
            self.open(&root);
        }
        if self.awaited.is_some() {
            ctx.request_repaint_after(LEAVING_INTERVAL);
        }
    }

    pub(super) fn restore_catalog(&mut self, root: &Path) {
        match Project::open(root).and_then(|project| restore(&project, None)) {
            Ok(restored) => {
                self.toasts
                    .news(format!("Restored {}", restored.backup.name));
                self.open(root);
            }
            Err(error) => {
                let failure = Failure::new("The catalog could not be restored", error.to_string());
                add_failure(&mut self.failures, failure);
            }
        }
    }

    pub(super) fn open_session(&self, root: &Path) -> Result<Session> {
        Session::open(root, Arc::clone(&self.waker))
    }

    /// Puts the open project, as it looks now, on top of the start page's list.
    pub(super) fn remember(&mut self) {
        let Some(session) = &self.session else { return };
        // Until Cull was looked at, the last session's counts.
        let cursor = self.pages.cull.cursor();
        let stored = self.remembered.cursor_of(session.project().root());
        let recent = recent_of(session, &self.digest, cursor.or(stored));
        self.remembered.remember(recent);
    }
}
