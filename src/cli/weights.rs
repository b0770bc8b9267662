//! `--weights hub`: fetched before a run begins, so that a network's failure leaves no run behind.

use std::path::Path;

use super::progress_bar::Shown;
use crate::model::hub::{FROM_HUB, Hub};
use crate::run::config::TrainConfig;

/// Puts the file's path in the place of the word; any other weights stay as they are.
pub fn fetch(config: &mut TrainConfig, shown: &Shown) -> anyhow::Result<()> {
    if config.weights.as_deref() != Some(Path::new(FROM_HUB)) {
        return Ok(());
    }
    config.validate()?;
    let fetched = Hub::of_user()?.fetch(config.arch, &shown.progress)?;
    let licence = fetched
        .licence
        .map_or_else(String::new, |licence| format!(", licence {licence}"));
    shown.note(&format!("weights {}{licence}", fetched.path.display()));
    config.weights = Some(fetched.path);
    Ok(())
}
