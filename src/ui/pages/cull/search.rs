//! Looks for words in the paths, classes and sources of images.

use std::collections::BTreeSet;

use crate::catalog::{ClassId, ImageRecord, Snapshot, SourceId};

/// What was typed, with what needs no look at each image.
pub struct Search {
    words: Vec<Word>,
}

struct Word {
    /// Lower case.
    text: String,
    classes: BTreeSet<ClassId>,
    sources: BTreeSet<SourceId>,
}

impl Search {
    /// `None` of nothing but spaces.
    pub fn new(text: &str, snapshot: &Snapshot) -> Option<Self> {
        let words: Vec<Word> = text
            .to_lowercase()
            .split_whitespace()
            .map(|word| Word::new(word, snapshot))
            .collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// Each word is somewhere.
    pub fn finds(&self, image: &ImageRecord) -> bool {
        self.words.iter().all(|word| {
            image
                .class
                .is_some_and(|class| word.classes.contains(&class))
                || word.sources.contains(&image.source)
                || contains(&image.origin, &word.text)
        })
    }
}

impl Word {
    fn new(word: &str, snapshot: &Snapshot) -> Self {
        let classes = snapshot.classes.iter();
        let sources = snapshot.sources.iter();
        Self {
            text: word.to_owned(),
            classes: classes
                .filter(|(_, name)| contains(name, word))
                .map(|(class, _)| *class)
                .collect(),
            sources: sources
                .filter(|source| contains(&source.name, word))
                .map(|source| source.id)
                .collect(),
        }
    }
}

/// In any case. `lower` is in lower case.
fn contains(text: &str, lower: &str) -> bool {
    if !text.is_ascii() || !lower.is_ascii() {
        return text.to_lowercase().contains(lower);
    }
    let (text, lower) = (text.as_bytes(), lower.as_bytes());
    let mut windows = text.windows(lower.len().max(1));
    windows.any(|window| window.eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case_and_alphabet() {
        assert!(contains("Elves/IMG_003.JPG", "img_00"));
        assert!(!contains("elf", "elves"));
        assert!(contains("Äpfel/Ölbild.jpg", "öl"));
        assert!(!contains("", "x"));
    }
}
