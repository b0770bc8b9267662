//! Where the guide is shown.

use serde::{Deserialize, Serialize};

/// What the person made of the guide; remembered for all projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuideChoice {
    /// Nothing yet: it stands in the sample.
    #[default]
    Offered,
    /// Called, or offered with the first project of one's own: it stands in every project.
    Everywhere,
    Dismissed,
}

impl GuideChoice {
    pub fn shows_in(self, is_sample: bool) -> bool {
        match self {
            Self::Offered => is_sample,
            Self::Everywhere => true,
            Self::Dismissed => false,
        }
    }
}
