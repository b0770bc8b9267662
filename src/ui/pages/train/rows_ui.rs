//! Rows of the form: a name on the left, what can be changed on the right.

use eframe::egui::{self, vec2};

use super::form::RATES;
use crate::run::RunLog;
use crate::ui::widgets::number_field::NumberField;
use crate::ui::{number, theme};

/// "Learning rate", the longest name.
const NAME_WIDTH: f32 = 88.0;

pub fn grid(ui: &mut egui::Ui, salt: &'static str, rows: impl FnOnce(&mut egui::Ui)) {
    egui::Grid::new(salt)
        .num_columns(2)
        .spacing([theme::GAP_SMALL, theme::GAP_TINY])
        .min_col_width(NAME_WIDTH)
        .show(ui, rows);
}

/// What stands on the left of a row.
#[derive(Clone, Copy)]
pub struct Caption<'a> {
    pub name: &'a str,
    pub tooltip: &'a str,
}

pub fn number_ui(ui: &mut egui::Ui, caption: Caption<'_>, value: NumberField<'_>) {
    let Caption { name, tooltip } = caption;
    let label = ui.label(name).on_hover_text(tooltip);
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    value
        .ui(ui, Some(size))
        .on_hover_text(tooltip)
        .labelled_by(label.id);
    ui.end_row();
}

/// Edits a number that the preset fills in while it is open: `shown` is what that gives.
pub fn edit_open<T: Copy + PartialEq>(
    value: &mut Option<T>,
    shown: Option<T>,
    edit: impl FnOnce(&mut T),
) {
    let Some(shown) = shown.or(*value) else {
        return;
    };
    let mut edited = shown;
    edit(&mut edited);
    if edited != shown {
        *value = Some(edited);
    }
}

/// Edits a number that may be missing, which is shown as zero ([`NumberField::or_word`] gives that a name).
pub fn edit_optional<T: Copy + Default + PartialEq>(
    value: &mut Option<T>,
    edit: impl FnOnce(&mut T),
) {
    let mut edited = value.unwrap_or_default();
    edit(&mut edited);
    *value = (edited != T::default()).then_some(edited);
}

/// Dragging multiplies: a rate of 1e-5 and one of 1e-2 are equally easy to move.
pub fn rate_value(rate: &mut f64) -> NumberField<'_> {
    let speed = *rate * 0.02;
    NumberField::new(rate, RATES)
        .speed(speed)
        .text(number::rate)
}

/// The name of a row of runs, and what its run is if none is chosen.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub name: &'a str,
    pub otherwise: &'a str,
}

/// The run to start from; `otherwise` names what is taken without one.
pub fn origin_ui(
    ui: &mut egui::Ui,
    Origin { name, otherwise }: Origin<'_>,
    candidates: &[&RunLog],
    chosen: &mut Option<String>,
) {
    let label = ui.label(name);
    let text = chosen.as_deref().map_or(otherwise, short_id).to_owned();
    egui::ComboBox::from_id_salt(("origin", otherwise))
        .selected_text(text)
        .width(ui.available_width())
        .truncate()
        .show_ui(ui, |ui| {
            ui.selectable_value(chosen, None, otherwise);
            for run in candidates.iter().rev() {
                let accuracy = run.best_accuracy().unwrap_or_default();
                let text = format!("{}  {}", run.info.id, number::percent(accuracy));
                let text = run.with_caveats(text);
                ui.selectable_value(chosen, Some(run.info.id.clone()), text);
            }
        })
        .response
        .labelled_by(label.id);
    ui.end_row();
}

/// `20261123-231500-s1` without its year, to fit a narrow box.
fn short_id(id: &str) -> &str {
    id.get(4..).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_touches_stays_open() {
        let mut lr = None;
        edit_open(&mut lr, Some(1e-2), |_| {});
        assert_eq!(lr, None);
        edit_open(&mut lr, Some(1e-2), |lr| *lr = 2e-2);
        assert_eq!(lr, Some(2e-2));
    }

    #[test]
    fn zero_is_off() {
        let mut batch = None;
        edit_optional(&mut batch, |batch| *batch = 16_u32);
        assert_eq!(batch, Some(16));
        edit_optional(&mut batch, |batch| *batch = 0);
        assert_eq!(batch, None);
    }
}
