//! Settings of one step of Adam, for every device.

/// Settings of one step for one tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    pub lr: f64,
    /// The current momentum.
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
    pub weight_decay: f64,
    /// Counts from 1.
    pub step: u64,
}

impl AdamStep {
    /// What a value is updated with: decay, beta1, 1 - beta1, beta2, 1 - beta2, eps, size of the step.
    pub fn factors(&self) -> [f32; 7] {
        let t = i32::try_from(self.step).unwrap_or(i32::MAX);
        let size = self.lr * (1.0 - self.beta2.powi(t)).sqrt() / (1.0 - self.beta1.powi(t));
        [
            1.0 - self.weight_decay * self.lr,
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            self.eps,
            size,
        ]
        .map(|factor| factor as f32)
    }
}
