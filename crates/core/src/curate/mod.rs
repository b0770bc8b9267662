//! Checks: what in the project is broken, doubled, unusable or suspicious, so that a person need not find it by
//! scrolling.
//!
//! [`scan`] reads every file once and keeps what the checks want to know of it as facts about its content
//! ([`measure`]); [`findings`] compares the facts of all images, quickly and whenever somebody asks. Nothing is decided
//! here: a finding is a reason to look.

mod background;
pub mod compare;
pub mod crop;
pub mod dismiss;
pub mod features;
pub mod finding;
pub mod findings;
pub mod grain;
pub mod groups;
pub mod hash_index;
pub mod honesty;
pub mod jpeg_quality;
pub mod keep_best;
pub mod kind;
pub mod known;
pub mod leak;
pub mod learned;
pub mod limits;
pub mod load;
pub mod look;
pub mod look_store;
pub mod map;
pub mod measure;
mod mislabelled;
mod outliers;
pub mod quality;
pub mod scan;
pub mod scene_groups;
pub mod screen;
pub mod settings;
mod shard;
pub mod sharpness;
pub mod signature;
pub mod star;
pub mod strays;
pub mod threshold;
pub mod tone;
pub mod upsample;
pub mod view;
pub mod words;

pub use dismiss::dismiss;
pub use features::Features;
pub use finding::{Finding, Subject};
pub use findings::Findings;
pub use honesty::Honesty;
pub use keep_best::{KeepBest, Rejects, rejects};
pub use kind::Kind;
pub use leak::Leaks;
pub use load::{Depth, FindingsReader, load_findings};
pub use scan::{Scan, ScanReport, scan};
pub use settings::Settings;
pub use shard::{Shard, merge_shards, scan_shard};
pub use threshold::{Measured, Threshold};

/// An undecided image of nothing, for tests to change.
#[cfg(test)]
pub(crate) fn test_image() -> crate::catalog::ImageRecord {
    crate::catalog::ImageRecord {
        id: crate::catalog::ImageId(1),
        source: crate::catalog::SourceId(1),
        class: None,
        scene: None,
        side: None,
        path: std::path::PathBuf::new(),
        origin: String::new(),
        hash: String::new(),
        width: 64,
        height: 48,
        crop: crate::media::border::Insets::NONE,
        character: None,
        copies: crate::media::upsampling::Copies::default(),
        frame: None,
        time_secs: None,
        decision: crate::catalog::Decision::Undecided,
        decided: crate::catalog::Decided::default(),
    }
}
