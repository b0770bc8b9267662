//! Scene cuts from every frame of a film: hard cuts and dissolves.
//!
//! A hard cut is a step that does not come back: the frame differs from the one before, far more than frames around
//! there differ from one another, and none of the next few frames resembles the last few before it. So a flash, which
//! comes back, is no cut; nor is a large figure that jumps while the place behind it stands still (see `still_part.rs`). Dissolves are judged over windows (see `dissolve.rs`). After blank frames (a fade to black
//! and up again) a new scene begins if it shows something else or the blank was long; the blank itself is never a
//! scene: it belongs to the scene before it, or at the film's start to the first.
//!
//! The detector holds about seventy frames of 7 kB, however long the film is.
//!
//! Limits: a scene must last [`REACH`] frames; two scenes that differ only in a small figure before the same
//! background may be seen as one.

use std::collections::VecDeque;

use super::dissolve;
use super::scene::{Transition, Transitions};
use super::small_frame::SmallFrame;
use super::still_part::StillPart;

/// Frames looked at on either side of a possible cut; a flash of fewer frames than this is no cut.
const REACH: usize = 7;
/// A step of this size (mean levels of 255) is a cut if it is [`CUT_RATIO`] times what is usual there. On ten
/// reference films all cuts but one are above 22 and all steps of animated figures below 14.
const CUT_DISTANCE: f32 = 17.0;
const CUT_RATIO: f32 = 3.0;
/// More alike than this in structure, a step is only one of light; the cuts measured are below 0.77.
const CUT_CORRELATION: f32 = 0.9;
/// In dark or pale films smaller steps are cuts, if they stand out more and nearly the whole image changes.
const FAINT_DISTANCE: f32 = 7.0;
const FAINT_RATIO: f32 = 8.0;
const FAINT_CHANGED: f32 = 0.6;
const FAINT_LEVELS: u8 = 4;
const FAINT_CORRELATION: f32 = 0.96;
/// Where more of the image than [`KNOWN_STILL`] stands still on both sides of a step, a cut changes at least this part of it.
/// On ten reference films, as they are and in 17 versions (enlarged, faster, darker, with bars, with noise), true cuts change .27 and
/// more, 99 of 100 .46 and more; steps of large figures, which were taken for cuts before, .26 at most and 95 of 100 less than .08.
const STILL_CHANGED: f32 = 0.2;
const KNOWN_STILL: f32 = 0.1;
/// Where so much stands still and so much of it changes, a small step is a cut, too: in dark films.
const MOSTLY_STILL: f32 = 0.3;
const SURELY_CHANGED: f32 = 0.25;
const SURELY_RATIO: f32 = 6.0;
/// A frame nearer than this part of the step has come back to what was before.
const RETURN_FRACTION: f32 = 0.5;

/// Before and after blank frames the image is taken this many frames away, where a fade shows it better.
const FADE_STEP: usize = 4;
/// A blank of this many frames (half a second) ends the scene even if the same place follows.
const LONG_BLANK: usize = 12;
/// Images before and after a short blank that correlate more than this show one place.
const SAME_PLACE: f32 = 0.8;

/// Frames kept: the longest dissolve window, and behind it those whose cuts are not decided yet.
const KEPT: usize = dissolve::MAX_SPAN + 2 * dissolve::MARGIN + 1 + REACH;

/// Takes every frame of a film in order and gives its scenes.
#[derive(Debug, Default)]
pub struct SceneDetector {
    /// The last [`KEPT`] frames with their distance from the frame before.
    kept: VecDeque<(SmallFrame, f32)>,
    first: u64,
    /// Of the next frame.
    number: u64,
    last_cut: Option<u64>,
    blank: Option<BlankRun>,
    found: Transitions,
}

/// Blank frames that lead up to the frame looked at.
#[derive(Debug)]
struct BlankRun {
    /// What was to be seen before, if anything.
    before: Option<SmallFrame>,
    length: usize,
}

impl SceneDetector {
    /// `first`: the number of the first frame that it will be given.
    pub fn beginning_at(first: u64) -> Self {
        Self {
            first,
            number: first,
            ..Self::default()
        }
    }

    /// The next frame.
    pub fn push(&mut self, frame: SmallFrame) {
        let step = self
            .kept
            .back()
            .map_or(0.0, |(before, _)| frame.distance(before));
        self.kept.push_back((frame, step));
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        self.number += 1;
        if let Some(index) = self.kept.len().checked_sub(REACH) {
            self.decide(index);
        }
    }

    /// The number of the next frame.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The last frames, all that it knows of the film by now, oldest first.
    pub fn recent(&self) -> impl Iterator<Item = &SmallFrame> {
        self.kept.iter().map(|(frame, _)| frame)
    }

    /// Whether it finds from here on what it would have found had it seen the film from its beginning: the frames that it
    /// keeps, and the cuts among them, no longer depend on where it began.
    pub fn has_settled(&self) -> bool {
        self.number - self.first >= (KEPT + 2 * REACH) as u64 && self.blank.is_none()
    }

    /// What it has found; it goes on with nothing found.
    pub fn take_found(&mut self) -> Transitions {
        std::mem::take(&mut self.found)
    }

    /// What it has found of the frames given so far, when no other follows.
    pub fn finish(mut self) -> Transitions {
        for index in self.kept.len().saturating_sub(REACH - 1)..self.kept.len() {
            self.decide(index);
        }
        self.found
    }

    /// Decides whether a scene begins with `kept[index]`, then about dissolves that have settled by then.
    fn decide(&mut self, index: usize) {
        let number = self.number - (self.kept.len() - index) as u64;
        if !self.passes_blank(index, number) && self.is_cut(index) {
            self.found.cuts.push(number);
            self.last_cut = Some(number);
        }
        self.find_dissolve(index, number);
    }

    /// Follows blank frames; true if `kept[index]` or the frame before it is blank, so that the step between them
    /// is not to be judged as a cut.
    fn passes_blank(&mut self, index: usize, number: u64) -> bool {
        let Some(&(ref frame, step)) = self.kept.get(index) else {
            return false;
        };
        if frame.is_blank() {
            let run = self.blank.get_or_insert_with(|| BlankRun {
                // A few frames back, because the last ones of a fade are nearly blank themselves.
                before: self
                    .kept
                    .get(index.saturating_sub(FADE_STEP))
                    .filter(|(before, _)| !before.is_blank())
                    .map(|(before, _)| before.clone()),
                length: 0,
            });
            run.length += 1;
            return true;
        }
        let Some(run) = self.blank.take() else {
            return false;
        };
        let later = (index + FADE_STEP).min(self.kept.len() - 1);
        if let (Some(before), Some((after, _))) = (run.before, self.kept.get(later))
            && (run.length >= LONG_BLANK || before.correlation(after) < SAME_PLACE)
        {
            let transition = if step >= CUT_DISTANCE {
                Transition::Cut
            } else {
                Transition::Dissolve
            };
            self.found.after_blanks.push((number, transition));
        }
        true
    }

    fn is_cut(&self, index: usize) -> bool {
        let Some(&(ref after, step)) = self.kept.get(index) else {
            return false;
        };
        let Some((before, _)) = index
            .checked_sub(1)
            .and_then(|before| self.kept.get(before))
        else {
            return false;
        };
        if step < FAINT_DISTANCE {
            return false;
        }
        let near = index.saturating_sub(REACH)..(index + REACH).min(self.kept.len());
        let mut others: Vec<f32> = self
            .kept
            .range(near.clone())
            .zip(near.clone())
            .filter(|(_, other)| *other != index)
            .map(|((_, other), _)| *other)
            .collect();
        others.sort_by(f32::total_cmp);
        if others.last().is_some_and(|largest| *largest > step) {
            return false;
        }
        let usual = others.get(others.len() / 2).copied().unwrap_or(0.0);
        let stays = |distance: f32| {
            let distance = distance.max(RETURN_FRACTION * step);
            let later = self.kept.range(index..near.end);
            let earlier = self.kept.range(near.start..index);
            later
                .map(|(frame, _)| before.distance(frame))
                .all(|d| d >= distance)
                && earlier
                    .map(|(frame, _)| after.distance(frame))
                    .all(|d| d >= distance)
        };
        let frames = |range| self.kept.range(range).map(|(frame, _)| frame);
        let still = StillPart::of(frames(near.start..index), frames(index..near.end))
            .filter(|still| still.share >= KNOWN_STILL);
        if still.is_some_and(|still| still.changed < STILL_CHANGED) {
            return false;
        }
        let is_another_place = still
            .is_some_and(|still| still.share >= MOSTLY_STILL && still.changed >= SURELY_CHANGED);
        let correlation = before.correlation(after);
        (is_another_place
            && step >= SURELY_RATIO * usual
            && correlation < CUT_CORRELATION
            && stays(FAINT_DISTANCE))
            || (step >= CUT_RATIO * usual && correlation < CUT_CORRELATION && stays(CUT_DISTANCE))
            || (step >= FAINT_RATIO * usual
                && correlation < FAINT_CORRELATION
                && after.changed_fraction(before, FAINT_LEVELS) >= FAINT_CHANGED
                && stays(FAINT_DISTANCE))
    }

    /// Tries the windows that end with `kept[index]`, which is frame `number`.
    fn find_dissolve(&mut self, index: usize, number: u64) {
        for span in dissolve::SPANS {
            let length = span + 2 * dissolve::MARGIN + 1;
            let Some(begin) = (index + 1).checked_sub(length) else {
                return;
            };
            let first = number + 1 - length as u64;
            if self.last_cut.is_some_and(|cut| cut > first) {
                return;
            }
            let window: Vec<&SmallFrame> = self
                .kept
                .range(begin..=index)
                .map(|(frame, _)| frame)
                .collect();
            self.found.dissolves.extend(dissolve::judge(&window, first));
        }
    }
}
