//! Which findings a person has called wrong, so that they are not found again.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::kind::Kind;
use crate::catalog::{ContentHash, Dismissal, Edit, ImageId, Snapshot};

/// Copies of a group of which each pair is remembered; of a larger one only the pairs with the best image.
const MOST_PAIRED: usize = 64;

impl Finding {
    /// What is to be remembered if the finding is wrong. `None` for a kind that cannot be, or a file without a row.
    pub fn dismissal(&self, snapshot: &Snapshot) -> Option<Dismissal> {
        self.kind.denial()?;
        let own = content(snapshot, self.image()?)?;
        let name = self.kind.name();
        match self.of {
            Some(middle) => Some(Dismissal::of_pair(name, own, content(snapshot, middle)?)),
            None => Some(Dismissal::of_one(name, own)),
        }
    }

    pub(super) fn is_dismissed(&self, snapshot: &Snapshot) -> bool {
        let dismissal = self.dismissal(snapshot);
        dismissal.is_some_and(|dismissal| snapshot.dismissed.contains(&dismissal))
    }
}

/// The edit that calls these findings, all of one kind, wrong; or, with false, takes that back. Of a group no two images
/// are duplicates then, as far as the findings tell. `None` if none of them can be wrong.
pub fn dismiss<'a>(
    snapshot: &Snapshot,
    findings: impl IntoIterator<Item = &'a Finding>,
    is_dismissed: bool,
) -> Option<Edit> {
    let mut kind = None;
    let mut images = BTreeSet::new();
    let mut groups: BTreeMap<ImageId, Vec<ContentHash>> = BTreeMap::new();
    let mut dismissals = Vec::new();
    for finding in findings {
        let Some(dismissal) = finding.dismissal(snapshot) else {
            continue;
        };
        kind = Some(finding.kind);
        images.extend(finding.image());
        dismissals.push(dismissal);
        if let (Some(middle), Some(image)) = (finding.of, finding.image()) {
            let copies = groups.entry(middle).or_default();
            copies.extend(content(snapshot, image));
        }
    }
    let kind = kind?;
    let small = groups.values().filter(|copies| copies.len() <= MOST_PAIRED);
    for copies in small {
        // The copies would be a group of their own at the next look.
        for (at, one) in copies.iter().enumerate() {
            let others = copies.iter().skip(at + 1);
            let pair = |other: &ContentHash| Dismissal::of_pair(kind.name(), *one, *other);
            dismissals.extend(others.map(pair));
        }
    }
    let count = match images.len() {
        1 => "1 image".to_owned(),
        n => format!("{n} images"),
    };
    let text = if is_dismissed {
        format!("Marked {count} as {}", kind.denial()?)
    } else {
        format!("{count} may be found again: {}", kind.title())
    };
    Some(Edit::Dismiss {
        dismissals,
        is_dismissed,
        text,
    })
}

/// The pairs of a kind that a person has called no duplicates, to be asked thousands of times.
pub(super) struct Strangers {
    kind: &'static str,
    /// Whether there is any of this kind.
    is_any: bool,
}

impl Strangers {
    pub fn of(snapshot: &Snapshot, kind: Kind) -> Self {
        let mut dismissed = snapshot.dismissed.iter();
        Self {
            kind: kind.name(),
            is_any: dismissed.any(|dismissal| dismissal.kind() == kind.name()),
        }
    }

    /// The two images are no duplicates of each other; by position.
    pub fn has(&self, snapshot: &Snapshot, one: usize, other: usize) -> bool {
        if !self.is_any {
            return false;
        }
        let content = |at: usize| ContentHash::from_hex(&snapshot.images.get(at)?.hash);
        let (Some(one), Some(other)) = (content(one), content(other)) else {
            return false;
        };
        let pair = Dismissal::of_pair(self.kind, one, other);
        snapshot.dismissed.contains(&pair)
    }
}

fn content(snapshot: &Snapshot, image: ImageId) -> Option<ContentHash> {
    ContentHash::from_hex(&snapshot.image(image)?.hash)
}
