//! Keeps the findings current: a worker reads them again when a scan has brought facts, when the threshold of a kind was
//! moved, and a moment after decisions.

use std::sync::Arc;

use eframe::egui;

use super::found::Found;
use crate::curate::settings::NOTE;
use crate::curate::{Depth, Findings, FindingsReader, Kind, Settings};
use crate::jobs::slot::Latest;
use crate::progress::ProgressState;
use crate::session::jobs::scan::ImageScan;
use crate::session::{Command, Job, JobView};
use crate::ui::context::ViewCtx;

/// After the last decision: nobody waits for it, and each key would start a new one.
const QUIET_SECS: f64 = 0.8;
/// While a scan runs, what it has brought is looked at this often.
const SCAN_LOOK_SECS: f64 = 3.0;
/// Of the time, at most one part in so many is spent on reading findings.
const TIME_PART: f64 = 4.0;
/// Jobs are looked at this often.
const JOBS_SECS: f64 = 0.2;

/// What the findings that were asked for are of.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    version: u64,
    settings: Settings,
}

pub struct Checks {
    worker: Option<Latest<Request, Answer>>,
    settings: Option<Settings>,
    asked: Option<Asked>,
    asked_secs: f64,
    took_secs: f64,
    /// Of the catalog, and since when.
    version: (u64, f64),
    found: Arc<Found>,
    has_read: bool,
    /// Grows with every answer.
    serial: u64,
    jobs_secs: f64,
    scan: Option<ProgressState>,
    /// A scan has ended and its facts are to be read.
    has_new_facts: bool,
    /// What pixels tell was read; what takes longer comes after it.
    wants_full: bool,
    failure: Option<String>,
}

struct Request {
    settings: Settings,
    depth: Depth,
}

type Answer = Arc<Found>;

impl Default for Checks {
    fn default() -> Self {
        Self {
            worker: None,
            settings: None,
            asked: None,
            asked_secs: f64::NEG_INFINITY,
            took_secs: 0.0,
            version: (0, 0.0),
            found: Arc::default(),
            has_read: false,
            serial: 0,
            jobs_secs: f64::NEG_INFINITY,
            scan: None,
            has_new_facts: false,
            wants_full: false,
            failure: None,
        }
    }
}

impl Checks {
    pub fn found(&self) -> &Arc<Found> {
        &self.found
    }

    pub fn findings(&self) -> &Findings {
        &self.found.findings
    }

    /// False until the findings were read once.
    pub fn has_read(&self) -> bool {
        self.has_read
    }

    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// How far a scan is that runs or waits.
    pub fn scan(&self) -> Option<&ProgressState> {
        self.scan.as_ref()
    }

    /// Why the findings could not be read.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    pub fn settings(&mut self, ctx: &ViewCtx<'_>) -> &mut Settings {
        self.settings
            .get_or_insert_with(|| Settings::of_note(ctx.session.note(NOTE).as_deref()))
    }

    /// `None`: the default. Kept with the project.
    pub fn set_threshold(&mut self, kind: Kind, value: Option<f64>, ctx: &mut ViewCtx<'_>) {
        let settings = self.settings(ctx);
        settings.set_threshold(kind, value);
        if let Ok(text) = settings.to_note() {
            ctx.send(Command::Note { key: NOTE, text });
        }
    }

    pub fn start_scan(ctx: &mut ViewCtx<'_>) {
        ctx.send(Command::start(ImageScan::default()));
    }

    /// Once a frame.
    pub fn follow(&mut self, ui: &egui::Ui, ctx: &ViewCtx<'_>) {
        let now = ui.input(|input| input.time);
        self.receive(now);
        self.look_at_jobs(ctx, now);
        let version = ctx.session.snapshot().version;
        if self.version.0 != version {
            self.version = (version, now);
        }
        let wanted = Asked {
            version,
            settings: self.settings(ctx).clone(),
        };
        let is_idle = self.worker.as_ref().is_none_or(|worker| !worker.is_busy());
        if !is_idle {
            return;
        }
        let is_same_kind = |asked: &Asked| asked.settings == wanted.settings;
        let is_first = self.asked.is_none();
        let is_urgent =
            is_first || self.has_new_facts || !self.asked.as_ref().is_some_and(is_same_kind);
        let since = now - self.asked_secs;
        let has_rested = since >= self.took_secs * TIME_PART;
        let is_due = self.asked.as_ref() != Some(&wanted) && now - self.version.1 >= QUIET_SECS;
        let is_scan_due = self.scan.is_some() && since >= SCAN_LOOK_SECS;
        if is_urgent || (has_rested && is_scan_due) {
            self.wants_full = true;
            self.ask(wanted, Depth::Pixels, ctx, now);
        } else if self.wants_full {
            self.wants_full = false;
            self.ask(wanted, Depth::Full, ctx, now);
        } else if has_rested && is_due {
            self.ask(wanted, Depth::Light, ctx, now);
        } else if self.asked.as_ref() != Some(&wanted) {
            let soon = (QUIET_SECS - (now - self.version.1)).max(0.05);
            ui.request_repaint_after_secs(soon as f32);
        }
    }

    fn receive(&mut self, now: f64) {
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok(found)) => {
                self.found = found;
                self.serial += 1;
                self.has_read = true;
                self.failure = None;
                self.took_secs = now - self.asked_secs;
            }
            Some(Err(error)) if error.is_cancelled() => {}
            Some(Err(error)) => {
                self.has_read = true;
                self.failure = Some(error.to_string());
            }
            None => {}
        }
    }

    fn look_at_jobs(&mut self, ctx: &ViewCtx<'_>, now: f64) {
        if now - self.jobs_secs < JOBS_SECS {
            return;
        }
        self.jobs_secs = now;
        let is_scan = |view: &JobView| view.is_running() && matches!(*view.job, Job::Scan(_));
        let scan = ctx.session.jobs().into_iter().find(is_scan);
        self.has_new_facts |= self.scan.is_some() && scan.is_none();
        self.scan = scan.map(|view| view.progress);
    }

    fn ask(&mut self, wanted: Asked, depth: Depth, ctx: &ViewCtx<'_>, now: f64) {
        if self.worker.is_none() {
            let mut reader = FindingsReader::new(ctx.session.project().clone());
            let started = Latest::new(
                "findings",
                ctx.waker.clone(),
                move |request: Request, progress| {
                    let findings = reader.read(&request.settings, request.depth, progress)?;
                    Ok(Arc::new(Found::new(findings)))
                },
            );
            match started {
                Ok(worker) => self.worker = Some(worker),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
        if let Some(worker) = &self.worker {
            worker.request(Request {
                settings: wanted.settings.clone(),
                depth,
            });
        }
        self.has_new_facts = false;
        self.asked_secs = now;
        self.asked = Some(wanted);
    }
}
