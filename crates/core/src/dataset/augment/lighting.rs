//! Brightness and contrast, as fastai changes them: on logits.

pub fn logit(x: f64) -> f64 {
    let x = x.clamp(1e-7, 1.0 - 1e-7);
    (x / (1.0 - x)).ln()
}

/// Brightness, then contrast, on logits.
pub struct Lighting {
    pub shift: f64,
    pub scale: f64,
}

/// Steps of the table that stands for the curve; its error stays below a tenth of one 8-bit step.
const TABLE_STEPS: usize = 2048;

impl Lighting {
    pub fn at(&self, x: f64) -> f64 {
        let y = (logit(x) + self.shift) * self.scale;
        1.0 / (1.0 + (-y).exp())
    }

    pub fn apply(&self, values: &mut [f32]) {
        let table: Vec<f32> = (0..=TABLE_STEPS)
            .map(|step| self.at(step as f64 / TABLE_STEPS as f64) as f32)
            .collect();
        for value in values {
            let place = value.clamp(0.0, 1.0) * TABLE_STEPS as f32;
            let step = (place as usize).min(TABLE_STEPS - 1);
            if let Some(&[low, high]) = table.get(step..step + 2) {
                *value = low + (high - low) * (place - step as f32);
            }
        }
    }
}
