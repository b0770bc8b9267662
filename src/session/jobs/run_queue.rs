//! Runs one after another that differ in seed, rate, size or net, and the table of what they say together. It keeps no list:
//! asked for again, it finds the runs that are done, and goes on with the one that was cut off.

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
use crate::sweep::{Queue, SweepTable, Told};
use crate::train::job::Watch;

#[derive(Clone, Debug)]
pub struct RunQueue {
    configs: Vec<TrainConfig>,
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
            current: None,
            table: None,
            watch: Watch::default(),
        }
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
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "train queue"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
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

    fn after_cancel(&self) -> &'static str {
        "The runs that are done stay: started again with the same settings it goes on with the one that was cut off"
    }

    fn run_id(&self) -> Option<&str> {
        Some(self.current()?.1)
    }

    fn watch(&self) -> Option<&Watch> {
        Some(&self.watch)
    }

    fn can_pause(&self) -> bool {
        true
    }
}

fn work_on(queue: &Queue, context: &Context<Part>) -> Result<()> {
    let settled = queue.settled()?;
    let show = || -> Result<()> {
        let table = SweepTable::of(&queue.points_of(settled.clone())?);
        context.send_last(Part::result(|job: &mut RunQueue| job.table = Some(table)))
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
