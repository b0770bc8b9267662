//! The window's state and its frame: what is open, which page, and the bars around it.

mod awaited;
mod close;
mod closing;
mod diagnoser;
mod middle;
mod project;
mod settings;
mod welcome;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;

use self::awaited::Awaited;
use self::closing::Closing;
use self::diagnoser::Diagnoser;
use super::action::{self, Action};
use super::cache_keeper::CacheKeeper;
use super::changes::changed_images;
use super::digest::Digest;
use super::drop_hint::take_dropped;
use super::failure::{Failure, add_failure};
use super::guide::Guide;
use super::key_sheet::key_sheet_ui;
use super::layout::{LayoutWatch, limit_zoom};
use super::leave::Leaving;
use super::news::{is_edit, news_of};
use super::page::Page;
use super::pages::Pages;
use super::rail::rail_ui;
use super::recent::RecentWatch;
use super::remembered::Remembered;
use super::textures::Textures;
use super::theme;
use super::toast::Toasts;
use super::top_bar::{TopBar, top_bar_ui};
use super::whats_new::WhatsNew;
use crate::catalog::Edit;
use crate::jobs::parting::Parting;
use crate::project::Project;
use crate::session::{Command, Event, JobState, JobView, Session, Waker};
use crate::settings::SettingsFile;

/// Progress of running jobs is polled this often; more would only take CPU time from the job.
const JOB_REPAINT: Duration = Duration::from_millis(200);

#[derive(Clone, Debug, Default)]
pub struct AppOptions {
    /// Opened at once.
    pub project: Option<PathBuf>,
    /// Where the settings are, and what is remembered of projects and sizes; `None`: nowhere.
    pub settings_dir: Option<PathBuf>,
}

pub struct App {
    session: Option<Session>,
    settings: SettingsFile,
    settings_looked_secs: f64,
    remembered: Remembered,
    cache: CacheKeeper,
    diagnoser: Diagnoser,
    /// Where one is led back from the settings.
    page_before: Page,
    page: Page,
    pages: Pages,
    commands: Vec<Command>,
    actions: Vec<Action>,
    textures: Textures,
    toasts: Toasts,
    failures: Vec<Failure>,
    /// Dropped before a project was open.
    waiting: Vec<PathBuf>,
    is_key_sheet_open: bool,
    guide: Guide,
    news: WhatsNew,
    /// When images were decided: seconds and how many; the last minute.
    pace: VecDeque<(f64, usize)>,
    digest: Digest,
    jobs: Vec<JobView>,
    waker: Waker,
    layout: LayoutWatch,
    /// Asked for while jobs are running.
    leaving: Option<Leaving>,
    closing: Closing,
    /// Projects that were left and whose jobs are ending.
    parting: Vec<(PathBuf, Parting)>,
    awaited: Option<Awaited>,
    recent: RecentWatch,
}

impl App {
    pub fn new(ctx: &egui::Context, options: AppOptions) -> Self {
        theme::install(ctx);
        let remembered = Remembered::load(options.settings_dir.as_deref());
        remembered.layout().apply_zoom(ctx);
        let waker: Waker = {
            let ctx = ctx.clone();
            Arc::new(move || ctx.request_repaint())
        };
        let mut app = Self {
            session: None,
            pages: Pages::new(&remembered),
            settings: SettingsFile::load(options.settings_dir.as_deref()),
            settings_looked_secs: 0.0,
            remembered,
            cache: CacheKeeper::default(),
            diagnoser: Diagnoser::default(),
            page_before: Page::Start,
            page: Page::Start,
            commands: Vec::new(),
            actions: Vec::new(),
            textures: Textures::new(ctx, &waker),
            toasts: Toasts::default(),
            failures: Vec::new(),
            waiting: Vec::new(),
            is_key_sheet_open: false,
            guide: Guide::default(),
            news: WhatsNew::default(),
            pace: VecDeque::new(),
            digest: Digest::default(),
            jobs: Vec::new(),
            waker,
            layout: LayoutWatch::default(),
            leaving: None,
            closing: Closing::default(),
            parting: Vec::new(),
            awaited: None,
            recent: RecentWatch::default(),
        };
        let faults = app.begin_settings(ctx);
        // Who begins has not missed anything.
        if app.remembered.recent().is_empty() {
            app.news_are_seen();
        }
        if let Some(root) = options.project {
            app.open(&root);
        }
        app.failures.extend(faults);
        app
    }

    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// For tests and the screenshot driver: as if a page had asked.
    pub fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    pub fn page(&self) -> Page {
        self.page
    }

    /// Everything but painting: once before each [`App::ui`], and also while the window is hidden.
    pub fn logic(&mut self, ctx: &egui::Context) {
        let now = ctx.input(|input| input.time);
        for command in std::mem::take(&mut self.commands) {
            self.apply(command, now);
        }
        for action in std::mem::take(&mut self.actions) {
            if self.would_cancel(&action) {
                self.leaving = Some(Leaving::For(action));
            } else {
                self.perform(ctx, action);
            }
        }
        self.close_when_asked(ctx);
        self.follow_settings_file(ctx);
        self.follow_workers(ctx);
        self.open_awaited(ctx);
        self.pace.retain(|(when, _)| now - when < 60.0);
        let Some(session) = &mut self.session else {
            return;
        };
        match session.poll() {
            Ok(events) => {
                let (edits, others): (Vec<&Event>, Vec<&Event>) =
                    events.iter().partition(|event| is_edit(event));
                let news = |events: Vec<&Event>| -> Vec<String> {
                    let events = events.into_iter();
                    events
                        .filter_map(|event| news_of(event, self.page))
                        .collect()
                };
                self.toasts.batch(&news(others));
                for text in news(edits) {
                    self.toasts.edited(text);
                }
            }
            Err(error) => {
                let failure = Failure::new("Reading the project failed", error.to_string());
                add_failure(&mut self.failures, failure);
            }
        }
        self.jobs = session.jobs();
        if self.jobs.iter().any(|job| job.state == JobState::Running) {
            ctx.request_repaint_after(JOB_REPAINT);
        }
        self.digest.refresh(ctx, session.snapshot());
        let cursor = self.pages.cull.cursor();
        let soon = |secs| ctx.request_repaint_after_secs(secs as f32);
        if self.recent.is_due(session, cursor, now, soon) {
            self.remember();
        }
    }

    fn apply(&mut self, command: Command, now_secs: f64) {
        let Some(session) = &mut self.session else {
            return;
        };
        let decided = match &command {
            Command::Edit(Edit::SetDecision { images, .. }) => images.len(),
            Command::Edit(Edit::Dismiss { dismissals, .. }) => dismissals.len(),
            _ => 0,
        };
        let is_edit = matches!(command, Command::Edit(_));
        let is_step = matches!(command, Command::Undo | Command::Redo);
        // A step of the history may have worked far from where one looks now.
        let before = is_step.then(|| Arc::clone(session.snapshot()));
        if is_step {
            self.toasts.forget_undo();
        }
        let applied = session.apply(command);
        if let Some(before) = before {
            let changed = changed_images(&before, session.snapshot());
            self.pages.cull.go_to(changed);
        }
        match applied {
            Ok(Some(text)) if is_edit => self.toasts.edited(text),
            Ok(Some(text)) => self.toasts.news(text),
            Ok(None) => {}
            Err(error) => {
                let failure = Failure::new("That did not work", error.to_string());
                add_failure(&mut self.failures, failure);
                return;
            }
        }
        if decided > 0 {
            self.pace.push_back((now_secs, decided));
        }
    }

    fn perform(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Go(page) if self.session.is_some() || !page.needs_project() => self.page = page,
            Action::Go(_) => self.toasts.news("Open or make a project first"),
            Action::Explain { image, run } => {
                self.pages.explain.show_image(image, run);
                self.page = Page::Explain;
            }
            Action::Review(kind) => {
                self.pages.cull.open_review(kind);
                self.page = Page::Cull;
            }
            Action::EvaluateOn(folder) => self.pages.evaluate.offer(folder),
            Action::TrainFrom(run) => {
                self.pages.train.start_from(run);
                self.page = Page::Train;
            }
            Action::OpenProject(root) => self.open(&root),
            Action::RestoreCatalog(root) => self.restore_catalog(&root),
            Action::CreateProject(root) => match Project::create(&root) {
                Ok(_) => {
                    self.offer_guide();
                    self.open(&root);
                }
                Err(error) => {
                    let failure = Failure::new("The project could not be made", error.to_string());
                    add_failure(&mut self.failures, failure);
                }
            },
            Action::ForgetProject(root) => self.remembered.forget(&root),
            Action::Collect(paths) if self.session.is_none() => {
                self.waiting.extend(paths);
                self.page = Page::Start;
            }
            Action::Collect(paths) => {
                self.pages.collect.offer(paths);
                self.page = Page::Collect;
            }
            Action::Set(changes) => self.set(ctx, changes),
            Action::ToggleSettings => self.toggle_settings(),
            Action::ClearCache => self.clear_cache(),
            Action::CopyDiagnostics(error) => self.diagnose(error),
            Action::ToggleKeySheet => self.is_key_sheet_open = !self.is_key_sheet_open,
            Action::SetGuide(choice) => self.set_guide(choice),
            Action::ShowNews => {
                self.news.open();
                self.news_are_seen();
            }
            Action::DismissNews => self.news_are_seen(),
            Action::Toast(text) => self.toasts.news(text),
            Action::Fail(failure) => add_failure(&mut self.failures, failure),
        }
    }

    /// Paints the window and collects what was asked for.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        self.textures.begin_frame();
        self.layout.restore_once(ui, self.remembered.layout());
        limit_zoom(ui.ctx());
        if !self.is_binding_a_key() {
            action::take_keys(ui, &mut self.actions, &mut self.commands);
        }
        let project = self.session.as_ref().map(Session::project);
        take_dropped(ui, self.page, project.map(Project::name), &mut self.actions);
        rail_ui(ui, self.page, &self.digest.badges, &mut self.actions);
        let bar = TopBar {
            page: self.page,
            session: self.session.as_ref(),
            toasts: &mut self.toasts,
            actions: &mut self.actions,
            commands: &mut self.commands,
        };
        top_bar_ui(ui, bar);
        self.page_ui(ui);
        // Written when the slider is let go, not at each of its steps.
        if !ui.input(|input| input.pointer.any_down()) {
            self.remembered.set_cell_size(self.pages.cull.cell_size());
            self.remembered.set_contact(self.pages.collect.contact());
            if let Some(layout) = self.layout.settled(ui, self.remembered.layout()) {
                self.remembered.set_layout(&layout);
            }
        }
        key_sheet_ui(ui.ctx(), &mut self.is_key_sheet_open);
        self.news.ui(ui.ctx());
        self.ask_before_leaving(&ui.ctx().clone());
        // What was asked for is done before the next frame, so there must be one.
        if !self.commands.is_empty() || !self.actions.is_empty() {
            ui.request_repaint();
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        Self::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        Self::ui(self, ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if self.recent.take_pending() {
            self.remember();
        }
        if let Some(layout) = self.layout.take_pending() {
            self.remembered.set_layout(&layout);
        }
    }
}
