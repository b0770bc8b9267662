//! A reason to look at an image or a file.

use super::kind::Kind;
use crate::catalog::{ClassId, ImageId, SourceId};
use crate::media::border::Insets;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Image(ImageId),
    /// A file of an imported folder that is no image of the project.
    File {
        source: SourceId,
        /// Relative to the imported folder.
        origin: String,
    },
}

/// A reason to look at an image or a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub kind: Kind,
    pub subject: Subject,
    /// 0 to 1; the higher, the more so.
    pub score: f64,
    /// What was measured, in the unit of its [`super::limits::Limits`].
    pub value: Option<f64>,
    /// Copies of one image have the same number, from 1.
    pub group: Option<u32>,
    /// The best image of the group.
    pub of: Option<ImageId>,
    /// The class it looks like.
    pub looks_like: Option<ClassId>,
    pub border: Option<Insets>,
    /// In words, where there is more to say than the kind.
    pub reason: Option<String>,
}

impl Finding {
    pub(super) fn of_image(kind: Kind, image: ImageId, score: f64) -> Self {
        Self {
            kind,
            subject: Subject::Image(image),
            score,
            value: None,
            group: None,
            of: None,
            looks_like: None,
            border: None,
            reason: None,
        }
    }

    /// `None` for a file that is no image of the project.
    pub fn image(&self) -> Option<ImageId> {
        match self.subject {
            Subject::Image(id) => Some(id),
            Subject::File { .. } => None,
        }
    }
}
