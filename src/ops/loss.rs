//! Cross-entropy with label smoothing, and the loss of every sample.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

struct CrossEntropy {
    targets: Vec<u32>,
    smoothing: f32,
}

/// `log(softmax)` of one row, in place, with the maximum taken out first.
fn log_softmax(row: &mut [f32]) {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|&v| f64::from(v - max).exp()).sum();
    let log_sum = (sum.ln() + f64::from(max)) as f32;
    for value in row {
        *value -= log_sum;
    }
}

impl CrossEntropy {
    /// The wanted probability of `class` in `sample`.
    fn target(&self, sample: usize, class: usize, classes: usize) -> f32 {
        let spread = self.smoothing / classes as f32;
        if self.targets[sample] as usize == class {
            1.0 - self.smoothing + spread
        } else {
            spread
        }
    }
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, classes) = layout.shape().dims2()?;
        let logits = super::contiguous(storage, layout)?;
        let mut losses = Vec::with_capacity(n);
        for (sample, logits) in logits.chunks_exact(classes.max(1)).enumerate() {
            let mut log_probs = logits.to_vec();
            log_softmax(&mut log_probs);
            let loss: f32 = log_probs
                .iter()
                .enumerate()
                // A target of zero must not meet a log of minus infinity.
                .map(
                    |(class, &log_prob)| match self.target(sample, class, classes) {
                        0.0 => 0.0,
                        target => -target * log_prob,
                    },
                )
                .sum();
            losses.push(if logits.iter().any(|v| v.is_nan()) {
                f32::NAN
            } else {
                loss
            });
        }
        Ok((CpuStorage::F32(losses), Shape::from(n)))
    }

    fn bwd(&self, arg: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let (_, classes) = arg.dims2()?;
        let mut gradient = arg.flatten_all()?.to_vec1::<f32>()?;
        let scale = grad_res.flatten_all()?.to_vec1::<f32>()?;
        for (sample, row) in gradient.chunks_exact_mut(classes.max(1)).enumerate() {
            log_softmax(row);
            for (class, value) in row.iter_mut().enumerate() {
                *value = (value.exp() - self.target(sample, class, classes)) * scale[sample];
            }
        }
        Ok(Some(Tensor::from_vec(gradient, arg.shape(), arg.device())?))
    }
}

/// `logits`: `(N, C)` f32, raw; `targets`: N class indices; `smoothing` 0 to 1. Returns `(N)`, the loss of each sample;
/// its `mean_all` is what PyTorch's `cross_entropy(label_smoothing=…)` gives.
pub fn cross_entropy(logits: &Tensor, targets: &[u32], smoothing: f32) -> Result<Tensor> {
    let (n, classes) = logits.dims2()?;
    if targets.len() != n {
        candle_core::bail!("{} targets for {n} rows of logits", targets.len())
    }
    if let Some(target) = targets.iter().find(|&&target| target as usize >= classes) {
        candle_core::bail!("target {target} is no class: there are {classes}")
    }
    let op = CrossEntropy {
        targets: targets.to_vec(),
        smoothing,
    };
    logits.contiguous()?.apply_op1(op)
}
