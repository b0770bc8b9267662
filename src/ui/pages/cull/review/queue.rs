//! What there is to decide of one kind, in an order that stays while one works through it.

use std::collections::BTreeSet;

use super::super::found::Found;
use crate::catalog::Edit;
use crate::catalog::{Decision, ImageId, ImageRecord, Snapshot};
use crate::curate::{Finding, Kind, dismiss};

/// One finding, or one group of copies.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The best first; one image if there is no group.
    pub members: Vec<ImageId>,
    /// One for each copy, or the one of the image.
    pub findings: Vec<Finding>,
}

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Open,
    Rejected,
    /// The finding is wrong.
    Dismissed,
    /// The image was kept by hand, or got the class that it looks like.
    Kept,
    /// Its border is cut off wherever it is looked at.
    Cropped,
}

impl Item {
    pub fn is_group(&self) -> bool {
        self.members.len() > 1
    }

    pub fn images<'a>(&self, snapshot: &'a Snapshot) -> Vec<&'a ImageRecord> {
        let members = self.members.iter();
        members.filter_map(|id| snapshot.image(*id)).collect()
    }

    pub fn status(&self, snapshot: &Snapshot) -> Status {
        if self.is_group() {
            self.status_of_group(snapshot)
        } else {
            self.status_of_one(snapshot)
        }
    }

    fn status_of_one(&self, snapshot: &Snapshot) -> Status {
        let image = self.members.first().and_then(|id| snapshot.image(*id));
        let (Some(finding), Some(image)) = (self.findings.first(), image) else {
            return Status::Rejected;
        };
        let is_relabelled = finding.looks_like.is_some() && image.class == finding.looks_like;
        match image.decision {
            Decision::Reject => Status::Rejected,
            _other if is_wrong(finding, snapshot) => Status::Dismissed,
            _other if is_cut_off(finding, image) => Status::Cropped,
            Decision::Keep => Status::Kept,
            Decision::Undecided if is_relabelled => Status::Kept,
            Decision::Undecided => Status::Open,
        }
    }

    /// Open while two images stay of which nobody has said that both should.
    fn status_of_group(&self, snapshot: &Snapshot) -> Status {
        let images = self.images(snapshot);
        let stay: Vec<&&ImageRecord> = images
            .iter()
            .filter(|image| image.decision != Decision::Reject)
            .collect();
        if stay.len() < 2 {
            return Status::Rejected;
        }
        let is_stranger = |image: &ImageRecord| {
            let mut own = self.findings.iter();
            own.any(|finding| finding.image() == Some(image.id) && is_wrong(finding, snapshot))
        };
        let mut copies = stay.iter().skip(1);
        if copies.any(|image| image.decision != Decision::Keep && !is_stranger(image)) {
            return Status::Open;
        }
        if stay.iter().skip(1).any(|image| is_stranger(image)) {
            Status::Dismissed
        } else {
            Status::Kept
        }
    }

    /// Images that are not rejected yet, but for the one that stays.
    pub fn others(&self, snapshot: &Snapshot, stays: ImageId) -> Vec<ImageId> {
        let images = self.images(snapshot).into_iter();
        images
            .filter(|image| image.decision != Decision::Reject && image.id != stays)
            .map(|image| image.id)
            .collect()
    }

    /// The edit that calls what was found here wrong. `None` for a kind that cannot be.
    pub fn denial(&self, snapshot: &Snapshot) -> Option<Edit> {
        dismiss(snapshot, &self.findings, true)
    }
}

/// The crop leaves nothing of the border.
fn is_cut_off(finding: &Finding, image: &ImageRecord) -> bool {
    let border = finding.border;
    border.is_some_and(|border| !image.crop.is_none() && border.without(image.crop).is_none())
}

fn is_wrong(finding: &Finding, snapshot: &Snapshot) -> bool {
    if snapshot.dismissed.is_empty() {
        return false;
    }
    let dismissal = finding.dismissal(snapshot);
    dismissal.is_some_and(|dismissal| snapshot.dismissed.contains(&dismissal))
}

/// The items of one kind, what was decided already among them.
#[derive(Debug, Default)]
pub struct Queue {
    pub kind: Option<Kind>,
    pub items: Vec<Item>,
    pub cursor: usize,
    /// Places that were decided, the newest last.
    trail: Vec<usize>,
}

impl Queue {
    /// The first open item is current.
    pub fn new(kind: Kind, found: &Found, snapshot: &Snapshot) -> Self {
        let mut queue = Self {
            kind: Some(kind),
            items: items(kind, found),
            ..Self::default()
        };
        queue.cursor = queue.open_from(0, snapshot).unwrap_or_default();
        queue
    }

    /// Takes over newer findings without moving anything: what is new comes last; what is open and no more found goes.
    pub fn follow(&mut self, found: &Found, snapshot: &Snapshot) {
        let Some(kind) = self.kind else { return };
        let new = items(kind, found);
        let copies = |items: &[Item]| -> BTreeSet<ImageId> {
            let findings = items.iter().flat_map(|item| &item.findings);
            findings.filter_map(Finding::image).collect()
        };
        let (known, present) = (copies(&self.items), copies(&new));
        let current = self.items.get(self.cursor).cloned();
        let before = self.items.len();
        self.items.retain(|item| {
            let mut images = item.findings.iter().filter_map(Finding::image);
            images.any(|image| present.contains(&image)) || item.status(snapshot) != Status::Open
        });
        if self.items.len() != before {
            self.trail.clear();
            let place =
                current.and_then(|current| self.items.iter().position(|one| *one == current));
            self.cursor = place.unwrap_or(self.cursor.min(self.items.len().saturating_sub(1)));
        }
        self.items.extend(new.into_iter().filter(|item| {
            let mut images = item.findings.iter().filter_map(Finding::image);
            images.all(|image| !known.contains(&image))
        }));
    }

    pub fn current(&self) -> Option<&Item> {
        self.items.get(self.cursor)
    }

    pub fn done(&self, snapshot: &Snapshot) -> usize {
        let items = self.items.iter();
        items
            .filter(|item| item.status(snapshot) != Status::Open)
            .count()
    }

    pub fn step(&mut self, by: isize) {
        let last = self.items.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    /// To the image's item, if it has one.
    pub fn go_to(&mut self, image: ImageId) {
        let place = |item: &Item| item.members.contains(&image);
        if let Some(at) = self.items.iter().position(place) {
            self.cursor = at;
        }
    }

    /// After a decision on the current item, which the snapshot does not show yet: on to the next open one.
    pub fn advance(&mut self, snapshot: &Snapshot) {
        self.advance_past(snapshot, |_| false);
    }

    /// As [`Queue::advance`], where the decision was about other items too.
    pub fn advance_past(&mut self, snapshot: &Snapshot, is_decided: impl Fn(&Item) -> bool) {
        self.trail.push(self.cursor);
        let own = self.cursor;
        let items = self.items.iter().enumerate();
        let mut open = items.filter(|(at, item)| {
            *at != own && item.status(snapshot) == Status::Open && !is_decided(item)
        });
        let mut open = open
            .by_ref()
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
            .into_iter();
        let first = open.clone().next();
        if let Some(next) = open.find(|at| *at > own).or(first) {
            self.cursor = next;
        }
    }

    /// Back to what an undo has opened again.
    pub fn return_to_undone(&mut self, snapshot: &Snapshot) {
        let is_open = |at: usize| {
            let item = self.items.get(at);
            item.is_some_and(|item| item.status(snapshot) == Status::Open)
        };
        if let Some(last) = self.trail.last().copied().filter(|last| is_open(*last)) {
            self.trail.pop();
            self.cursor = last;
        }
    }

    fn open_from(&self, from: usize, snapshot: &Snapshot) -> Option<usize> {
        let items = self.items.iter().enumerate().skip(from);
        let mut open = items.filter(|(_, item)| item.status(snapshot) == Status::Open);
        open.next().map(|(at, _)| at)
    }
}

/// The most certain first; of groups, the largest first.
fn items(kind: Kind, found: &Found) -> Vec<Item> {
    let findings = &found.findings;
    if kind.has_groups() {
        let mut items: Vec<Item> = Vec::new();
        for finding in findings.of_kind(kind) {
            let (Some(middle), Some(image)) = (finding.of, finding.image()) else {
                continue;
            };
            match items
                .last_mut()
                .filter(|item| item.members.first() == Some(&middle))
            {
                Some(item) => {
                    item.members.push(image);
                    item.findings.push(finding.clone());
                }
                None => items.push(Item {
                    members: vec![middle, image],
                    findings: vec![finding.clone()],
                }),
            }
        }
        items.sort_by_key(|item| std::cmp::Reverse(item.members.len()));
        return items;
    }
    let wrong = findings
        .dismissed
        .iter()
        .filter(|finding| finding.kind == kind);
    let mut items: Vec<Item> = findings
        .of_kind(kind)
        .chain(wrong)
        .filter_map(|finding| {
            Some(Item {
                members: vec![finding.image()?],
                findings: vec![finding.clone()],
            })
        })
        .collect();
    let score = |item: &Item| item.findings.first().map_or(0.0, |finding| finding.score);
    items.sort_by(|a, b| score(b).total_cmp(&score(a)));
    items
}
