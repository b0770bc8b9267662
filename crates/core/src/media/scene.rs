//! The scenes of a film, as its transitions divide it.

use serde::{Deserialize, Serialize};

use super::dissolve::Dissolve;

/// How a scene begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transition {
    /// The film's first scene.
    Start,
    Cut,
    Dissolve,
}

/// Frames `first..=last` (0-based) of one scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneSpan {
    pub first_frame: u64,
    pub last_frame: u64,
    pub transition: Transition,
}

/// Between two dissolves there is at least half a second.
const DISSOLVES_APART: u64 = 12;

/// What was found in a film, or in a part of it, by frame numbers of the whole film.
#[derive(Debug, Default)]
pub(super) struct Transitions {
    /// First frames after hard cuts.
    pub cuts: Vec<u64>,
    /// Candidates: one dissolve is found in many windows.
    pub dissolves: Vec<Dissolve>,
    /// Scenes that begin after blank frames.
    pub after_blanks: Vec<(u64, Transition)>,
}

impl Transitions {
    /// With those of the part of the film that follows.
    pub fn append(&mut self, mut later: Self) {
        self.cuts.append(&mut later.cuts);
        self.dissolves.append(&mut later.dissolves);
        self.after_blanks.append(&mut later.after_blanks);
    }

    /// The scenes of a film of so many frames, in order and without gaps; none if there was no frame.
    pub fn scenes(self, frame_count: u64) -> Vec<SceneSpan> {
        let Some(last_frame) = frame_count.checked_sub(1) else {
            return Vec::new();
        };
        let mut begins = self.after_blanks;
        begins.extend(self.cuts.iter().map(|&cut| (cut, Transition::Cut)));
        begins.extend(
            best_apart(self.dissolves)
                .iter()
                .map(|dissolve| (dissolve.first, Transition::Dissolve)),
        );
        begins.sort_by_key(|(first, _)| *first);
        begins.insert(0, (0, Transition::Start));
        begins
            .iter()
            .enumerate()
            .map(|(index, &(first_frame, transition))| SceneSpan {
                first_frame,
                last_frame: begins
                    .get(index + 1)
                    .map_or(last_frame, |(next, _)| next - 1),
                transition,
            })
            .collect()
    }
}

/// The surest of the candidates that overlap or nearly touch: one transition is found in many windows.
fn best_apart(mut candidates: Vec<Dissolve>) -> Vec<Dissolve> {
    candidates.sort_by(|a, b| {
        a.residual
            .total_cmp(&b.residual)
            .then(a.first.cmp(&b.first))
    });
    let mut chosen: Vec<Dissolve> = Vec::new();
    for candidate in candidates {
        if chosen.iter().all(|other| {
            candidate.end + DISSOLVES_APART <= other.first
                || other.end + DISSOLVES_APART <= candidate.first
        }) {
            chosen.push(candidate);
        }
    }
    chosen
}
