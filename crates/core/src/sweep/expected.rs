//! About how long a training will take, by what a similar run of the project took.

use crate::run::RunLog;
use crate::run::config::TrainConfig;
use crate::run::event::TrainEvent;

/// Seconds of work of a run with `config` on `train_n` images, in proportion to the epochs of the newest run of the same net,
/// stage, size and device. `None`: nothing like it has an epoch behind it.
pub fn expected_secs(config: &TrainConfig, train_n: usize, runs: &[RunLog]) -> Option<f64> {
    let per_image = runs.iter().rev().find_map(|run| {
        let (info, known) = (&run.info, &run.info.config);
        let is_like_it = (known.arch, known.stage, known.device)
            == (config.arch, config.stage, config.device)
            && known.preprocess().size == config.preprocess().size
            && info.program.starts_with("cutting-room");
        let images = u64::from(last_epoch(run)?.0) * info.train_n as u64;
        (is_like_it && images > 0).then_some(last_epoch(run)?.1 / images as f64)
    })?;
    Some(per_image * f64::from(config.epochs) * train_n as f64)
}

/// The last epoch that is over, and the seconds until its end.
fn last_epoch(run: &RunLog) -> Option<(u32, f64)> {
    run.events.iter().rev().find_map(|event| match event {
        TrainEvent::Epoch {
            epoch,
            elapsed_secs,
            ..
        } => Some((*epoch, *elapsed_secs)),
        _other => None,
    })
}
