//! Linear discriminant analysis: the classifier of Gaussian classes with one covariance, in closed form (Hastie,
//! Tibshirani and Friedman, The Elements of Statistical Learning, 4.3), shrunk towards a sphere because there are fewer
//! images than features.

use nalgebra::DVector;
use rayon::prelude::*;

use crate::ops::symmetric::Symmetric;

/// An image's features and class, as an index.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    pub features: &'a [f32],
    pub class: usize,
}

/// Examples whose features are laid side by side for a product: all of a hundred thousand would take half a gigabyte.
const AT_ONCE: usize = 512;

/// What is known of the classes before their covariance is shrunk: one pass over the images serves every shrinkage, and
/// the moments of some images are those of all minus those of the others.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Of each class.
    counts: Vec<usize>,
    /// Of each class's features.
    sums: Vec<DVector<f64>>,
    /// The outer products of all features with themselves, added.
    products: Symmetric,
}

/// Where the classes lie, and how their examples scatter about it.
#[derive(Debug)]
pub struct WithinClasses {
    /// Of each class; `None` for one without examples.
    means: Vec<Option<DVector<f64>>>,
    covariance: Symmetric,
}

/// A fitted classifier.
#[derive(Clone, Debug)]
pub struct Lda {
    /// By class: weights of the features, and a constant. `None` for a class without examples.
    discriminants: Vec<Option<(DVector<f64>, f64)>>,
}

impl Moments {
    /// All examples have the same number of features.
    pub fn of(examples: &[Example<'_>], classes: usize) -> Self {
        let dimensions = examples.first().map_or(0, |example| example.features.len());
        let mut moments = Self::none(dimensions, classes);
        let mut rows = Vec::new();
        for some in examples.chunks(AT_ONCE) {
            rows.clear();
            for example in some {
                rows.extend_from_slice(example.features);
                moments.counts[example.class] += 1;
                let sums = moments.sums[example.class].iter_mut();
                for (sum, value) in sums.zip(example.features) {
                    *sum += f64::from(*value);
                }
            }
            moments.products.add_outer_products(&rows, 1.0);
        }
        moments
    }

    fn none(dimensions: usize, classes: usize) -> Self {
        Self {
            counts: vec![0; classes],
            sums: vec![DVector::zeros(dimensions); classes],
            products: Symmetric::zeros(dimensions),
        }
    }

    fn add(&mut self, other: &Self) {
        for (count, added) in self.counts.iter_mut().zip(&other.counts) {
            *count += added;
        }
        for (sum, added) in self.sums.iter_mut().zip(&other.sums) {
            *sum += added;
        }
        self.products.add(&other.products, 1.0);
    }

    /// What is left without some of the examples.
    fn without(&self, part: &Self) -> Self {
        let mut left = self.clone();
        for (count, removed) in left.counts.iter_mut().zip(&part.counts) {
            *count -= removed;
        }
        for (sum, removed) in left.sums.iter_mut().zip(&part.sums) {
            *sum -= removed;
        }
        left.products.add(&part.products, -1.0);
        left
    }

    /// `None` without examples of at least two classes.
    pub fn within_classes(self) -> Option<WithinClasses> {
        let means: Vec<Option<DVector<f64>>> = self
            .counts
            .iter()
            .zip(&self.sums)
            .map(|(&count, sum)| (count > 0).then(|| sum / count as f64))
            .collect();
        if means.iter().flatten().count() < 2 {
            return None;
        }
        // The products about zero minus those of the means.
        let mut scaled = Vec::new();
        for (&count, mean) in self.counts.iter().zip(&means) {
            if let Some(mean) = mean {
                scaled.extend(
                    mean.iter()
                        .map(|value| (value * (count as f64).sqrt()) as f32),
                );
            }
        }
        let mut covariance = self.products;
        covariance.add_outer_products(&scaled, -1.0);
        covariance.scale(1.0 / self.counts.iter().sum::<usize>() as f32);
        Some(WithinClasses { means, covariance })
    }

    /// As [`WithinClasses::lda`]; also `None` without examples of at least two classes.
    pub fn lda(self, shrinkage: f64) -> Option<Lda> {
        self.within_classes()?.lda(shrinkage)
    }
}

impl WithinClasses {
    /// `shrinkage`: the part of the covariance that is a sphere, 0 to 1. Classes count alike, however many examples they
    /// have. `None` if the covariance cannot be inverted.
    pub fn lda(&self, shrinkage: f64) -> Option<Lda> {
        let dimensions = self.means.iter().flatten().next()?.len();
        let sphere = self.covariance.trace() / dimensions.max(1) as f64;
        let mut covariance = self.covariance.clone();
        covariance.scale((1.0 - shrinkage) as f32);
        covariance.add_to_diagonal((shrinkage * sphere + 1e-9) as f32);
        let inverse = covariance.cholesky()?;
        let known = self.means.iter().flatten();
        let mut weights: Vec<f32> = known
            .flat_map(DVector::iter)
            .map(|value| *value as f32)
            .collect();
        inverse.solve(&mut weights);
        let mut solved = weights.chunks_exact(dimensions.max(1));
        let discriminants = self.means.iter().map(|mean| {
            let mean = mean.as_ref()?;
            let weights = solved.next()?.iter().map(|weight| f64::from(*weight));
            let weights = DVector::from_iterator(dimensions, weights);
            let constant = -0.5 * weights.dot(mean);
            Some((weights, constant))
        });
        Some(Lda {
            discriminants: discriminants.collect(),
        })
    }
}

impl Lda {
    /// By class: weights of the features, and a constant. `None` for a class without examples.
    pub fn discriminants(&self) -> &[Option<(DVector<f64>, f64)>] {
        &self.discriminants
    }

    /// The logarithm of each class's probability, up to a common constant; `None` for a class without
    /// examples.
    pub fn scores(&self, features: &[f32]) -> Vec<Option<f64>> {
        let features = features.iter().map(|value| f64::from(*value));
        let features = DVector::from_iterator(features.len(), features);
        let score = |(weights, constant): &(DVector<f64>, f64)| weights.dot(&features) + constant;
        self.discriminants
            .iter()
            .map(|discriminant| discriminant.as_ref().map(score))
            .collect()
    }
}

/// Which of `folds` a unit is measured in.
pub fn fold_of(unit: usize, folds: usize) -> usize {
    unit % folds.max(1)
}

/// An example's scores by class; `None` where no classifier could be fitted without its unit.
pub type Scores = Option<Vec<Option<f64>>>;

/// Moments of examples by fold.
#[derive(Debug)]
pub struct Folds<'a> {
    examples: &'a [Example<'a>],
    /// Each example's.
    fold_of: Vec<usize>,
    moments: Vec<Moments>,
    total: Moments,
}

impl<'a> Folds<'a> {
    /// `units`: one an example; those of equal number are in one fold.
    pub fn of(examples: &'a [Example<'a>], units: &[usize], classes: usize, folds: usize) -> Self {
        let fold_of: Vec<usize> = units.iter().map(|unit| fold_of(*unit, folds)).collect();
        let dimensions = examples.first().map_or(0, |example| example.features.len());
        let mut total = Moments::none(dimensions, classes);
        let mut moments = Vec::new();
        for fold in 0..folds {
            let inside: Vec<Example<'_>> = examples
                .iter()
                .zip(&fold_of)
                .filter(|(_, own)| **own == fold)
                .map(|(example, _)| *example)
                .collect();
            let part = if inside.is_empty() {
                Moments::none(dimensions, classes)
            } else {
                Moments::of(&inside, classes)
            };
            total.add(&part);
            moments.push(part);
        }
        Self {
            examples,
            fold_of,
            moments,
            total,
        }
    }

    /// The moments of all examples.
    pub fn into_total(self) -> Moments {
        self.total
    }

    /// For each of `shrinkages`, the scores of the first examples, as many as `count`, each by a classifier that has seen
    /// nothing of its fold.
    pub fn out_of_fold(&self, shrinkages: &[f64], count: usize) -> Vec<Vec<Scores>> {
        let judged = &self.examples[..count.min(self.examples.len())];
        // By fold, then shrinkage: as many as are worked on at a time hold a covariance each.
        let by_fold: Vec<Vec<Option<Lda>>> = self
            .moments
            .par_iter()
            .map(|part| {
                let seen = self.total.without(part).within_classes();
                let lda = |shrinkage: &f64| seen.as_ref()?.lda(*shrinkage);
                shrinkages.par_iter().map(lda).collect()
            })
            .collect();
        (0..shrinkages.len())
            .map(|shrinkage| {
                let score = |(example, fold): (&Example<'_>, &usize)| {
                    let lda = by_fold.get(*fold)?.get(shrinkage)?.as_ref()?;
                    Some(lda.scores(example.features))
                };
                let judged = judged.par_iter().zip(&self.fold_of[..judged.len()]);
                judged.map(score).collect()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn it_tells_classes_apart_that_it_has_not_seen_these_examples_of() {
        let mut stream = Stream::new(3, &[]);
        let features: Vec<Vec<f32>> = (0..90)
            .map(|at| {
                let mut row: Vec<f32> = (0..20).map(|_| stream.normal() as f32).collect();
                row[at % 3] += 5.0;
                row
            })
            .collect();
        let examples: Vec<Example<'_>> = features
            .iter()
            .enumerate()
            .map(|(at, features)| Example {
                features,
                class: at % 3,
            })
            .collect();
        let units: Vec<usize> = (0..90).map(|at| at / 3).collect();
        let right = Folds::of(&examples, &units, 3, 5).out_of_fold(&[0.3], 90)[0]
            .iter()
            .zip(&examples)
            .filter(|(scores, example)| {
                let scores = scores.as_ref().unwrap();
                let best =
                    (0..3).max_by(|&a, &b| scores[a].unwrap().total_cmp(&scores[b].unwrap()));
                best == Some(example.class)
            })
            .count();
        assert!(right > 85, "{right}");
        assert!(Moments::of(&examples[..1], 3).lda(0.3).is_none());
        assert!(Moments::of(&[], 3).lda(0.3).is_none());
    }
}
