//! The findings by image, so that thousands of cells can be filtered and sorted by them in a moment.

use std::collections::BTreeMap;

use crate::catalog::{ImageId, Snapshot};
use crate::curate::{Finding, Findings, Kind};

/// The findings as they stood when they were read.
#[derive(Debug, Default)]
pub struct Found {
    pub findings: Findings,
    /// Place in the list of findings, by image.
    of_image: Vec<(ImageId, usize)>,
    /// Which kinds each image was found for.
    masks: Vec<(ImageId, KindSet)>,
    /// Copies by the best image of their group, in the order of the findings.
    groups: BTreeMap<(ImageId, Kind), Vec<ImageId>>,
    /// How much of a kind there is in an image: what an order goes by. Sorted by image.
    degrees: BTreeMap<Kind, Vec<(ImageId, f32)>>,
}

/// Some kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindSet(u32);

impl KindSet {
    pub fn insert(&mut self, kind: Kind) {
        self.0 |= bit(kind);
    }

    pub fn toggle(&mut self, kind: Kind) {
        self.0 ^= bit(kind);
    }

    pub fn contains(self, kind: Kind) -> bool {
        self.0 & bit(kind) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn touches(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn only(kind: Kind) -> Self {
        Self(bit(kind))
    }

    pub fn iter(self) -> impl Iterator<Item = Kind> {
        let kinds = Kind::ALL.iter().copied();
        kinds.filter(move |kind| self.contains(*kind))
    }
}

fn bit(kind: Kind) -> u32 {
    1 << place(kind)
}

/// Among all kinds.
pub fn place(kind: Kind) -> usize {
    kind as usize
}

impl Found {
    pub fn new(findings: Findings) -> Self {
        let mut of_image: Vec<(ImageId, usize)> = findings
            .list
            .iter()
            .enumerate()
            .filter_map(|(at, finding)| Some((finding.image()?, at)))
            .collect();
        of_image.sort_unstable();
        let mut masks: Vec<(ImageId, KindSet)> = Vec::new();
        for &(image, at) in &of_image {
            let Some(finding) = findings.list.get(at) else {
                continue;
            };
            match masks.last_mut() {
                Some((last, mask)) if *last == image => mask.insert(finding.kind),
                _another => masks.push((image, KindSet::only(finding.kind))),
            }
        }
        let degrees = Kind::ALL.iter().filter_map(|&kind| {
            let degrees = degrees(&findings, kind);
            (!degrees.is_empty()).then_some((kind, degrees))
        });
        let mut groups: BTreeMap<(ImageId, Kind), Vec<ImageId>> = BTreeMap::new();
        for finding in &findings.list {
            if let (Some(middle), Some(image)) = (finding.of, finding.image()) {
                let group = groups.entry((middle, finding.kind)).or_default();
                group.push(image);
            }
        }
        Self {
            groups,
            degrees: degrees.collect(),
            of_image,
            masks,
            findings,
        }
    }

    /// Kinds that some image can be ordered by.
    pub fn sortable(&self) -> impl Iterator<Item = Kind> {
        self.degrees.keys().copied()
    }

    /// Kinds that were found at all, also of files that are no images.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        let counts = self.findings.counts.iter();
        counts
            .filter(|(_, count)| **count > 0)
            .map(|(kind, _)| *kind)
    }

    /// Of one image, as a thing that was found.
    pub fn of(&self, image: ImageId) -> impl Iterator<Item = &Finding> {
        let from = self.of_image.partition_point(|(id, _)| *id < image);
        let own = self.of_image.iter().skip(from);
        own.take_while(move |(id, _)| *id == image)
            .filter_map(|(_, at)| self.findings.list.get(*at))
    }

    /// The images of the group around `middle`, which comes first.
    pub fn group(&self, kind: Kind, middle: ImageId) -> impl Iterator<Item = ImageId> {
        let copies = self.groups.get(&(middle, kind)).into_iter().flatten();
        std::iter::once(middle).chain(copies.copied())
    }

    /// Kinds in whose groups the image is the best one.
    pub fn kinds_around(&self, image: ImageId) -> impl Iterator<Item = Kind> {
        let own = self
            .groups
            .range((image, Kind::Corrupt)..=(image, Kind::Background));
        own.map(|((_, kind), _)| *kind)
    }

    /// Walks along the images of a snapshot, which are sorted as these are.
    pub fn walk(&self) -> Walk<'_, KindSet> {
        Walk::over(&self.masks)
    }

    /// For each image of the snapshot its degree in a kind, negative infinity where there is none.
    pub fn degrees_of(&self, kind: Kind, snapshot: &Snapshot) -> Vec<f32> {
        let none = Vec::new();
        let mut walk = Walk::over(self.degrees.get(&kind).unwrap_or(&none));
        let images = snapshot.images.iter();
        images
            .map(|image| walk.at(image.id).unwrap_or(f32::NEG_INFINITY))
            .collect()
    }
}

/// One value for an image, the highest first; what is grouped stands together.
fn degrees(findings: &Findings, kind: Kind) -> Vec<(ImageId, f32)> {
    let measured = findings.measured.get(&kind).filter(|_| !kind.has_groups());
    let mut degrees: Vec<(ImageId, f32)> = match measured {
        Some(measured) => measured
            .iter()
            .map(|one| (one.image, one.degree as f32))
            .collect(),
        None => findings
            .of_kind(kind)
            .filter_map(|finding| {
                let group = finding.group.map_or(0.0, |group| group as f32);
                Some((finding.image()?, finding.score as f32 - group))
            })
            .collect(),
    };
    degrees.sort_unstable_by_key(|(image, _)| *image);
    degrees
}

/// Looks up ascending images in an ascending list, each step going on where the last one ended.
pub struct Walk<'a, T> {
    rest: &'a [(ImageId, T)],
}

impl<'a, T: Copy> Walk<'a, T> {
    fn over(list: &'a [(ImageId, T)]) -> Self {
        Self { rest: list }
    }

    pub fn at(&mut self, image: ImageId) -> Option<T> {
        while let [(id, value), rest @ ..] = self.rest {
            if *id > image {
                return None;
            }
            if *id == image {
                return Some(*value);
            }
            self.rest = rest;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curate::Subject;

    fn finding(kind: Kind, image: i64, score: f64) -> Finding {
        Finding {
            kind,
            subject: Subject::Image(ImageId(image)),
            score,
            value: None,
            group: None,
            of: None,
            looks_like: None,
            border: None,
            reason: None,
        }
    }

    #[test]
    fn findings_are_looked_up_by_image_in_one_walk() {
        let findings = Findings {
            list: vec![
                finding(Kind::Dark, 7, 0.9),
                finding(Kind::Blurry, 3, 0.7),
                finding(Kind::Blurry, 7, 0.6),
            ],
            ..Findings::default()
        };
        let found = Found::new(findings);
        let mut walk = found.walk();
        assert_eq!(walk.at(ImageId(1)), None);
        assert_eq!(walk.at(ImageId(3)), Some(KindSet::only(Kind::Blurry)));
        let both = walk.at(ImageId(7)).unwrap();
        assert_eq!(both.iter().collect::<Vec<_>>(), [Kind::Blurry, Kind::Dark]);
        assert_eq!(walk.at(ImageId(8)), None);
        assert_eq!(found.of(ImageId(7)).count(), 2);
        assert_eq!(found.of(ImageId(4)).count(), 0);
    }
}
