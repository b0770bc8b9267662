//! What is rejected when somebody decides on all findings of a kind.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::finding::Finding;
use crate::catalog::{Decision, ImageId, ImageRecord, Snapshot};
use crate::error::{Error, Result};

/// Which image of a group of copies stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepBest {
    /// The one that the findings name: kept, then the most pixels, then the oldest.
    #[default]
    Best,
    /// Most pixels, then the oldest.
    Largest,
    /// The one that was imported first.
    Oldest,
    /// The one that was imported last.
    Newest,
}

impl KeepBest {
    pub const ALL: [Self; 4] = [Self::Best, Self::Largest, Self::Oldest, Self::Newest];

    /// "the most pixels".
    pub fn title(self) -> &'static str {
        match self {
            Self::Best => "the best",
            Self::Largest => "the most pixels",
            Self::Oldest => "the first imported",
            Self::Newest => "the last imported",
        }
    }

    /// Which of the members stays. `middle`: the one that the findings name.
    pub fn best(
        self,
        snapshot: &Snapshot,
        middle: ImageId,
        members: impl Iterator<Item = ImageId>,
    ) -> ImageId {
        let best = match self {
            Self::Best => Some(middle),
            Self::Largest => members
                .filter_map(|id| snapshot.image(id))
                .min_by_key(|image| largest(image))
                .map(|image| image.id),
            Self::Oldest => members.min(),
            Self::Newest => members.max(),
        };
        best.unwrap_or(middle)
    }
}

impl FromStr for KeepBest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "best" => Ok(Self::Best),
            "largest" => Ok(Self::Largest),
            "oldest" => Ok(Self::Oldest),
            "newest" => Ok(Self::Newest),
            _ => Err(Error::Unknown {
                what: "rule",
                name: text.to_owned(),
                remedy: "the rules are best, largest, oldest, newest".into(),
            }),
        }
    }
}

/// What to reject, and what stays although it was found because somebody had decided to keep it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects {
    pub images: Vec<ImageId>,
    pub spared: usize,
}

/// The images of `findings` (all of one kind) to reject: of each group all but one. What was kept by hand stays.
pub fn rejects(snapshot: &Snapshot, findings: &[&Finding], rule: KeepBest) -> Rejects {
    let mut groups: BTreeMap<ImageId, BTreeSet<ImageId>> = BTreeMap::new();
    let mut found: BTreeSet<ImageId> = BTreeSet::new();
    for finding in findings {
        let Some(image) = finding.image() else {
            continue;
        };
        match finding.of {
            Some(middle) => {
                groups.entry(middle).or_default().extend([middle, image]);
            }
            None => {
                found.insert(image);
            }
        }
    }
    for (middle, members) in groups {
        let best = rule.best(snapshot, middle, members.iter().copied());
        found.extend(members.into_iter().filter(|&id| id != best));
    }
    let mut rejects = Rejects::default();
    for id in found {
        match snapshot.image(id).map(|image| image.decision) {
            Some(Decision::Keep) => rejects.spared += 1,
            Some(Decision::Undecided) => rejects.images.push(id),
            Some(Decision::Reject) | None => {}
        }
    }
    rejects
}

fn largest(image: &ImageRecord) -> (Reverse<u64>, ImageId) {
    let pixels = u64::from(image.width) * u64::from(image.height);
    (Reverse(pixels), image.id)
}
