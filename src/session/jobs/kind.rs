//! What every kind of job answers, and what its worker sends back.

use std::any::Any;

use crate::catalog::Catalog;
use crate::error::Result;
use crate::jobs::Context;
use crate::project::Project;
use crate::train::job::Watch;

/// A request, and what has come of it so far. Implemented once per file of this folder.
pub trait JobKind: Any {
    /// "Import drakes.mp4"
    fn title(&self) -> String;

    fn lane(&self) -> Lane;

    /// The worker's; 15 bytes show up in `top`.
    fn thread_name(&self) -> &'static str;

    /// Gathers the values that the worker needs.
    ///
    /// # Errors
    /// What is wrong with the request before any work is done (a missing folder, an empty training side).
    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work>;

    /// What a job that is done has brought, for its card.
    fn summary(&self) -> String;

    /// The same for a toast, which stands far from the job's title.
    fn news(&self) -> String {
        format!("{}: {}", self.title(), self.summary())
    }

    /// Whether a person has asked for it; of what a page starts by itself nothing is said.
    fn is_asked_for(&self) -> bool {
        true
    }

    /// Whether what it has brought is one step of the history, the newest one when it ends.
    fn is_edit(&self) -> bool {
        false
    }

    /// What remains of it if it is cancelled now, for whoever is asked.
    fn after_cancel(&self) -> &'static str {
        "It begins anew when it is started again"
    }

    /// The run that it trains, once it has begun.
    fn run_id(&self) -> Option<&str> {
        None
    }

    /// Who looks at that run's net.
    fn watch(&self) -> Option<&Watch> {
        None
    }

    /// Whether it may not be slowed down by what is looked at meanwhile.
    fn is_training(&self) -> bool {
        self.watch().is_some()
    }

    /// Whether its worker asks [`crate::jobs::Control`] how to go on; any other can only be cancelled.
    fn can_pause(&self) -> bool {
        false
    }
}

/// Jobs of one lane run one after another: two imports would only fight over the disk, two trainings over the cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Disk,
    Cores,
    Network,
    /// Images from many servers: a download of weights need not wait for them.
    Web,
    /// Visitors may come while anything else goes on.
    Demo,
}

/// The closure for the worker; everything it needs was moved in.
pub type Work = Box<dyn FnOnce(&Context<Part>) -> Result<()> + Send>;

/// What a part was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absorbed {
    /// The catalog has new rows.
    Rows,
    /// The job itself, or rows that nobody sees yet.
    Result,
}

type Absorb = dyn FnOnce(&mut dyn Any, &mut Catalog) -> Result<Absorbed> + Send;

/// What a worker sends: how its own job takes in a part of the result. So the channel and the queue need to know of no
/// kind.
pub struct Part(Box<Absorb>);

impl Part {
    /// For the catalog.
    pub fn rows<Kind: JobKind>(
        insert: impl FnOnce(&mut Kind, &mut Catalog) -> Result<()> + Send + 'static,
    ) -> Self {
        Self(Box::new(|kind, catalog| {
            own(kind).map_or(Ok(()), |kind| insert(kind, catalog))?;
            Ok(Absorbed::Rows)
        }))
    }

    /// For the catalog, but not to be seen yet.
    pub fn hidden_rows<Kind: JobKind>(
        insert: impl FnOnce(&mut Kind, &mut Catalog) -> Result<()> + Send + 'static,
    ) -> Self {
        Self(Box::new(|kind, catalog| {
            own(kind).map_or(Ok(()), |kind| insert(kind, catalog))?;
            Ok(Absorbed::Result)
        }))
    }

    /// For the job itself.
    pub fn result<Kind: JobKind>(keep: impl FnOnce(&mut Kind) + Send + 'static) -> Self {
        Self(Box::new(|kind, _catalog| {
            own(kind).map(keep);
            Ok(Absorbed::Result)
        }))
    }

    /// # Errors
    /// `Catalog` if its rows cannot be written.
    pub fn absorb(self, kind: &mut dyn JobKind, catalog: &mut Catalog) -> Result<Absorbed> {
        (self.0)(kind, catalog)
    }
}

fn own<Kind: JobKind>(kind: &mut dyn Any) -> Option<&mut Kind> {
    let kind = kind.downcast_mut();
    debug_assert!(kind.is_some(), "a worker sends parts to its own job");
    kind
}
