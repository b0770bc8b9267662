//! Images of a source with few count more, so that sources count the same.

use std::collections::{BTreeMap, BTreeSet};

use super::sample::Sample;
use crate::catalog::SourceId;

/// Sets the weights so that all sources count the same and an image one on the average: of all images, or `in_classes`, so
/// that every class counts as much as before.
pub fn balance_sources(samples: &mut [Sample], in_classes: bool) {
    type Part = (u32, Option<SourceId>);
    let part = |sample: &Sample| -> Part {
        let class = if in_classes { sample.target } else { 0 };
        (class, sample.source)
    };
    let mut of_part: BTreeMap<Part, usize> = BTreeMap::new();
    let mut of_class: BTreeMap<u32, (usize, BTreeSet<Option<SourceId>>)> = BTreeMap::new();
    for sample in samples.iter() {
        let (class, source) = part(sample);
        *of_part.entry((class, source)).or_default() += 1;
        let (images, sources) = of_class.entry(class).or_default();
        *images += 1;
        sources.insert(source);
    }
    for sample in samples {
        let (class, source) = part(sample);
        let own = of_part.get(&(class, source));
        if let (Some(own), Some((images, sources))) = (own, of_class.get(&class)) {
            sample.weight = *images as f32 / (sources.len() * own) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::recipe::Recipe;

    fn samples() -> Vec<Sample> {
        // A film of class 0 with six images; a folder with two of class 0 and four of class 1.
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
        of(0, 1, 6).chain(of(0, 2, 2)).chain(of(1, 2, 4)).collect()
    }

    fn sum(samples: &[Sample], part: impl Fn(&Sample) -> bool) -> f32 {
        let part = samples.iter().filter(|sample| part(sample));
        part.map(|sample| sample.weight).sum()
    }

    #[test]
    fn sources_count_the_same_and_an_image_one_on_the_average() {
        let mut all = samples();
        balance_sources(&mut all, false);
        for source in [1, 2] {
            assert_eq!(
                sum(&all, |sample| sample.source == Some(SourceId(source))),
                6.0
            );
        }
        let mut all = samples();
        balance_sources(&mut all, true);
        assert_eq!(sum(&all, |sample| sample.target == 0), 8.0);
        assert_eq!(sum(&all, |sample| sample.target == 1), 4.0);
        for source in [1, 2] {
            let own = sum(&all, |sample| {
                sample.target == 0 && sample.source == Some(SourceId(source))
            });
            assert_eq!(own, 4.0);
        }
    }
}
