//! The recipe of a run, asked for again: elsewhere, or with another seed.

use super::config::TrainConfig;

impl TrainConfig {
    /// What an older version did not write down is filled in, and what a frozen backbone never sees is left open, as whoever
    /// asks for it is told that it does nothing.
    #[must_use]
    pub fn asked_again(&self) -> Self {
        let seen = self.preprocess();
        let mut again = self.clone();
        again.preset = Some(self.recorded_preset());
        again.size.get_or_insert(seen.size.into());
        again.fit.get_or_insert(seen.fit);
        if again.stage == 1 && again.frozen_views() == 0 {
            again.augment = None;
            again.erasing = None;
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::preset::Preset;

    #[test]
    fn the_recipe_of_a_run_can_be_asked_for_again() {
        let fastai = TrainConfig {
            preset: Some(Preset::Fastai),
            ..TrainConfig::default()
        };
        let stage_2 = TrainConfig {
            stage: 2,
            from: Some("a-run".to_owned()),
            ..TrainConfig::default()
        };
        for asked in [TrainConfig::default(), fastai, stage_2] {
            let mut resolved = asked;
            resolved.resolve();
            let mut again = resolved.asked_again();
            again.validate().unwrap();
            again.resolve();
            assert_eq!(again, resolved);
        }
        let older = TrainConfig::default().asked_again();
        assert_eq!(older.preset, Some(Preset::Fastai));
    }
}
