//! Groups around their best member: each other member is like that one, so nothing drifts along a chain of likenesses.

/// What an item of a star is to the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// In the middle of a star, or alone.
    Middle,
    /// Like the middle at this position, this much.
    Around { middle: usize, likeness: f32 },
}

/// Groups `count` items that come best first. `like`: the later items that are like the one at a position, and how much.
/// An item that is like no better middle is a middle itself; the others go to the one they are most like.
pub fn stars(count: usize, mut like: impl FnMut(usize) -> Vec<(usize, f32)>) -> Vec<Place> {
    let mut places = vec![Place::Middle; count];
    for middle in 0..count {
        if matches!(places.get(middle), Some(Place::Around { .. })) {
            continue;
        }
        for (other, likeness) in like(middle) {
            let Some(place) = places.get_mut(other).filter(|_| other > middle) else {
                continue;
            };
            let is_nearer = match *place {
                Place::Middle => true,
                Place::Around {
                    likeness: known, ..
                } => likeness > known,
            };
            if is_nearer {
                *place = Place::Around { middle, likeness };
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items on a line are like those up to 1 away.
    fn stars_of(line: &[f32]) -> Vec<Option<usize>> {
        let like = |at: usize| {
            let near = line.iter().enumerate().skip(at + 1);
            near.map(|(other, x)| (other, 1.0 - (x - line[at]).abs()))
                .filter(|(_, likeness)| *likeness >= 0.0)
                .collect()
        };
        stars(line.len(), like)
            .into_iter()
            .map(|place| match place {
                Place::Middle => None,
                Place::Around { middle, .. } => Some(middle),
            })
            .collect()
    }

    #[test]
    fn a_chain_does_not_become_a_group() {
        assert_eq!(
            stars_of(&[0.0, 0.9, 1.8, 2.7]),
            [None, Some(0), None, Some(2)]
        );
    }

    #[test]
    fn an_item_goes_to_the_middle_it_is_most_like() {
        assert_eq!(stars_of(&[0.0, 1.5, 0.8]), [None, None, Some(1)]);
        assert_eq!(stars_of(&[5.0]), [None]);
    }
}
