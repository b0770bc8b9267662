//! Help beside every number: what it means and how to act on it, in one place, so that two pages never explain one number in
//! two ways. [`super::widgets::help_mark`] shows it.
//!
//! The definitions are those of the code that computes the numbers; who changes one changes its text here.

/// One constant for each number, and in tests the list of them.
macro_rules! helps {
    ($($name:ident: $called:literal, $meaning:literal, $advice:literal;)+) => {
        $(pub const $name: Help = Help {
            name: $called,
            meaning: $meaning,
            advice: $advice,
        };)+

        #[cfg(test)]
        pub const ALL: &[Help] = &[$($name),+];
    };
}

pub mod curated;
pub mod explained;
pub mod measured;
pub mod shared;
mod text;
pub mod trained;

pub use text::Help;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LONGEST: usize = 400;
    /// A sentence that says what to do is no shorter.
    const SHORTEST: usize = 24;

    fn all() -> Vec<Help> {
        let files = [
            curated::ALL,
            explained::ALL,
            measured::ALL,
            shared::ALL,
            trained::ALL,
        ];
        files.concat()
    }

    #[test]
    fn every_text_says_what_it_is_and_what_to_do_and_is_short() {
        for help in all() {
            let Help {
                name,
                meaning,
                advice,
            } = help;
            let length = meaning.chars().count() + advice.chars().count();
            assert!(length < LONGEST, "{name}: {length} characters");
            for text in [meaning, advice] {
                assert!(text.chars().count() >= SHORTEST, "{name}: {text:?}");
                assert!(text.ends_with('.'), "{name}: {text:?}");
                let first = text.chars().next().unwrap();
                assert!(!first.is_lowercase(), "{name}: {text:?}");
            }
            assert!(!name.ends_with(['.', '?']), "{name}");
        }
    }

    #[test]
    fn no_two_numbers_have_one_name_or_one_text() {
        let all = all();
        let names: BTreeSet<&str> = all.iter().map(|help| help.name).collect();
        let meanings: BTreeSet<&str> = all.iter().map(|help| help.meaning).collect();
        assert_eq!([names.len(), meanings.len()], [all.len(); 2]);
    }
}
