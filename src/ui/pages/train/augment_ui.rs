//! How training images are varied and classes weighed: rows of the form, under Expert.

use eframe::egui;

use super::form::TrainForm;
use super::rows_ui::{Caption, edit_open, edit_optional, number_ui};
use crate::dataset::augmented_view::Augmentation;
use crate::run::balance::Balance;
use crate::run::config::TrainConfig;
use crate::ui::widgets::number_field::NumberField;

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

pub fn augment_ui(ui: &mut egui::Ui, form: &mut TrainForm) {
    let shown = form.shown_1();
    let help = TrainConfig::help;
    edit_open(&mut form.stage_1.augment, shown.augment, |augmentation| {
        augmentation_ui(ui, augmentation);
    });
    edit_open(&mut form.stage_1.erasing, shown.erasing, |erasing| {
        let value = NumberField::new(erasing, 0.0..=1.0);
        number_ui(
            ui,
            Caption {
                name: "Erasing",
                tooltip: help("erasing"),
            },
            value.speed(0.01).or_word("off", 0.0),
        );
    });
    edit_optional(&mut form.stage_2.mixup, |alpha| {
        let value = NumberField::new(alpha, 0.0..=10.0);
        number_ui(
            ui,
            Caption {
                name: "Mixup",
                tooltip: help("mixup"),
            },
            value.speed(0.01).or_word("off", 0.0),
        );
    });
    edit_open(&mut form.stage_1.views, shown.views, |views| {
        let value = NumberField::new(views, 0..=100);
        number_ui(
            ui,
            Caption {
                name: "Views",
                tooltip: help("views"),
            },
            value.speed(0.1).or_word("off", 0.0).unit(" an image"),
        );
    });
    balance_ui(ui, &mut form.stage_1.balance);
}

fn balance_ui(ui: &mut egui::Ui, chosen: &mut Balance) {
    let tooltip = "What counts the same in training, however many images it has: images of what has few count more in the loss";
    let label = ui.label("Balance").on_hover_text(tooltip);
    egui::ComboBox::from_id_salt("balance")
        .selected_text(chosen.title())
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for balance in Balance::ALL {
                ui.selectable_value(chosen, balance, balance.title());
            }
        })
        .response
        .on_hover_text(tooltip)
        .labelled_by(label.id);
    ui.end_row();
}

fn augmentation_ui(ui: &mut egui::Ui, chosen: &mut Augmentation) {
    let tooltip = "fastai: flips, turns, zooms, stretches and lights a little. trivial: flips, zooms and does one thing of any strength (TrivialAugment). none: images as prediction sees them";
    let label = ui.label("Augment").on_hover_text(tooltip);
    egui::ComboBox::from_id_salt("augment")
        .selected_text(augmentation_name(*chosen))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for augmentation in AUGMENTATIONS {
                let name = augmentation_name(augmentation);
                ui.selectable_value(chosen, augmentation, name);
            }
        })
        .response
        .on_hover_text(tooltip)
        .labelled_by(label.id);
    ui.end_row();
}
