//! The project's memory: sources, scenes, images, decisions. The only module that knows SQLite.

pub mod backup;
mod change;
mod character;
mod connection;
mod content;
mod copies;
pub mod crop;
mod decided;
mod dismissal;
pub mod edit;
pub mod facts;
mod fetched_log;
mod folder_scenes;
mod frame_folder;
pub mod import;
mod insets;
pub mod journal;
mod meta;
pub mod name;
mod notes;
pub mod output;
mod provenance;
pub mod query;
pub mod record;
mod removal;
mod rename;
pub mod restore;
mod scene_id;
mod scene_name;
pub mod schema;
pub mod snapshot;
pub mod stray;
mod travel;
mod words;

pub use character::{CharacterCrop, CropOrigin};
pub use content::{ContentHash, PixelHashes};
pub use crop::Crop;
pub use decided::Remembered;
pub use dismissal::Dismissal;
pub use edit::Edit;
pub use fetched_log::{Credit, KnownContent, KnownUrl};
pub use provenance::{Fetched, Outcome, Provenance};
pub use query::Catalog;
pub use record::{
    ChosenCrop, ClassId, Decided, Decision, GroupId, ImageId, ImageRecord, Moment, Scene, SceneId,
    Side, Source, SourceId, SourceKind, Unit,
};
pub use scene_name::scene_name;
pub use snapshot::{Snapshot, SplitMode};
