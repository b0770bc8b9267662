//! What logits say: which predictions are right, and whether a loss is still a number.

use candle_core::Tensor;

use crate::error::{Error, Result};

/// For each row of `logits`, `(N, classes)`: whether its largest value is at the target.
pub(crate) fn correct_rows(logits: &Tensor, targets: &[u32]) -> Result<Vec<bool>> {
    let predicted: Vec<u32> = logits.argmax(1)?.to_vec1()?;
    Ok(predicted.iter().zip(targets).map(|(a, b)| a == b).collect())
}

pub(crate) fn count(correct: &[bool]) -> usize {
    correct.iter().filter(|is_correct| **is_correct).count()
}

/// `side` and `batch` are for the message.
///
/// # Errors
/// [`Error::Diverged`].
pub(crate) fn check_finite(loss: f64, side: &str, batch: u64) -> Result<()> {
    if loss.is_finite() {
        return Ok(());
    }
    Err(Error::Diverged(format!(
        "the {side} loss is {loss} at batch {batch}"
    )))
}
