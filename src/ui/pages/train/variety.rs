//! How training pictures are varied and classes weighed: rows of the form, under Expert.

use eframe::egui;

use super::rows_ui::{number_ui, or_word};
use crate::dataset::look::Augmentation;
use crate::run::config::TrainConfig;
use crate::run::preset::Preset;

/// Stage 1 varies pictures only where it keeps several looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variety {
    /// Of stage 1; 0: pictures as prediction sees them.
    pub looks: u32,
    pub augment: Augmentation,
    /// Probability; 0 is off.
    pub erasing: f64,
    /// Of stage 2; 0 is off.
    pub mixup: f64,
    pub balance: bool,
}

impl Variety {
    pub fn of(preset: Preset) -> Self {
        Self {
            looks: preset.frozen_looks(),
            augment: preset.augmentation(),
            erasing: preset.erasing(),
            mixup: 0.0,
            balance: false,
        }
    }

    pub fn stage_1(self, config: TrainConfig) -> TrainConfig {
        let varies = self.looks > 0;
        TrainConfig {
            looks: Some(self.looks),
            augment: varies.then_some(self.augment),
            erasing: varies.then_some(self.erasing),
            balance: self.balance,
            ..config
        }
    }

    pub fn stage_2(self, config: TrainConfig) -> TrainConfig {
        TrainConfig {
            augment: Some(self.augment),
            erasing: Some(self.erasing),
            mixup: (self.mixup > 0.0).then_some(self.mixup),
            balance: self.balance,
            ..config
        }
    }

    /// Takes over what the run made use of.
    pub fn copy_from(&mut self, config: &TrainConfig) {
        let preset = config.recorded_preset();
        self.balance = config.balance;
        if config.stage == 1 {
            self.looks = config.frozen_looks();
        } else {
            self.mixup = config.mixup.unwrap_or_default();
        }
        if config.stage == 2 || self.looks > 0 {
            self.augment = config.augment.unwrap_or_else(|| preset.augmentation());
            self.erasing = config.erasing.unwrap_or_else(|| preset.erasing());
        }
    }
}

const AUGMENTATIONS: [Augmentation; 3] = [
    Augmentation::Fastai,
    Augmentation::Trivial,
    Augmentation::None,
];

fn augmentation_name(augmentation: Augmentation) -> &'static str {
    match augmentation {
        Augmentation::Fastai => "fastai",
        Augmentation::Trivial => "trivial",
        Augmentation::None => "none",
    }
}

pub fn variety_ui(ui: &mut egui::Ui, variety: &mut Variety) {
    let tooltip = "fastai: flips, turns, zooms, stretches and lights a little. trivial: flips, zooms and does one thing of any strength (TrivialAugment). none: pictures as prediction sees them";
    let label = ui.label("Augment").on_hover_text(tooltip);
    egui::ComboBox::from_id_salt("augment")
        .selected_text(augmentation_name(variety.augment))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for augmentation in AUGMENTATIONS {
                let name = augmentation_name(augmentation);
                ui.selectable_value(&mut variety.augment, augmentation, name);
            }
        })
        .response
        .on_hover_text(tooltip)
        .labelled_by(label.id);
    ui.end_row();
    let value = egui::DragValue::new(&mut variety.erasing).range(0.0..=1.0);
    number_ui(
        ui,
        (
            "Erasing",
            "Probability that a rectangle of a varied picture is painted over",
        ),
        or_word(value.speed(0.01), ("off", 0.0), ""),
    );
    let value = egui::DragValue::new(&mut variety.mixup).range(0.0..=10.0);
    number_ui(
        ui,
        (
            "Mixup",
            "Stage 2 blends pictures of a batch and their classes; 0.2 is usual, more blends more",
        ),
        or_word(value.speed(0.01), ("off", 0.0), ""),
    );
    let value = egui::DragValue::new(&mut variety.looks).range(0..=100);
    number_ui(
        ui,
        (
            "Looks",
            "Varied looks at each picture that stage 1 learns from in turn; off: pictures as prediction sees them",
        ),
        or_word(value.speed(0.1), ("off", 0.0), " a picture"),
    );
    let tooltip = "Rare classes count more, so that all classes count the same";
    let label = ui.label("Balance").on_hover_text(tooltip);
    ui.checkbox(&mut variety.balance, "classes")
        .on_hover_text(tooltip)
        .labelled_by(label.id);
    ui.end_row();
}
