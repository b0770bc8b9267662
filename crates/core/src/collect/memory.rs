//! What the project knows of addresses and contents, and what follows for those to come.

use super::examine::Seen;
use crate::catalog::{Fetched, KnownContent, Moment, Outcome};

/// What is known of an address without asking it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// Its image is in the project.
    Present,
    /// A person rejected its image; when, if that is known.
    Rejected(Option<Moment>),
    /// Why there is nothing to take.
    Refused(Option<String>),
}

/// An image that a person rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// When, if that is known.
    pub at: Option<Moment>,
}

pub struct Memory {
    known: KnownContent,
    /// Pixels along the shorter side.
    min_size: u32,
}

impl Memory {
    pub fn new(known: KnownContent, min_size: u32) -> Self {
        Self { known, min_size }
    }

    /// `None` if the address has to be asked.
    pub fn of_url(&self, url: &str) -> Option<Remembered> {
        let known = self.known.urls.get(url)?;
        match known.outcome {
            Outcome::Failed => None,
            Outcome::Refused => {
                // One that was only too small may be large enough for this request.
                let is_refused = known.shorter_side.is_none_or(|side| side < self.min_size);
                is_refused.then(|| Remembered::Refused(known.reason.clone()))
            }
            Outcome::Taken | Outcome::Duplicate | Outcome::Rejected => {
                let content = known.content?;
                if let Some(at) = self.known.rejected.get(&content) {
                    Some(Remembered::Rejected(*at))
                } else {
                    // Otherwise it left the project, by an undo or with its source.
                    let is_present = self.known.present.contains(&content);
                    is_present.then_some(Remembered::Present)
                }
            }
        }
    }

    /// What is to be done with an image that came.
    pub fn judge(&self, seen: &Seen) -> (Outcome, Option<String>) {
        let known = &self.known;
        let is_present =
            known.present.contains(&seen.content) || known.present_pixels.contains(&seen.pixels);
        if self.rejected(seen).is_some() {
            (Outcome::Rejected, None)
        } else if is_present {
            (Outcome::Duplicate, None)
        } else {
            let reason = self.too_small(seen.shorter_side);
            let outcome = match reason {
                Some(_) => Outcome::Refused,
                None => Outcome::Taken,
            };
            (outcome, reason)
        }
    }

    /// When a person rejected this very image, if one did and it is known.
    pub fn rejected(&self, seen: &Seen) -> Option<Rejection> {
        let by_content = self.known.rejected.get(&seen.content);
        let by_pixels = || self.known.rejected_pixels.get(&seen.pixels);
        let at = by_content.or_else(by_pixels).copied()?;
        Some(Rejection { at })
    }

    /// Why an image of this size is not taken, if it is not.
    pub fn too_small(&self, shorter_side: u32) -> Option<String> {
        let least = self.min_size;
        (shorter_side < least)
            .then(|| format!("its shorter side has {shorter_side} pixels, fewer than {least}"))
    }

    /// For the rest of this collection.
    pub fn note(&mut self, fetched: &Fetched, seen: Option<&Seen>) {
        let url = fetched.provenance.url.clone();
        self.known.urls.insert(url, fetched.into());
        if let (Outcome::Taken, Some(seen)) = (fetched.outcome, seen) {
            self.known.present.insert(seen.content);
            self.known.present_pixels.insert(seen.pixels);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ContentHash, KnownUrl, Provenance};

    fn url(outcome: Outcome, content: Option<&[u8]>, shorter_side: Option<u32>) -> KnownUrl {
        KnownUrl {
            outcome,
            reason: Some("why".to_owned()),
            content: content.map(ContentHash::of),
            shorter_side,
        }
    }

    #[test]
    fn only_what_may_be_otherwise_now_is_asked_again() {
        let mut known = KnownContent::default();
        known.present.insert(ContentHash::of(b"here"));
        let then = Some(Moment(1_772_496_000));
        known.rejected.insert(ContentHash::of(b"bad"), then);
        let urls = [
            ("failed", url(Outcome::Failed, None, None)),
            ("page", url(Outcome::Refused, None, None)),
            ("small", url(Outcome::Refused, Some(b"small"), Some(99))),
            ("medium", url(Outcome::Refused, Some(b"medium"), Some(200))),
            ("here", url(Outcome::Taken, Some(b"here"), Some(300))),
            ("undone", url(Outcome::Taken, Some(b"undone"), Some(300))),
            ("bad", url(Outcome::Taken, Some(b"bad"), Some(300))),
        ];
        known.urls = urls.map(|(url, known)| (url.to_owned(), known)).into();
        let memory = Memory::new(known, 100);
        let why = Some("why".to_owned());
        for (url, expected) in [
            ("new", None),
            ("failed", None),
            ("page", Some(Remembered::Refused(why.clone()))),
            ("small", Some(Remembered::Refused(why))),
            ("medium", None),
            ("here", Some(Remembered::Present)),
            ("undone", None),
            ("bad", Some(Remembered::Rejected(then))),
        ] {
            assert_eq!(memory.of_url(url), expected, "{url}");
        }
    }

    #[test]
    fn an_image_is_taken_once_and_never_if_it_was_rejected() {
        let seen = |content: &[u8], pixels: u8| Seen {
            content: ContentHash::of(content),
            pixels: [pixels; 32],
            shorter_side: 100,
        };
        let mut known = KnownContent::default();
        known.rejected_pixels.insert([9; 32], None);
        let mut memory = Memory::new(known, 100);
        let outcome = |memory: &Memory, seen: &Seen| memory.judge(seen).0;
        let first = seen(b"a", 1);
        assert_eq!(outcome(&memory, &first), Outcome::Taken);
        let fetched = Fetched {
            provenance: Provenance::default(),
            outcome: Outcome::Taken,
            reason: None,
            content: Some(first.content),
            shorter_side: Some(100),
        };
        memory.note(&fetched, Some(&first));
        assert_eq!(outcome(&memory, &first), Outcome::Duplicate);
        // The same pixels with other metadata.
        assert_eq!(outcome(&memory, &seen(b"b", 1)), Outcome::Duplicate);
        assert_eq!(outcome(&memory, &seen(b"c", 9)), Outcome::Rejected);
        let small = Seen {
            shorter_side: 99,
            ..seen(b"d", 4)
        };
        assert_eq!(outcome(&memory, &small), Outcome::Refused);
    }
}
