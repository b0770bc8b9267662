//! How much of what a run learns comes from which class and source: before and after copies of upsampled sources and the
//! balance of a run.

use std::collections::BTreeMap;

use super::build::class_weights;
use crate::catalog::SourceId;
use crate::dataset::Split;
use crate::dataset::source_weights::balance_sources;
use crate::run::balance::Balance;

/// Training images of one class from one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub class: String,
    pub source: SourceId,
    pub images: usize,
    /// That training learns from beside them.
    pub copies: usize,
    /// Of all training images, 0 to 1.
    pub share_before: f64,
    /// Of the loss, with the copies and the balance, 0 to 1.
    pub share: f64,
}

/// Sorted by class and source; weighed as training does it.
pub fn learned_from(split: &Split, balance: Balance) -> Vec<Part> {
    #[derive(Default)]
    struct Sums {
        images: usize,
        all: usize,
        weight: f64,
    }
    let images = split.train.len();
    let mut whole = split.clone().with_copies();
    if balance.is_of_sources() {
        balance_sources(&mut whole.train, balance.is_of_classes());
    }
    let of_class = balance.is_of_classes().then(|| class_weights(&whole));
    let mut sums: BTreeMap<(u32, SourceId), Sums> = BTreeMap::new();
    let mut total = 0.0;
    for (at, sample) in whole.train.iter().enumerate() {
        let Some(source) = sample.source else {
            continue;
        };
        let weights = of_class.as_ref();
        let of_class = weights.and_then(|weights| weights.get(sample.target as usize));
        let weight = f64::from(sample.weight * of_class.copied().unwrap_or(1.0));
        let sums = sums.entry((sample.target, source)).or_default();
        // The copies are behind all others.
        sums.images += usize::from(at < images);
        sums.all += 1;
        sums.weight += weight;
        total += weight;
    }
    sums.into_iter()
        .filter_map(|((target, source), sums)| {
            Some(Part {
                class: whole.classes.get(target as usize)?.clone(),
                source,
                images: sums.images,
                copies: sums.all - sums.images,
                share_before: sums.images as f64 / images.max(1) as f64,
                share: sums.weight / total.max(f64::MIN_POSITIVE),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Sample;
    use crate::media::recipe::Recipe;

    /// Of a film 60 images of class 0, of a folder 20 of class 0 and 20 of class 1, and six copies of each of these.
    fn split() -> Split {
        let of = |target, source, n| {
            (0..n).map(move |_| Sample {
                image: None,
                unit: None,
                path: "x".into(),
                recipe: Recipe::default(),
                source: Some(SourceId(source)),
                weight: 1.0,
                target,
            })
        };
        Split {
            classes: vec!["elves".to_owned(), "orcs".to_owned()],
            train: of(0, 1, 60)
                .chain(of(0, 2, 20))
                .chain(of(1, 2, 20))
                .collect(),
            valid: Vec::new(),
            copies: of(0, 2, 120).chain(of(1, 2, 120)).collect(),
            valid_contents: Vec::new(),
            twins: Vec::new(),
            mode: crate::catalog::SplitMode::Scenes,
            hash: String::new(),
            pixels: std::sync::Arc::default(),
            crops: None,
        }
    }

    #[test]
    fn shares_are_those_of_the_loss() {
        let shares = |balance| {
            let parts = learned_from(&split(), balance);
            assert_eq!((parts[1].images, parts[1].copies), (20, 120));
            assert!((parts[0].share_before - 0.6).abs() < 1e-9);
            let shares = parts
                .iter()
                .map(|part| (part.share * 1000.0).round() / 1000.0);
            shares.collect::<Vec<f64>>()
        };
        // 60, 140 and 140 of 340.
        assert_eq!(shares(Balance::None), [0.176, 0.412, 0.412]);
        // Half for each class; in the first 60 and 140 of 200.
        assert_eq!(shares(Balance::Class), [0.15, 0.35, 0.5]);
        // Half for each source.
        assert_eq!(shares(Balance::Source), [0.5, 0.25, 0.25]);
        assert_eq!(shares(Balance::ClassAndSource), [0.25, 0.25, 0.5]);
    }
}
