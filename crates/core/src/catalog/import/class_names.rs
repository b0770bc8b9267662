//! Class folders whose names differ only in case or Unicode form are one class, and every one gets a name that can be read.

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
        let readable = name::class_name(class);
        let known = self.known.entry(name::key(&readable)).or_insert(readable);
        if known == class {
            return false;
        }
        let folder = std::mem::replace(class, known.clone());
        let composed = name::composed(&folder);
        let is_new = composed != *class && self.said.insert(folder.clone());
        if is_new {
            let (folder, reason) = if name::key(&folder) == name::key(class) {
                let reason = "names that differ only in upper and lower case are one class";
                (folder, reason)
            } else {
                let reason =
                    "a class's name is one line that can be seen; rename it on the page Collect";
                (format!("{folder:?}"), reason)
            };
            progress.warn(folder, format!("taken as the class {class}: {reason}"));
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
            (" ", "unnamed"),
            ("night\nfolk", "night folk"),
        ] {
            assert_eq!(settled(folder), class);
        }
        let said: Vec<String> = progress
            .warnings()
            .into_iter()
            .map(|said| said.subject)
            .collect();
        assert_eq!(said, ["orcs", "\" \"", "\"night\\nfolk\""]);
    }
}
