//! How the shown runs stand against each other, each pair read and computed once.

use std::collections::BTreeMap;

use crate::evaluate::Comparison;
use crate::run::RunLog;

/// Two runs and the epochs whose weights they keep.
type Key = [(String, Option<u32>); 2];

#[derive(Default)]
pub struct Comparisons {
    known: BTreeMap<Key, Option<Comparison>>,
}

impl Comparisons {
    /// As [`Comparison::of`].
    pub fn of(&mut self, run: &RunLog, other: &RunLog) -> Option<Comparison> {
        let key = [run, other].map(|log| (log.info.id.clone(), log.best_epoch()));
        let known = self.known.entry(key);
        *known.or_insert_with(|| Comparison::of(run, other))
    }
}
