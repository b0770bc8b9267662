//! Runs one after another that differ in seed, rate, size or net, and the table of what they say together. Asked for again, it
//! finds the runs that are done, and goes on with the one that was cut off. What was asked for last is kept in the catalog, so that its
//! table can be shown after the program was closed.

use super::kind::{JobKind, Lane, Part, Work};
use super::train::steer;
use super::twins::complete_twins;
use crate::catalog::Catalog;
use crate::curate::Leaks;
use crate::dataset::{Leakage, Split};
use crate::error::Result;
use crate::jobs::Context;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::event::Flow;
use crate::sweep::{KeptQueue, Queue, SweepTable, Told};
use crate::train::job::Watch;

#[derive(Clone, Debug)]
pub struct RunQueue {
    configs: Vec<TrainConfig>,
    /// Nothing is trained: this is what is kept of the last one.
    kept: Option<KeptQueue>,
    /// The training in hand, from 1, and its run.
    current: Option<(usize, String)>,
    /// `None` before the first look.
    table: Option<SweepTable>,
    watch: Watch,
}

impl RunQueue {
    /// `configs`: in the order in which they are trained.
    pub fn new(configs: Vec<TrainConfig>) -> Self {
        Self {
            configs,
            kept: None,
            current: None,
            table: None,
            watch: Watch::default(),
        }
    }

    /// Shows what is kept of a queue, and trains nothing.
    pub fn of_kept(kept: KeptQueue) -> Self {
        Self {
            configs: kept.asked.clone(),
            kept: Some(kept),
            ..Self::new(Vec::new())
        }
    }

    /// What is shown of a queue of another time.
    pub fn kept(&self) -> Option<&KeptQueue> {
        self.kept.as_ref()
    }

    /// The same queue again: it goes on where it was.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::new(self.configs.clone())
    }

    /// Whether there is something to go on with.
    pub fn is_open(&self) -> bool {
        let settings = self.table.iter().flat_map(|table| &table.settings);
        let mut runs = settings.flat_map(|setting| &setting.runs);
        runs.any(|run| matches!(run.status, "begun" | "open"))
    }

    /// The place of the training in hand, from 1, and the id of its run.
    pub fn current(&self) -> Option<(usize, &str)> {
        let (place, run) = self.current.as_ref()?;
        Some((*place, run))
    }

    pub fn table(&self) -> Option<&SweepTable> {
        self.table.as_ref()
    }

    /// Runs, done or not.
    pub fn planned(&self) -> usize {
        self.configs.len()
    }

    /// Runs that have ended with a result.
    pub fn done(&self) -> usize {
        let settings = self.table.iter().flat_map(|table| &table.settings);
        let runs = settings.flat_map(|setting| &setting.runs);
        runs.filter(|run| run.accuracy.is_some()).count()
    }
}

impl JobKind for RunQueue {
    fn title(&self) -> String {
        match self.configs.len() {
            1 => "Queue of 1 run".to_owned(),
            count => format!("Queue of {count} runs"),
        }
    }

    fn lane(&self) -> Lane {
        match self.kept {
            Some(_) => Lane::Disk,
            None => Lane::Cores,
        }
    }

    fn thread_name(&self) -> &'static str {
        "train queue"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        if let Some(kept) = self.kept.clone() {
            let project = project.clone();
            return Ok(Box::new(move |context| {
                let table = SweepTable::of(&kept.points(&project)?);
                context.send(Part::result(|job: &mut Self| job.table = Some(table)))
            }));
        }
        for config in &self.configs {
            config.validate()?;
        }
        let mut snapshot = catalog.snapshot()?;
        self.watch = Watch::of(catalog, &snapshot);
        let mut queue = Queue {
            project: project.clone(),
            split: Split::of(&snapshot)?,
            leakage: Leakage::default(),
            watch: self.watch.clone(),
            configs: self.configs.clone(),
        };
        Ok(Box::new(move |context| {
            complete_twins::<Self>(context, &mut snapshot)?;
            queue.split = Split::of(&snapshot)?;
            let catalog = Catalog::open_read_only(&queue.project)?;
            queue.leakage = Leaks::of(&catalog, &snapshot, &queue.split, None)?.leakage();
            drop(catalog);
            work_on(&queue, context)
        }))
    }

    fn summary(&self) -> String {
        let verdict = self.table.as_ref().map(|table| table.verdict.as_str());
        format!(
            "{} of {} done; {}",
            self.done(),
            self.planned(),
            verdict.unwrap_or_default()
        )
    }

    fn is_asked_for(&self) -> bool {
        self.kept.is_none()
    }

    fn after_cancel(&self) -> &'static str {
        "The runs that are done stay: started again with the same settings it goes on with the one that was cut off"
    }

    fn run_id(&self) -> Option<&str> {
        Some(self.current()?.1)
    }

    fn watch(&self) -> Option<&Watch> {
        self.kept.is_none().then_some(&self.watch)
    }

    fn can_pause(&self) -> bool {
        self.kept.is_none()
    }
}

fn work_on(queue: &Queue, context: &Context<Part>) -> Result<()> {
    let settled = queue.settled()?;
    let show = || -> Result<()> {
        let points = queue.points_of(settled.clone())?;
        let table = SweepTable::of(&points);
        let kept = KeptQueue::of(queue.configs.clone(), queue.split.hash.clone(), &points);
        context.send_last(Part::hidden_rows(move |job: &mut RunQueue, catalog| {
            job.table = Some(table);
            let text = kept.to_text().unwrap_or_default();
            catalog.set_note(KeptQueue::NOTE, &text)
        }))
    };
    show()?;
    // A run that has just begun has no description on disk before its first event.
    let mut is_news = false;
    let ended = queue.run(&context.progress, &mut |place, told| {
        // What cannot be shown (a folder that is gone) makes no training fail; the last look says why.
        match told {
            Told::Begins(run) | Told::Resumes(run) => {
                is_news = true;
                let current = (place + 1, run.to_owned());
                let _ = context.send(Part::result(|job: &mut RunQueue| {
                    job.current = Some(current);
                }));
                let _ = show();
            }
            Told::Event(_) => {
                if std::mem::take(&mut is_news) {
                    let _ = show();
                }
                if context.control.is_stopped() {
                    // To stop this run and begin the next is not what is meant by it.
                    context.progress.cancel();
                }
                return steer(context);
            }
            Told::Failed(error) => {
                let subject = format!("{} of {}", place + 1, queue.configs.len());
                context.progress.warn(subject, error.to_string());
            }
            Told::Known(_) => {}
        }
        Flow::Continue
    });
    context.send_last(Part::result(|job: &mut RunQueue| job.current = None))?;
    show()?;
    ended.map(|_failed| ())
}
