//! Class folders whose names differ only in case or Unicode form are one class.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::name;
use crate::progress::Progress;

/// What classes are called.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassNames {
    /// By [`name::key`].
    known: BTreeMap<String, String>,
    /// Other spellings that were warned of.
    said: BTreeSet<String>,
}

impl ClassNames {
    /// Of equal names the first counts.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let mut classes = Self::default();
        for class in names {
            classes.known.entry(name::key(&class)).or_insert(class);
        }
        classes
    }

    /// Makes `class` what that class is called. True if that was worth a warning.
    pub fn settle(&mut self, class: &mut String, progress: &Progress) -> bool {
        let known = self
            .known
            .entry(name::key(class))
            .or_insert_with(|| name::composed(class));
        if known == class {
            return false;
        }
        let folder = std::mem::replace(class, known.clone());
        let is_new =
            name::composed(&folder) != name::composed(class) && self.said.insert(folder.clone());
        if is_new {
            progress.warn(
                folder,
                format!("taken as the class {class}: names that differ only in upper and lower case are one class"),
            );
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_class_become_the_first_one_and_are_named_once() {
        let mut classes = ClassNames::new(["Orcs".to_owned()]);
        let progress = Progress::silent();
        let mut settled = |name: &str| {
            let mut class = name.to_owned();
            classes.settle(&mut class, &progress);
            class
        };
        for (folder, class) in [
            ("orcs", "Orcs"),
            ("orcs", "Orcs"),
            ("e\u{301}lves", "\u{e9}lves"),
            ("\u{e9}lves", "\u{e9}lves"),
            ("Orcs ", "Orcs"),
        ] {
            assert_eq!(settled(folder), class);
        }
        let said: Vec<String> = progress
            .warnings()
            .into_iter()
            .map(|said| said.subject)
            .collect();
        assert_eq!(said, ["orcs"]);
    }
}
