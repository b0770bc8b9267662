//! Everything a front end can ask of a session.

use crate::catalog::Edit;
use crate::catalog::import::{ImportFilm, ImportImages};
use crate::jobs::event::JobId;
use crate::model::Arch;
use crate::model::hub::Hub;
use crate::run::config::TrainConfig;

#[derive(Clone, Debug)]
pub enum Command {
    Edit(Edit),
    Undo,
    Redo,
    ImportFilm(ImportFilm),
    ImportImages(ImportImages),
    Train(TrainConfig),
    /// The ImageNet weights of a net, into the user's cache.
    DownloadWeights(Hub, Arch),
    /// Tries learning rates for a run with this config; writes nothing.
    FindLr(TrainConfig),
    /// Goes on with the run of this id.
    Resume(String),
    /// `Pause`/`Stop` are for runs, `Cancel` for anything.
    Pause(JobId),
    Unpause(JobId),
    Stop(JobId),
    Cancel(JobId),
    /// Takes an ended job off the list.
    Dismiss(JobId),
}
