//! What the runs of a sweep differ in.

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::model::Arch;
use crate::run::config::TrainConfig;

/// Every combination is a run; an axis that is left out keeps the one value that the configuration has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Args)]
pub struct Axes {
    /// Seeds: so many runs of each setting
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "SEED,…",
        conflicts_with = "seed"
    )]
    pub seeds: Vec<u64>,
    /// Highest learning rates
    #[arg(long, value_delimiter = ',', value_name = "RATE,…", conflicts_with_all = ["lr", "lr_range"])]
    pub rates: Vec<f64>,
    /// Sizes, each in pixels as for `train --size`
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "SIZE,…",
        conflicts_with = "size"
    )]
    pub sizes: Vec<u32>,
    /// Architectures
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "ARCH,…",
        conflicts_with = "arch"
    )]
    pub nets: Vec<Arch>,
}

impl Axes {
    /// The configurations, seed by seed, so that after the first round every setting has a run.
    pub fn points(&self, base: &TrainConfig) -> Vec<TrainConfig> {
        let mut points: Vec<TrainConfig> = Vec::new();
        for seed in each(&self.seeds) {
            for net in each(&self.nets) {
                for size in each(&self.sizes) {
                    for rate in each(&self.rates) {
                        let point = point(base, (seed, net, size, rate));
                        if !points.contains(&point) {
                            points.push(point);
                        }
                    }
                }
            }
        }
        points
    }
}

/// The values, or once nothing.
fn each<T: Copy>(values: &[T]) -> Vec<Option<T>> {
    if values.is_empty() {
        return vec![None];
    }
    values.iter().copied().map(Some).collect()
}

type Values = (Option<u64>, Option<Arch>, Option<u32>, Option<f64>);

fn point(base: &TrainConfig, (seed, net, size, rate): Values) -> TrainConfig {
    let mut point = base.clone();
    if let Some(seed) = seed {
        point.seed = seed;
    }
    if let Some(net) = net {
        point.arch = net;
    }
    if let Some(size) = size {
        point.size = Some(size.into());
    }
    if let Some(rate) = rate {
        // The first layers of stage 2 keep their part of it.
        point.lr_range = match (point.stage, point.lr_range.as_deref()) {
            (2, Some(&[low, high])) if high > 0.0 => Some(vec![rate * low / high, rate]),
            _other => None,
        };
        point.lr = Some(rate);
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_a_run_seed_by_seed() {
        let axes = Axes {
            seeds: vec![0, 1],
            rates: vec![1e-3, 1e-2],
            nets: vec![Arch::EfficientnetLite0, Arch::Resnet18, Arch::Resnet18],
            ..Axes::default()
        };
        let points = axes.points(&TrainConfig::default());
        assert_eq!(points.len(), 8);
        let seeds: Vec<u64> = points.iter().map(|point| point.seed).collect();
        assert_eq!(seeds, [0, 0, 0, 0, 1, 1, 1, 1]);
        let first = &points[0];
        assert_eq!((first.lr, first.arch), (Some(1e-3), Arch::default()));
        let alone = Axes::default().points(first);
        assert_eq!(alone, std::slice::from_ref(first));
    }

    #[test]
    fn the_first_layers_keep_their_part_of_a_rate() {
        let base = TrainConfig {
            stage: 2,
            lr_range: Some(vec![1e-6, 1e-4]),
            ..TrainConfig::default()
        };
        let axes = Axes {
            rates: vec![1e-3],
            ..Axes::default()
        };
        let [low, high] = axes.points(&base)[0].lr_bounds();
        assert!((low - 1e-5).abs() < 1e-12 && (high - 1e-3).abs() < 1e-12);
    }
}
