//! The review of one kind of finding after another: a queue of images or groups, each decided with one key.

pub mod comparison_ui;
pub mod difference;
pub mod group_ui;
pub mod image_ui;
pub mod keys;
pub mod kinds_ui;
pub mod queue;
pub mod single_ui;
pub mod stage_ui;
pub mod swipe;
pub mod swipe_ui;
pub mod threshold_ui;

use std::collections::BTreeMap;

use self::difference::Difference;
use self::keys::{Comparison, Intent};
use self::kinds_ui::OpenCounts;
use self::queue::{Item, Queue, Status};
use self::swipe::Swipe;
use self::threshold_ui::ThresholdPanel;
use super::found::Found;
use crate::catalog::{Crop, Decision, Edit, ImageId, Snapshot};
use crate::curate::{KeepBest, Kind};
use crate::session::Command;
use crate::ui::context::ViewCtx;

#[derive(Default)]
pub struct Review {
    pub queue: Queue,
    /// Of the findings that the queue follows.
    serial: u64,
    pub rule: KeepBest,
    /// What was chosen to stay against the rule, by the best image of the group.
    stays: BTreeMap<ImageId, ImageId>,
    pub comparison: Comparison,
    /// The other image is in front.
    pub is_swapped: bool,
    /// Which of a group's other images is compared.
    other: usize,
    /// Where the line of the wipe is, 0 to 1.
    pub wipe: f32,
    pub difference: Difference,
    pub threshold: ThresholdPanel,
    pub swipe: Option<Swipe>,
    pub open: OpenCounts,
    /// Decided items are looked at again.
    pub looks_back: bool,
    /// Of the queue, at a version of the catalog.
    done: Option<(u64, u64, usize)>,
}

impl Review {
    pub fn kind(&self) -> Option<Kind> {
        self.queue.kind
    }

    pub fn open(&mut self, kind: Kind, found: &Found, snapshot: &Snapshot) {
        if self.queue.kind != Some(kind) {
            self.queue = Queue::new(kind, found, snapshot);
            self.looks_back = false;
            self.swipe = None;
            self.done = None;
            self.begin_item();
        }
    }

    /// Once a frame: newer findings, and what an undo has opened again.
    pub fn follow(&mut self, found: &Found, serial: u64, snapshot: &Snapshot) {
        if self.serial != serial {
            self.serial = serial;
            self.done = None;
            if self.queue.items.is_empty() {
                if let Some(kind) = self.queue.kind {
                    self.queue = Queue::new(kind, found, snapshot);
                }
            } else {
                self.queue.follow(found, snapshot);
            }
        }
        let before = self.queue.cursor;
        self.queue.return_to_undone(snapshot);
        if self.queue.cursor != before {
            self.begin_item();
        }
    }

    /// How many items are decided.
    pub fn done(&mut self, snapshot: &Snapshot) -> usize {
        let key = (snapshot.version, self.serial);
        match self.done {
            Some((version, serial, done)) if (version, serial) == key => done,
            _older => {
                let done = self.queue.done(snapshot);
                self.done = Some((key.0, key.1, done));
                done
            }
        }
    }

    /// The image of a group that stays if it is decided now.
    pub fn stays(&self, item: &Item, snapshot: &Snapshot) -> Option<ImageId> {
        let middle = *item.members.first()?;
        let chosen = self.stays.get(&middle).copied();
        let members = item.members.iter().copied();
        Some(chosen.unwrap_or_else(|| self.rule.best(snapshot, middle, members)))
    }

    /// The two images that are compared: the one that stays, and another one.
    pub fn compared(&self, item: &Item, snapshot: &Snapshot) -> Option<(ImageId, ImageId)> {
        let stays = self.stays(item, snapshot)?;
        let others: Vec<ImageId> = item
            .members
            .iter()
            .copied()
            .filter(|id| *id != stays)
            .collect();
        let other = others.get(self.other % others.len().max(1)).copied()?;
        Some((stays, other))
    }

    /// The image of the current group is to stay.
    pub fn let_stay(&mut self, image: ImageId) {
        if let Some(middle) = self
            .queue
            .current()
            .and_then(|item| item.members.first().copied())
        {
            self.stays.insert(middle, image);
            self.is_swapped = false;
        }
    }

    pub fn act(&mut self, intent: Intent, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        match intent {
            Intent::Step(by) => {
                self.looks_back = true;
                self.queue.step(by);
                self.begin_item();
            }
            Intent::Other(by) => {
                let others = self
                    .queue
                    .current()
                    .map_or(1, |item| item.members.len() - 1);
                let by = by.rem_euclid(others.max(1) as isize) as usize;
                self.other = (self.other + by) % others.max(1);
                self.is_swapped = false;
            }
            Intent::Stay(number) => {
                let item = self.queue.current();
                let image = item.and_then(|item| item.members.get(number).copied());
                if let Some(image) = image {
                    self.let_stay(image);
                }
            }
            Intent::Compare(comparison) => {
                self.comparison = comparison;
                self.is_swapped = false;
                self.wipe = 0.5;
            }
            Intent::Swap => {
                if self.comparison == Comparison::Swap {
                    self.is_swapped = !self.is_swapped;
                } else {
                    self.comparison = Comparison::Swap;
                }
            }
            Intent::Undo => ctx.send(Command::Undo),
            Intent::Leave => {}
            Intent::Crop => self.crop(snapshot, ctx),
            Intent::Reject
            | Intent::Dismiss
            | Intent::KeepBest
            | Intent::KeepAll
            | Intent::Relabel => self.decide(intent, snapshot, ctx),
        }
    }

    fn decide(&mut self, intent: Intent, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        let Some(item) = self.queue.current() else {
            return;
        };
        if item.status(snapshot) != Status::Open && intent != Intent::Reject {
            // A second key must not undo the first one's work.
            self.queue.step(1);
            self.begin_item();
            return;
        }
        if let Some(edit) = self.edit_of(intent, item, snapshot) {
            ctx.edit(edit);
            self.looks_back = false;
            self.queue.advance(snapshot);
            self.begin_item();
        } else {
            let kind = self.queue.kind.map_or("This", Kind::title);
            ctx.toast(format!("{kind}: there is nothing to do here with that key"));
        }
    }

    /// The borders of all images of the current one's source, which the scan has measured.
    fn crop(&mut self, snapshot: &Snapshot, ctx: &mut ViewCtx<'_>) {
        let source_of = |item: &Item| {
            let finding = item.findings.first()?;
            finding.border?;
            Some(snapshot.image(finding.image()?)?.source)
        };
        let Some(item) = self.queue.current() else {
            return;
        };
        let Some(source) = source_of(item).filter(|_| item.status(snapshot) == Status::Open) else {
            ctx.toast("There is no border to crop here");
            return;
        };
        ctx.edit(Edit::SetCrop {
            sources: vec![source],
            crop: Some(Crop::Measured),
        });
        self.looks_back = false;
        self.queue
            .advance_past(snapshot, |item| source_of(item) == Some(source));
        self.begin_item();
    }

    fn edit_of(&self, intent: Intent, item: &Item, snapshot: &Snapshot) -> Option<Edit> {
        let decision = |images: Vec<ImageId>, decision| {
            (!images.is_empty()).then_some(Edit::SetDecision { images, decision })
        };
        match intent {
            Intent::Reject => decision(item.members.clone(), Decision::Reject),
            Intent::KeepBest => {
                let stays = self.stays(item, snapshot)?;
                decision(item.others(snapshot, stays), Decision::Reject)
            }
            Intent::KeepAll => decision(item.members.clone(), Decision::Keep),
            // What cannot be wrong, such as a file that is damaged, can be kept all the same.
            Intent::Dismiss => item
                .denial(snapshot)
                .or_else(|| decision(item.members.clone(), Decision::Keep)),
            Intent::Relabel => {
                let class = item.findings.first()?.looks_like?;
                Some(Edit::SetClass {
                    images: item.members.clone(),
                    class: snapshot.class_name(class)?.to_owned(),
                })
            }
            _no_decision => None,
        }
    }

    fn begin_item(&mut self) {
        self.other = 0;
        self.is_swapped = false;
        self.wipe = 0.5;
    }
}
