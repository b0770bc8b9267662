//! The course of runs as TensorBoard reads it: a folder a run, with a file of events in it.

mod messages;
mod record;

use prost::Message as _;

use super::NewFolder;
use super::exporting::Material;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::run::event::TrainEvent;
use crate::run::{self, RunLog};
use messages::Event;

/// `wanted`: a run's id; `None`: all runs of the project. A folder of runs is what TensorBoard lays over one another.
pub(super) fn write(
    folder: &NewFolder,
    material: &Material,
    wanted: Option<&str>,
    progress: &Progress,
) -> Result<()> {
    let runs = match wanted {
        Some(run) => vec![run.to_owned()],
        None => run::list(&material.project)?,
    };
    progress.stage("writing events", Some(runs.len() as u64));
    let mut written = 0;
    for run in runs {
        progress.check()?;
        let log = RunLog::open(&material.project.run_dir(&run))?;
        progress.advance(1);
        if log.events.is_empty() {
            progress.warn(run, "it has measured nothing yet and is left out");
            continue;
        }
        let name = format!(
            "{run}/events.out.tfevents.{}.cutting-room",
            log.info.started
        );
        folder.write(&name, &events(&log))?;
        written += 1;
    }
    if written == 0 {
        return Err(Error::Invalid(
            "no run has measured anything yet, so there is nothing to export; train one first"
                .into(),
        ));
    }
    Ok(())
}

/// The file of a run.
fn events(log: &RunLog) -> Vec<u8> {
    let started = log.info.started as f64;
    let mut file = record::framed(&Event::version(started).encode_to_vec());
    for event in log.events.iter() {
        if let Some(event) = scalars(event, started) {
            file.extend(record::framed(&event.encode_to_vec()));
        }
    }
    file
}

/// `None` of what has no numbers to be plotted.
fn scalars(event: &TrainEvent, started: f64) -> Option<Event> {
    match event {
        TrainEvent::Step {
            step,
            loss,
            smooth_loss,
            lr,
            images_per_sec,
            elapsed_secs,
            ..
        } => Some(Event::scalars(
            (started + elapsed_secs, *step),
            &[
                ("train/loss", *loss),
                ("train/smoothed_loss", *smooth_loss),
                ("train/learning_rate", *lr),
                ("train/images_per_second", *images_per_sec),
            ],
        )),
        TrainEvent::Epoch {
            epoch,
            step,
            train_loss,
            valid_loss,
            train_accuracy,
            accuracy,
            interval,
            elapsed_secs,
            ..
        } => {
            let mut values = vec![
                ("epoch", f64::from(*epoch)),
                ("valid/loss", *valid_loss),
                ("valid/accuracy", *accuracy),
            ];
            values.extend(train_loss.map(|loss| ("train/epoch_loss", loss)));
            values.extend(train_accuracy.map(|accuracy| ("train/accuracy", accuracy)));
            if let Some([low, high]) = interval {
                values.extend([
                    ("valid/accuracy_95_low", *low),
                    ("valid/accuracy_95_high", *high),
                ]);
            }
            Some(Event::scalars((started + elapsed_secs, *step), &values))
        }
        TrainEvent::BatchHalved { .. }
        | TrainEvent::HeadFitted { .. }
        | TrainEvent::Finished { .. }
        | TrainEvent::Cancelled
        | TrainEvent::Failed { .. } => None,
    }
}
