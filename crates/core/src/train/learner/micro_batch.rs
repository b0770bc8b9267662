//! A batch that does not fit the device's memory is split into micro-batches, and the step is along the same mean
//! gradient.
//!
//! What changes: a normalization by batch sees one micro-batch at a time, dropout draws a new mask for each, and running
//! statistics have followed the micro-batches that went through before memory ran out.

use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::train::data::batch::ImageBatch;

/// A single image has no variance to be normalized by.
const MIN_IMAGES: usize = 2;

/// `batch` in `count` micro-batches of the same size, or fewer; the last may be smaller.
pub(crate) fn split(batch: &ImageBatch, count: usize) -> Result<Vec<ImageBatch>> {
    let images = batch.labels.len();
    let len = micro_batch_len(images, count);
    let begins = (0..images).step_by(len);
    begins
        .map(|begin| {
            let n = len.min(images - begin);
            Ok(ImageBatch {
                input: batch.input.narrow(0, begin, n)?,
                labels: batch.labels.slice(begin..begin + n),
            })
        })
        .collect()
}

/// Images of one micro-batch; a last one that would be too small is spread over the others.
fn micro_batch_len(images: usize, count: usize) -> usize {
    let len = images.div_ceil(count.max(1)).max(1);
    if !images.is_multiple_of(len) && images % len < MIN_IMAGES {
        len + 1
    } else {
        len
    }
}

/// Tries with `count` micro-batches, and with twice as many whenever memory runs out.
///
/// # Errors
/// Those of `attempt`; that of memory only when micro-batches cannot be smaller.
pub(crate) fn with_fitting_count<T>(
    images: usize,
    count: &mut usize,
    progress: &Progress,
    mut attempt: impl FnMut(usize) -> Result<T>,
) -> Result<T> {
    loop {
        let result = attempt(*count);
        let is_over = result.as_ref().is_err_and(Error::is_out_of_memory);
        if !is_over || images < 2 * MIN_IMAGES * *count {
            return result;
        }
        *count *= 2;
        progress.warn(
            "memory",
            format!(
                "a batch of {images} images does not fit the device's memory; from here on it is computed in {count} micro-batches of {}, with the same steps",
                micro_batch_len(images, *count)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out_of_memory<T>() -> Result<T> {
        let text = r#"DriverError(CUDA_ERROR_OUT_OF_MEMORY, "out of memory")"#;
        Err(Error::Tensor(candle_core::Error::Msg(text.into())))
    }

    #[test]
    fn micro_batches_are_doubled_until_they_fit_and_stay_so() {
        let progress = Progress::silent();
        let mut count = 1;
        let mut tried = Vec::new();
        let result = with_fitting_count(32, &mut count, &progress, |count| {
            tried.push(count);
            if count < 4 {
                out_of_memory()
            } else {
                Ok(count)
            }
        });
        assert_eq!((result.unwrap(), count), (4, 4));
        assert_eq!(tried, [1, 2, 4]);
        // Two images are the least; then the error is returned.
        let result = with_fitting_count(32, &mut count, &progress, |_| out_of_memory::<()>());
        assert!(result.unwrap_err().is_out_of_memory());
        assert_eq!(count, 16);
        // Another error is returned at once.
        let mut count = 1;
        let result = with_fitting_count(32, &mut count, &progress, |_| {
            Err::<(), _>(Error::Invalid("other".into()))
        });
        assert!(result.is_err());
        assert_eq!(count, 1);
    }

    #[test]
    fn no_micro_batch_is_a_single_image() {
        for images in 2..40 {
            for count in [1, 2, 4, 8] {
                let len = micro_batch_len(images, count);
                let last = if images % len == 0 { len } else { images % len };
                assert!(
                    last >= MIN_IMAGES || images < 2 * MIN_IMAGES * count,
                    "{images} {count}"
                );
            }
        }
    }
}
