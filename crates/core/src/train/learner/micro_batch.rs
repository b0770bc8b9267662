//! A batch that does not fit a device's memory goes through in parts, and the step is along the same mean gradient.
//!
//! What the parts change: a normalisation by batch sees a part at a time, dropout draws anew for each, and running
//! statistics have followed the parts that went through before memory ran out.

use super::step::{BatchResult, Student, Then};
use crate::dataset::loader::Batch;
use crate::error::{Error, Result};
use crate::model::Mode;
use crate::progress::Progress;
use crate::train::data::feed::{Features, Fed, live};
use crate::train::data::mixup::Mix;

/// A part of one picture has no variance to be normalised by.
const LEAST: usize = 2;

impl Student {
    /// As [`Student::learn`], in as many parts as the device's memory asks for; `batch` counts from 0.
    ///
    /// # Errors
    /// As [`Student::learn`]; that the memory is used up if even two pictures at a time do not fit.
    pub fn learn_from(
        &mut self,
        fed: &Fed,
        batch: u64,
        then: Then,
        progress: &Progress,
    ) -> Result<BatchResult> {
        let pictures = match fed {
            Fed::Features(features) => return self.learn(features, (batch, 0), then),
            Fed::Pictures(pictures, mix) => (pictures, mix.as_ref()),
        };
        let images = pictures.0.targets.len();
        let mut parts = self.parts;
        let result = in_fitting_parts(images, &mut parts, progress, |parts| {
            let held = self.optimizer.held();
            let result = self.learn_parts(pictures, parts, batch, then);
            if result.as_ref().is_err_and(Error::is_out_of_memory) {
                self.optimizer.set_held(held);
                self.net.release_memory();
            }
            result
        });
        self.parts = parts;
        result
    }

    fn learn_parts(
        &mut self,
        (pictures, mix): (&Batch, Option<&Mix>),
        parts: usize,
        batch: u64,
        then: Then,
    ) -> Result<BatchResult> {
        let images = pictures.targets.len();
        let part_len = part_len(images, parts);
        let (mut loss, mut correct) = (0.0, 0);
        for (part, targets) in pictures.targets.chunks(part_len).enumerate() {
            let begin = part * part_len;
            let some = Batch {
                images: pictures.images.narrow(0, begin, targets.len())?,
                targets: targets.to_vec(),
            };
            let is_last = begin + targets.len() == images;
            let then = if is_last { then } else { Then::Hold };
            let features = Features {
                mix: mix.map(|mix| Mix {
                    targets: mix.targets[begin..begin + targets.len()].to_vec(),
                    ..*mix
                }),
                ..live(&self.net, &some, Mode::Train)?
            };
            let result = self.learn(&features, (batch, part as u64), then)?;
            loss += result.loss * targets.len() as f64 / images as f64;
            correct += result.correct;
        }
        Ok(BatchResult { loss, correct })
    }
}

/// Pictures of one part; a last part that would be too small is spread over the others.
fn part_len(images: usize, parts: usize) -> usize {
    let len = images.div_ceil(parts.max(1)).max(1);
    if !images.is_multiple_of(len) && images % len < LEAST {
        len + 1
    } else {
        len
    }
}

/// Tries with `parts`, and with twice as many whenever memory runs out.
fn in_fitting_parts<T>(
    images: usize,
    parts: &mut usize,
    progress: &Progress,
    mut attempt: impl FnMut(usize) -> Result<T>,
) -> Result<T> {
    loop {
        let result = attempt(*parts);
        let is_over = result.as_ref().is_err_and(Error::is_out_of_memory);
        if !is_over || images < 2 * LEAST * *parts {
            return result;
        }
        *parts *= 2;
        progress.warn(
            "memory",
            format!(
                "a batch of {images} pictures does not fit the device's memory; it goes through in {parts} parts of {} from here on, with the same steps",
                part_len(images, *parts)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Tensor;

    use super::*;
    use crate::model::{Arch, Freeze, HeadKind, build};
    use crate::rng::Stream;
    use crate::train::optimizer::adamw::Optimizer;
    use crate::train::schedule::one_cycle::Rates;

    fn out_of_memory<T>() -> Result<T> {
        let text = r#"DriverError(CUDA_ERROR_OUT_OF_MEMORY, "out of memory")"#;
        Err(Error::Tensor(candle_core::Error::Msg(text.into())))
    }

    #[test]
    fn parts_are_doubled_until_they_fit_and_stay_so() {
        let progress = Progress::silent();
        let mut parts = 1;
        let mut tried = Vec::new();
        let result = in_fitting_parts(32, &mut parts, &progress, |parts| {
            tried.push(parts);
            if parts < 4 {
                out_of_memory()
            } else {
                Ok(parts)
            }
        });
        assert_eq!((result.unwrap(), parts), (4, 4));
        assert_eq!(tried, [1, 2, 4]);
        // Two pictures are the least; then the error is told.
        let result = in_fitting_parts(32, &mut parts, &progress, |_| out_of_memory::<()>());
        assert!(result.unwrap_err().is_out_of_memory());
        assert_eq!(parts, 16);
        // Another fault is told at once.
        let mut parts = 1;
        let result = in_fitting_parts(32, &mut parts, &progress, |_| {
            Err::<(), _>(Error::Invalid("other".into()))
        });
        assert!(result.is_err());
        assert_eq!(parts, 1);
    }

    #[test]
    fn no_part_is_a_single_picture() {
        for images in 2..40 {
            for parts in [1, 2, 4, 8] {
                let len = part_len(images, parts);
                let last = if images % len == 0 { len } else { images % len };
                assert!(
                    last >= LEAST || images < 2 * LEAST * parts,
                    "{images} {parts}"
                );
            }
        }
    }

    #[test]
    fn two_parts_make_the_step_of_one() {
        let mut stream = Stream::new(1, &[]);
        let values: Vec<f32> = (0..6 * 3 * 32 * 32)
            .map(|_| stream.normal() as f32 * 0.2 + 0.5)
            .collect();
        let pictures = Fed::Pictures(
            Batch {
                images: Tensor::from_vec(values, (6, 3, 32, 32), &candle_core::Device::Cpu)
                    .unwrap(),
                targets: vec![0, 1, 2, 2, 1, 0],
            },
            None,
        );
        let rates = Rates {
            lr_fraction: 1.0,
            momentum: 0.9,
        };
        let [whole, halves] = [1, 2].map(|parts| {
            let mut net = build(Arch::default(), HeadKind::Linear, 3, 0).unwrap();
            net.set_frozen(Freeze::Statistics);
            let mut student = Student {
                optimizer: Optimizer::new(net.trainable(), [1e-3, 1e-2], true).unwrap(),
                net,
                seed: 0,
                label_smoothing: 0.0,
                class_weights: None,
                average: None,
                loss_scale: None,
                parts,
            };
            // The first step moves the head off its zeros, so that the second reaches the body.
            let results = [0, 1].map(|batch| {
                let then = Then::Step(rates);
                let result = student.learn_from(&pictures, batch, then, &Progress::silent());
                result.unwrap()
            });
            assert_eq!(student.optimizer.steps().done, 2);
            (results, student)
        });
        for (a, b) in whole.0.iter().zip(&halves.0) {
            assert!((a.loss - b.loss).abs() < 1e-5, "{a:?} {b:?}");
            assert_eq!(a.correct, b.correct);
        }
        let gradients_agree = |name: &str| {
            let moment = |student: &Student| -> Vec<f32> {
                let state = student.learning().unwrap();
                state[name].flatten_all().unwrap().to_vec1().unwrap()
            };
            let (a, b) = (moment(&whole.1), moment(&halves.1));
            let size = a.iter().fold(0f32, |size, v| size.max(v.abs()));
            assert!(size > 0.0, "{name}");
            a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3 * size)
        };
        for name in ["m.classifier.weight", "m.conv_stem.weight"] {
            assert!(gradients_agree(name), "{name}");
        }
    }
}
