//! What a job does, and what its worker hands back.

use super::JobKind;
use crate::catalog::Catalog;
use crate::catalog::import::{ImportFilm, ImportImages, NewFilm, NewImage};
use crate::dataset::Split;
use crate::error::Result;
use crate::jobs::Context;
use crate::model::Arch;
use crate::model::hub::{Fetched, Hub};
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::event::Flow;
use crate::train::find_lr::find_lr;
use crate::train::job::{RunSummary, TrainJob};
use crate::train::resume::{ResumeJob, resume};
use crate::train::schedule::lr_curve::LrCurve;
use crate::train::start::{reserve, train};

/// Asked for by a command; becomes [`Work`] when its turn comes.
#[derive(Clone, Debug)]
pub(super) enum Task {
    ImportFilm(ImportFilm),
    ImportImages(ImportImages),
    Train(TrainConfig),
    Resume(String),
    DownloadWeights(Hub, Arch),
    FindLr(TrainConfig),
}

/// Jobs of one lane run one after another: two imports would only fight over the disk, two trainings over the cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Disk,
    Cores,
    Net,
}

/// What a worker sends.
pub(super) enum Part {
    Film(Box<NewFilm>),
    Images(Vec<NewImage>),
    /// After the last of the images.
    ImagesRead {
        unreadable: usize,
    },
    Trained(RunSummary),
    Downloaded(Fetched),
    /// As far as a sweep of learning rates has come.
    Swept(LrCurve),
}

/// The closure for the worker; everything it needs was moved in.
pub(super) type Work = Box<dyn FnOnce(&Context<Part>) -> Result<()> + Send>;

impl Task {
    pub fn title(&self) -> String {
        match self {
            Self::ImportFilm(import) => {
                let name = import.film.file_name().unwrap_or_default();
                format!("Import {}", name.to_string_lossy())
            }
            Self::ImportImages(import) => format!("Import pictures of {}", import.source),
            Self::Train(config) => format!("Train stage {}", config.stage),
            Self::Resume(run_id) => format!("Resume {run_id}"),
            Self::DownloadWeights(_, arch) => format!("Download {}", arch.title()),
            Self::FindLr(config) => format!("Find learning rate of stage {}", config.stage),
        }
    }

    pub fn kind(&self) -> JobKind {
        match self {
            Self::ImportFilm(_) | Self::ImportImages(_) => JobKind::Import,
            Self::Train(_) | Self::Resume(_) => JobKind::Run,
            Self::FindLr(_) => JobKind::FindLr,
            Self::DownloadWeights(..) => JobKind::Download,
        }
    }

    pub fn lane(&self) -> Lane {
        match self.kind() {
            JobKind::Import => Lane::Disk,
            JobKind::Run | JobKind::FindLr => Lane::Cores,
            JobKind::Download => Lane::Net,
        }
    }

    /// The worker's thread name.
    pub fn thread_name(&self) -> &'static str {
        match self {
            Self::ImportFilm(_) => "import-film",
            Self::ImportImages(_) => "import-images",
            Self::Train(_) | Self::Resume(_) => "train",
            Self::DownloadWeights(..) => "download",
            Self::FindLr(_) => "find-lr",
        }
    }

    /// Gathers the values; for training also the run's id.
    ///
    /// # Errors
    /// What is wrong with the request before any work is done (a missing folder, an empty training side).
    pub fn prepare(&self, project: &Project, catalog: &Catalog) -> Result<(Work, Option<String>)> {
        Ok(match self {
            Self::ImportFilm(import) => {
                let reader = catalog.film_reader(project, import)?;
                let work: Work = Box::new(move |context| {
                    let film = reader.extract(&context.progress)?;
                    context.send(Part::Film(Box::new(film)))
                });
                (work, None)
            }
            Self::ImportImages(import) => {
                let reader = catalog.image_reader(project, import)?;
                let work: Work = Box::new(move |context| {
                    let mut sink = |images| context.send(Part::Images(images));
                    let unreadable = reader.read(&context.progress, &mut sink)?;
                    context.send(Part::ImagesRead { unreadable })
                });
                (work, None)
            }
            Self::Train(config) => {
                let job = TrainJob {
                    project: project.clone(),
                    config: config.clone(),
                    split: Split::of(&catalog.snapshot()?)?,
                };
                let run_id = reserve(project, config)?;
                let id = run_id.clone();
                let work: Work = Box::new(move |context| {
                    let summary = train(&job, &id, &context.progress, &mut |_| steer(context))?;
                    context.send(Part::Trained(summary))
                });
                (work, Some(run_id))
            }
            Self::Resume(run_id) => {
                let job = ResumeJob {
                    project: project.clone(),
                    run_id: run_id.clone(),
                    split: Split::of(&catalog.snapshot()?)?,
                };
                job.check()?;
                let work: Work = Box::new(move |context| {
                    let summary = resume(&job, &context.progress, &mut |_| steer(context))?;
                    context.send(Part::Trained(summary))
                });
                (work, Some(run_id.clone()))
            }
            Self::DownloadWeights(hub, arch) => {
                let (hub, arch) = (hub.clone(), *arch);
                let work: Work = Box::new(move |context| {
                    let fetched = hub.fetch(arch, &context.progress)?;
                    context.send(Part::Downloaded(fetched))
                });
                (work, None)
            }
            Self::FindLr(config) => {
                let job = TrainJob {
                    project: project.clone(),
                    config: config.clone(),
                    split: Split::of(&catalog.snapshot()?)?,
                };
                let work: Work = Box::new(move |context| {
                    // What is sent in vain was cancelled, which the sweep notices by itself.
                    let mut observer = |curve: &LrCurve| {
                        let _ = context.send(Part::Swept(curve.clone()));
                    };
                    find_lr(&job, &context.progress, &mut observer)?;
                    Ok(())
                });
                (work, None)
            }
        })
    }
}

/// What a person wants of a training, asked after each of its events.
fn steer(context: &Context<Part>) -> Flow {
    context.wake();
    if context.progress.is_cancelled() {
        Flow::Stop
    } else {
        context.control.flow()
    }
}
