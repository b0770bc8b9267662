//! Cross-entropy with soft targets (smoothed, mixed) and class weights, and the loss of every sample.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

/// The wanted probability of every class in every sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SoftTargets {
    /// `(N, classes)`; each row sums to 1, or to its sample's weight.
    probs: Vec<f32>,
    /// Sum of each row.
    masses: Vec<f32>,
    classes: usize,
}

impl SoftTargets {
    /// From class indices; `smoothing`, 0 to 1, is spread evenly over all classes.
    ///
    /// # Errors
    /// If an index is no class.
    pub fn new(indices: &[u32], classes: usize, smoothing: f32) -> Result<Self> {
        if let Some(index) = indices.iter().find(|&&index| index as usize >= classes) {
            candle_core::bail!("target {index} is no class: there are {classes}")
        }
        let spread = smoothing / classes as f32;
        let mut probs = vec![spread; indices.len() * classes];
        for (row, index) in probs.chunks_exact_mut(classes.max(1)).zip(indices) {
            row[*index as usize] = 1.0 - smoothing + spread;
        }
        Ok(Self {
            probs,
            masses: vec![1.0; indices.len()],
            classes,
        })
    }

    /// Samples count as much as their weights.
    #[must_use]
    pub fn weighted(mut self, weights: &[f32]) -> Self {
        let rows = self.probs.chunks_exact_mut(self.classes.max(1));
        for ((row, mass), weight) in rows.zip(&mut self.masses).zip(weights) {
            for prob in row.iter_mut() {
                *prob *= weight;
            }
            *mass *= weight;
        }
        self
    }

    /// `share` of these and the rest of `others`, of the same samples.
    #[must_use]
    pub fn mixed(mut self, others: &Self, share: f32) -> Self {
        for (prob, other) in self.probs.iter_mut().zip(&others.probs) {
            *prob = share * *prob + (1.0 - share) * other;
        }
        for (mass, other) in self.masses.iter_mut().zip(&others.masses) {
            *mass = if *mass == *other {
                *mass
            } else {
                share * *mass + (1.0 - share) * other
            };
        }
        self
    }
}

struct CrossEntropy {
    /// `(N, classes)`: wanted probability times the class's weight.
    targets: Vec<f32>,
    /// Sum of each row of `targets`: exactly 1 without weights.
    masses: Vec<f32>,
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
    /// The losses by candle's own operations, for any device.
    fn composed(&self, logits: &Tensor) -> Result<Tensor> {
        let targets = Tensor::from_slice(&self.targets, logits.shape(), logits.device())?;
        let log_probs = candle_nn::ops::log_softmax(logits, 1)?;
        log_probs.mul(&targets)?.sum(1)?.neg()
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
        let rows = logits.chunks_exact(classes.max(1));
        for (logits, targets) in rows.zip(self.targets.chunks_exact(classes.max(1))) {
            let mut log_probs = logits.to_vec();
            log_softmax(&mut log_probs);
            let loss: f32 = log_probs
                .iter()
                .zip(targets)
                // A target of zero must not meet a log of minus infinity.
                .map(|(&log_prob, &target)| match target {
                    0.0 => 0.0,
                    target => -target * log_prob,
                })
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
        let rows = gradient.chunks_exact_mut(classes.max(1));
        let targets = self.targets.chunks_exact(classes.max(1));
        for (((row, targets), mass), scale) in rows.zip(targets).zip(&self.masses).zip(scale) {
            log_softmax(row);
            for (value, target) in row.iter_mut().zip(targets) {
                *value = (value.exp() * mass - target) * scale;
            }
        }
        Ok(Some(Tensor::from_vec(gradient, arg.shape(), arg.device())?))
    }
}

/// `logits`: `(N, C)` f32, raw; `targets`: N class indices; `smoothing` 0 to 1. Returns `(N)`, the loss of each sample;
/// its `mean_all` is what PyTorch's `cross_entropy(label_smoothing=…)` gives.
pub fn cross_entropy(logits: &Tensor, targets: &[u32], smoothing: f32) -> Result<Tensor> {
    let (_, classes) = logits.dims2()?;
    soft_cross_entropy(
        logits,
        &SoftTargets::new(targets, classes, smoothing)?,
        None,
    )
}

/// `logits`: `(N, C)` f32, raw; `weights`: one a class. Returns `(N)`, the loss of each sample: PyTorch's
/// `cross_entropy(logits, probabilities, weight=…, reduction="none")`. PyTorch divides the mean by N as well where
/// targets are probabilities (by the sum of the samples' weights where they are indices).
pub fn soft_cross_entropy(
    logits: &Tensor,
    targets: &SoftTargets,
    weights: Option<&[f32]>,
) -> Result<Tensor> {
    let (n, classes) = logits.dims2()?;
    if (targets.probs.len(), targets.classes) != (n * classes, classes) {
        let rows = targets.probs.len() / targets.classes.max(1);
        candle_core::bail!(
            "targets of {rows} samples and {} classes for {n} rows of {classes} logits",
            targets.classes
        )
    }
    let mut op = CrossEntropy {
        targets: targets.probs.clone(),
        masses: targets.masses.clone(),
    };
    if let Some(weights) = weights {
        if weights.len() != classes {
            candle_core::bail!("{} weights for {classes} classes", weights.len())
        }
        let rows = op.targets.chunks_exact_mut(classes.max(1));
        for (row, mass) in rows.zip(&mut op.masses) {
            for (target, weight) in row.iter_mut().zip(weights) {
                *target *= weight;
            }
            *mass = row.iter().sum();
        }
    }
    if logits.device().is_cpu() {
        logits.contiguous()?.apply_op1(op)
    } else {
        op.composed(logits)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn candles_operations_give_the_same_losses_and_gradients() {
        let values: Vec<f32> = (0..12).map(|i| ((i * 5) % 7) as f32 * 3.0 - 8.0).collect();
        let logits = Var::from_vec(values, (3, 4), &Device::Cpu).unwrap();
        // Rows of mass 1, and one that is weighted.
        let op = || CrossEntropy {
            targets: vec![0., 0., 0., 1., 0.9, 0.1, 0., 0., 0.5, 0.5, 1., 0.],
            masses: vec![1.0, 1.0, 2.0],
        };
        let losses = [
            logits.apply_op1(op()).unwrap(),
            op().composed(logits.as_tensor()).unwrap(),
        ];
        let [custom, composed] = losses.map(|losses| {
            let gradients = losses.mean_all().unwrap().backward().unwrap();
            let gradient = gradients.get(logits.as_tensor()).unwrap();
            [losses, gradient.flatten_all().unwrap()].map(|t| t.to_vec1::<f32>().unwrap())
        });
        for (a, b) in custom.iter().flatten().zip(composed.iter().flatten()) {
            assert!((a - b).abs() < 1e-5, "{custom:?} {composed:?}");
        }
    }
}
