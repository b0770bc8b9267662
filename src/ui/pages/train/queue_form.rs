//! What a queue of runs differs in, as it is typed, and the trainings that come of it.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::Arch;
use crate::run::config::TrainConfig;
use crate::sweep::Axes;
use crate::ui::failure::capitalized;

/// An empty text, or no nets: the one value that the form has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueForm {
    pub stage: u8,
    pub seeds: String,
    pub rates: String,
    pub sizes: String,
    pub nets: Vec<Arch>,
}

impl Default for QueueForm {
    fn default() -> Self {
        Self {
            stage: 1,
            seeds: String::new(),
            rates: String::new(),
            sizes: String::new(),
            nets: Vec::new(),
        }
    }
}

impl QueueForm {
    /// In the order of the list of nets, whichever was ticked first.
    pub fn set_net(&mut self, net: Arch, is_chosen: bool) {
        let nets = Arch::ALL.into_iter().filter(|known| {
            if *known == net {
                is_chosen
            } else {
                self.nets.contains(known)
            }
        });
        self.nets = nets.collect();
    }

    /// # Errors
    /// Which word is none of what it should be.
    fn axes(&self) -> Result<Axes, String> {
        Ok(Axes {
            seeds: values(&self.seeds, "no seed; write whole numbers, like 0, 1, 2")?,
            rates: values(&self.rates, "no rate; write numbers, like 1e-4, 1e-3")?,
            sizes: values(&self.sizes, "no size; write pixels, like 224, 320")?,
            nets: self.nets.clone(),
        })
    }

    /// Every training of the queue. `base`: the form's; `weights`: the file of another net, if it is on this computer.
    ///
    /// # Errors
    /// What has to be changed first.
    pub fn configs(
        &self,
        base: &TrainConfig,
        weights: impl Fn(Arch) -> Option<PathBuf>,
    ) -> Result<Vec<TrainConfig>, String> {
        let mut configs = self.axes()?.points(base);
        for config in &mut configs {
            if config.arch == base.arch {
                continue;
            }
            if let Some(from) = &base.from {
                return Err(format!(
                    "Every run would start from {from}, which is of {}: choose this net alone, or no run to start from",
                    base.arch.title()
                ));
            }
            let is_new = config.stage == 1 && !config.arch.has_embedded_weights();
            config.weights = weights(config.arch).filter(|_| is_new);
            if config.lacks_weights() {
                return Err(format!(
                    "{} is not inside the program: choose it as Net above and give it its weights",
                    config.arch.title()
                ));
            }
        }
        for config in &configs {
            config
                .validate()
                .map_err(|error| capitalized(&error.to_string()))?;
        }
        Ok(configs)
    }
}

/// Numbers between commas or spaces. `fault`: what is said of a word that is none.
fn values<T: FromStr>(text: &str, fault: &str) -> Result<Vec<T>, String> {
    let words = text.split([',', ';', ' ']).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let value = word.parse::<T>().ok();
            value.ok_or_else(|| format!("“{word}” is {fault}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere(_: Arch) -> Option<PathBuf> {
        None
    }

    fn base(stage: u8) -> TrainConfig {
        TrainConfig {
            stage,
            ..TrainConfig::default()
        }
    }

    #[test]
    fn every_combination_of_what_is_typed_is_a_run() {
        let queue = QueueForm {
            seeds: "0, 1 2".to_owned(),
            rates: "1e-4,1e-3".to_owned(),
            ..QueueForm::default()
        };
        let configs = queue.configs(&base(1), nowhere).unwrap();
        let points: Vec<(u64, Option<f64>)> = configs
            .iter()
            .map(|config| (config.seed, config.lr))
            .collect();
        assert_eq!(points.len(), 6);
        assert_eq!(points[1], (0, Some(1e-3)));
        assert_eq!(points[4], (2, Some(1e-4)));
        let alone = QueueForm::default();
        assert_eq!(alone.configs(&base(1), nowhere), Ok(vec![base(1)]));
    }

    #[test]
    fn what_is_no_number_is_named() {
        let queue = QueueForm {
            seeds: "0, a".to_owned(),
            ..QueueForm::default()
        };
        let said = queue.configs(&base(1), nowhere).unwrap_err();
        assert!(said.starts_with("“a” is no seed"), "{said}");
    }

    #[test]
    fn other_nets_bring_their_own_weights_and_no_run_of_this_one() {
        let mut queue = QueueForm::default();
        for net in [Arch::Resnet18, Arch::EfficientnetLite0] {
            queue.set_net(net, true);
        }
        let said = queue.configs(&base(1), nowhere).unwrap_err();
        assert!(said.contains("ResNet-18"), "{said}");
        let cached = |_| Some(PathBuf::from("/cache/w.safetensors"));
        let configs = queue.configs(&base(1), cached).unwrap();
        let weights: Vec<bool> = configs
            .iter()
            .map(|config| config.weights.is_some())
            .collect();
        assert_eq!(weights, [false, true]);
        let from = TrainConfig {
            from: Some("a-run".to_owned()),
            ..base(2)
        };
        let said = queue.configs(&from, cached).unwrap_err();
        assert!(said.contains("a-run"), "{said}");
        let configs = queue.configs(&base(2), nowhere).unwrap();
        assert!(configs.iter().all(|config| config.weights.is_none()));
    }
}
