//! The kinds of jobs. A new one is a file beside this one, which implements [`JobKind`], and a line in the list below;
//! the queue, the events and the views of jobs need no change.

mod asked_run;
pub mod audit;
pub mod background;
pub mod character_search;
pub mod clusters;
pub mod collect;
pub mod crop_borders;
pub mod cross_validate;
pub mod demo;
pub mod download;
pub mod evaluate;
pub mod export;
pub mod find_lr;
pub mod honesty;
pub mod import_film;
pub mod import_images;
mod kind;
pub mod leaks;
pub mod resume;
pub mod run_queue;
pub mod scan;
pub mod scene_links;
pub mod train;
pub mod twins;
pub mod upsample;

pub use kind::{Absorbed, JobKind, Lane, Part, Work};

use audit::BorderAudit;
use background::BackgroundTest;
use character_search::CharacterSearch;
use clusters::MapClustering;
use collect::WebCollection;
use crop_borders::BorderCrop;
use cross_validate::CrossValidating;
use demo::Demo;
use download::WeightsDownload;
use evaluate::SetEvaluation;
use export::Exporting;
use find_lr::LrSweep;
use honesty::HonestyCheck;
use import_film::FilmImport;
use import_images::ImagesImport;
use leaks::LeakSearch;
use resume::ResumedTraining;
use run_queue::RunQueue;
use scan::ImageScan;
use scene_links::SceneComparison;
use train::Training;
use twins::TwinSearch;
use upsample::Upsample;

macro_rules! job_kinds {
    ($($(#[$doc:meta])* $name:ident($kind:ty),)+) => {
        /// What a job was asked for, and what has come of it so far.
        #[derive(Clone, Debug)]
        pub enum Job {
            $($(#[$doc])* $name($kind),)+
        }

        impl Job {
            pub fn kind(&self) -> &dyn JobKind {
                match self {
                    $(Self::$name(kind) => kind,)+
                }
            }

            pub(super) fn kind_mut(&mut self) -> &mut dyn JobKind {
                match self {
                    $(Self::$name(kind) => kind,)+
                }
            }
        }

        $(impl From<$kind> for Job {
            fn from(kind: $kind) -> Self {
                Self::$name(kind)
            }
        })+
    };
}

job_kinds! {
    ImportFilm(FilmImport),
    ImportImages(ImagesImport),
    /// From the web.
    Collect(WebCollection),
    Train(Training),
    Resume(ResumedTraining),
    /// Runs that differ in seed, rate, size or net, one after another.
    TrainQueue(RunQueue),
    /// Tries learning rates for a run; writes nothing.
    FindLr(LrSweep),
    /// Trains and measures every fold; keeps no run.
    CrossValidate(CrossValidating),
    Evaluate(SetEvaluation),
    /// A run behind a web page, until it is cancelled.
    Demo(Demo),
    /// A run's net or the images, as a folder for other programs.
    Export(Exporting),
    Audit(BorderAudit),
    Background(BackgroundTest),
    ClusterMaps(MapClustering),
    FindTwins(TwinSearch),
    Scan(ImageScan),
    CompareScenes(SceneComparison),
    FindLeaks(LeakSearch),
    Honesty(HonestyCheck),
    CropBorders(BorderCrop),
    /// Proposes crops; changes no row.
    FindCharacters(CharacterSearch),
    Upsample(Upsample),
    /// The ImageNet weights of a net, into the user's cache.
    DownloadWeights(WeightsDownload),
}
