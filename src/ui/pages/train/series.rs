//! A run's events as plot data: grown as lines arrive, thinned to the width of the plot.
//!
//! x is always the step since the run began, so the past never moves.

use crate::run::RunLog;
use crate::run::event::TrainEvent;

/// Everything the plots draw of one run; all lists are sorted by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunSeries {
    /// Per batch.
    pub loss: Vec<[f64; 2]>,
    /// The mean of the batches before, of later ones more: [`smoothing`].
    pub smooth_loss: Vec<[f64; 2]>,
    pub lr: Vec<[f64; 2]>,
    /// Per epoch.
    pub valid_loss: Vec<[f64; 2]>,
    pub train_accuracy: Vec<[f64; 2]>,
    pub accuracy: Vec<[f64; 2]>,
    pub interval: Band,
    /// Step and accuracy of the best epoch so far.
    pub best: Option<[f64; 2]>,
    pub now: RunNow,
    /// Weighted sum of losses and of its weights, for the smoothed one.
    sums: [f64; 2],
    /// Events already taken in, of the log as it was written so many times.
    seen: usize,
    rewrites: u32,
}

/// 95 % of each epoch's accuracy, where it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Band {
    pub steps: Vec<f64>,
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

/// The newest numbers of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunNow {
    pub epoch: u32,
    pub epochs: u32,
    pub step: u64,
    pub steps: u64,
    pub elapsed_secs: f64,
    pub valid_n: usize,
}

impl RunSeries {
    /// Takes in what is new in `log`; starts over if its rows were written anew (the run was resumed).
    pub fn follow(&mut self, log: &RunLog) {
        if log.rewrites != self.rewrites {
            *self = Self {
                rewrites: log.rewrites,
                ..Self::default()
            };
        }
        for event in log.events.iter().skip(self.seen) {
            self.push(event);
        }
        self.seen = log.events.len();
        self.now.epochs = log.info.config.epochs;
    }

    /// An exponential mean, divided by the sum of its weights so that it does not begin at zero.
    fn smoothed(&mut self, loss: f64, steps: u64) -> f64 {
        let beta = smoothing(steps);
        let [sum, weight] = &mut self.sums;
        if loss.is_finite() {
            *sum = beta * *sum + (1.0 - beta) * loss;
            *weight = beta * *weight + (1.0 - beta);
        }
        *sum / *weight
    }

    fn push(&mut self, event: &TrainEvent) {
        match event {
            TrainEvent::Step {
                epoch,
                step,
                steps,
                loss,
                lr,
                elapsed_secs,
                ..
            } => {
                let x = *step as f64;
                self.loss.push([x, *loss]);
                let smooth = self.smoothed(*loss, *steps);
                self.smooth_loss.push([x, smooth]);
                self.lr.push([x, *lr]);
                self.now = RunNow {
                    epoch: *epoch,
                    step: *step,
                    steps: *steps,
                    elapsed_secs: *elapsed_secs,
                    ..self.now
                };
            }
            TrainEvent::Epoch {
                epoch,
                step,
                valid_loss,
                train_accuracy,
                accuracy,
                interval,
                valid_n,
                is_best,
                elapsed_secs,
                ..
            } => {
                let x = *step as f64;
                self.valid_loss.push([x, *valid_loss]);
                self.train_accuracy
                    .extend(train_accuracy.map(|accuracy| [x, accuracy]));
                self.accuracy.push([x, *accuracy]);
                if let Some([low, high]) = interval {
                    self.interval.steps.push(x);
                    self.interval.low.push(*low);
                    self.interval.high.push(*high);
                }
                if *is_best {
                    self.best = Some([x, *accuracy]);
                }
                self.now.epoch = *epoch;
                self.now.elapsed_secs = *elapsed_secs;
                self.now.valid_n = *valid_n;
            }
            TrainEvent::Finished { elapsed_secs, .. } => self.now.elapsed_secs = *elapsed_secs,
            TrainEvent::BatchHalved { .. }
            | TrainEvent::HeadFitted { .. }
            | TrainEvent::Cancelled
            | TrainEvent::Failed { .. } => {}
        }
    }
}

/// What a batch keeps of the mean before it: fastai's .98 would hardly move in a run of a few dozen steps, so the mean is
/// over about a twenty-fifth of the run.
fn smoothing(steps: u64) -> f64 {
    (1.0 - 25.0 / steps.max(1) as f64).clamp(0.5, 0.98)
}

/// At most about `2 * columns` points that look the same: the lowest and the highest of each column, in order.
///
/// Not a mean: a spike in the loss must stay visible. Points that are no number are left out.
pub fn thin(points: &[[f64; 2]], columns: usize) -> Vec<[f64; 2]> {
    let is_drawable = |point: &&[f64; 2]| point.iter().all(|value| value.is_finite());
    let columns = columns.max(1);
    if points.len() <= 2 * columns {
        return points.iter().filter(is_drawable).copied().collect();
    }
    let per_column = points.len().div_ceil(columns);
    let mut thinned = Vec::with_capacity(2 * columns + 1);
    for column in points.chunks(per_column) {
        let by_value = |a: &&[f64; 2], b: &&[f64; 2]| a[1].total_cmp(&b[1]);
        let low = column.iter().filter(is_drawable).min_by(by_value);
        let high = column.iter().filter(is_drawable).max_by(by_value);
        let (Some(low), Some(high)) = (low, high) else {
            continue;
        };
        if low[0] < high[0] {
            thinned.extend([*low, *high]);
        } else if low[0] > high[0] {
            thinned.extend([*high, *low]);
        } else {
            thinned.push(*low);
        }
    }
    // The line must reach the newest step.
    if let Some(last) = points.iter().rfind(is_drawable)
        && thinned.last() != Some(last)
    {
        thinned.push(*last);
    }
    thinned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u64) -> TrainEvent {
        TrainEvent::Step {
            epoch: 1,
            step,
            steps: 100,
            loss: 2.0 / step as f64,
            smooth_loss: 2.0,
            lr: 1e-3,
            images_per_sec: 50.0,
            elapsed_secs: step as f64,
        }
    }

    #[test]
    fn thinning_keeps_order_spikes_and_both_ends() {
        let mut points: Vec<[f64; 2]> = (0..10_000)
            .map(|x| [f64::from(x), (f64::from(x) / 50.0).sin()])
            .collect();
        points[7_777][1] = 40.0;
        let thinned = thin(&points, 300);
        assert!(thinned.len() <= 601, "{}", thinned.len());
        assert!(thinned.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        assert!(thinned.contains(&[7_777.0, 40.0]));
        assert_eq!(thinned.last(), points.last());
    }

    #[test]
    fn a_loss_that_is_no_number_does_not_break_the_plot() {
        let points = vec![[0.0, 1.0], [1.0, f64::NAN], [2.0, 3.0]];
        assert_eq!(thin(&points, 100), [[0.0, 1.0], [2.0, 3.0]]);
        let all_nan: Vec<[f64; 2]> = (0..1000).map(|x| [f64::from(x), f64::NAN]).collect();
        assert!(thin(&all_nan, 10).is_empty());
    }

    #[test]
    fn the_past_stays_when_more_events_come() {
        let mut series = RunSeries::default();
        for at in 1..=10 {
            series.push(&step(at));
        }
        let before = series.loss.clone();
        for at in 11..=20 {
            series.push(&step(at));
        }
        assert_eq!(series.loss[..10], before);
        assert_eq!(series.now.step, 20);
    }

    #[test]
    fn the_smoothed_loss_begins_at_the_first_loss_and_follows() {
        let mut series = RunSeries::default();
        for at in 1..=60 {
            let mut event = step(at);
            if let TrainEvent::Step { loss, steps, .. } = &mut event {
                *steps = 60;
                *loss = match at {
                    1..=30 => 2.0,
                    31 => f64::NAN,
                    _ => 1.0,
                };
            }
            series.push(&event);
        }
        let smooth = |at: usize| series.smooth_loss[at][1];
        assert!((smooth(0) - 2.0).abs() < 1e-9 && (smooth(29) - 2.0).abs() < 1e-9);
        assert!(
            smooth(30).is_finite(),
            "a loss that is no number is left out"
        );
        assert!(smooth(40) < 1.1, "ten steps after a fall: {}", smooth(40));
    }
}
