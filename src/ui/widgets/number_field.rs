//! A number that is dragged or typed. Escape takes back what was typed; what is no number, or not one that can be, is
//! refused with the reason instead of guessed at.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use eframe::egui::{self, DragValue, Response, Vec2, emath::Numeric};

use crate::ui::theme;

/// How a value is written in the field; [`read`] understands what it writes.
#[derive(Clone, Copy)]
struct Style {
    text: Option<fn(f64) -> String>,
    /// Stands for one value.
    word: Option<(&'static str, f64)>,
    /// With the space before it.
    unit: &'static str,
}

impl Style {
    fn write(self, value: f64) -> String {
        match (self.word, self.text) {
            (Some((word, at)), _) if value == at => word.to_owned(),
            (_, Some(text)) => text(value),
            (_, None) => format!("{}{}", (value * 1e4).round() / 1e4, self.unit),
        }
    }
}

pub struct NumberField<'a> {
    drag: DragValue<'a>,
    value: f64,
    range: RangeInclusive<f64>,
    is_whole: bool,
    style: Style,
}

impl<'a> NumberField<'a> {
    pub fn new<Num: Numeric>(value: &'a mut Num, range: RangeInclusive<Num>) -> Self {
        Self {
            value: value.to_f64(),
            range: range.start().to_f64()..=range.end().to_f64(),
            drag: DragValue::new(value)
                .range(range)
                .update_while_editing(false),
            is_whole: Num::INTEGRAL,
            style: Style {
                text: None,
                word: None,
                unit: "",
            },
        }
    }

    /// Change a point of dragging.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Self {
        self.drag = self.drag.speed(speed);
        self
    }

    /// Says `word` where the value is `at`, and takes that word for it.
    #[must_use]
    pub fn or_word(mut self, word: &'static str, at: f64) -> Self {
        self.style.word = Some((word, at));
        self
    }

    /// `unit`: with the space before it.
    #[must_use]
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.style.unit = unit;
        self
    }

    #[must_use]
    pub fn text(mut self, text: fn(f64) -> String) -> Self {
        self.style.text = Some(text);
        self
    }

    /// `size`: `None` for the usual one. The reason why something was refused stands below until the field is used again.
    pub fn ui(self, ui: &mut egui::Ui, size: Option<Vec2>) -> Response {
        let Self {
            drag,
            value,
            range,
            is_whole,
            style,
        } = self;
        let is_taken_back = was_escape_pressed(ui);
        let refused: RefCell<Option<String>> = RefCell::new(None);
        let drag = drag
            .max_decimals(4)
            .custom_formatter(move |value, _| style.write(value))
            .custom_parser(|text| {
                // What is shown may be rounded; to leave the field does not round the value. An emptied one keeps it.
                if is_taken_back || text.trim().is_empty() || text == style.write(value) {
                    return None;
                }
                match read(text, &range, is_whole, style) {
                    Ok(value) => Some(value),
                    Err(reason) => {
                        refused.replace(Some(reason));
                        None
                    }
                }
            });
        let field = |ui: &mut egui::Ui| {
            let response = match size {
                Some(size) => ui.add_sized(size, drag),
                None => ui.add(drag),
            };
            let id = response.id.with("refused");
            let reason = refused.take();
            // Asked outside of the closure, in which the context is locked.
            let is_used = response.gained_focus() || response.changed() || response.dragged();
            ui.data_mut(|data| {
                if let Some(reason) = reason {
                    data.insert_temp(id, reason);
                } else if is_used {
                    data.remove::<String>(id);
                }
            });
            if let Some(reason) = ui.data(|data| data.get_temp::<String>(id)) {
                let color = theme::palette(ui).error;
                let text = theme::small(reason).color(color);
                ui.add(egui::Label::new(text).wrap());
            }
            response
        };
        if size.is_some() {
            ui.vertical(field).inner
        } else {
            // In a line with others: a column of its own would hang from the line's upper edge.
            field(ui)
        }
    }
}

/// In this pass or in one of the two before: so long egui takes the field for just left, and would parse what was typed.
fn was_escape_pressed(ui: &egui::Ui) -> bool {
    let id = egui::Id::unique("number fields' escape");
    let pass = ui.ctx().cumulative_pass_nr();
    let is_pressed = ui.input(|input| input.key_pressed(egui::Key::Escape));
    ui.data_mut(|data| {
        if is_pressed {
            data.insert_temp(id, pass);
        }
        data.get_temp::<u64>(id)
            .is_some_and(|pressed| pass <= pressed + 2)
    })
}

/// A comma is a decimal point, as half of the world writes it, where it can be nothing else.
fn read(
    text: &str,
    range: &RangeInclusive<f64>,
    is_whole: bool,
    style: Style,
) -> Result<f64, String> {
    let typed = text.trim();
    if let Some((word, at)) = style.word
        && typed == word
    {
        return Ok(at);
    }
    let number = typed
        .strip_suffix(style.unit.trim())
        .unwrap_or(typed)
        .trim();
    let no_number = || format!("“{typed}” is no number");
    if is_whole && number.contains([',', '.']) {
        return Err(format!("“{typed}” is no whole number"));
    }
    let plain = match number.split_once(',') {
        Some((_, rest)) if rest.contains([',', '.']) || number.starts_with(',') => {
            return Err(no_number());
        }
        Some((whole, part)) if whole.contains('.') => {
            return Err(format!("“{whole},{part}” can be read in two ways"));
        }
        Some((whole, part)) => format!("{whole}.{part}"),
        None => number.to_owned(),
    };
    let value: f64 = plain
        .replace('−', "-")
        .parse()
        .map_err(|_no_float| no_number())?;
    if !value.is_finite() {
        return Err(no_number());
    }
    let (least, most) = (style.write(*range.start()), style.write(*range.end()));
    if !range.contains(&value) {
        return Err(format!("“{typed}” is not between {least} and {most}"));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style {
        text: None,
        word: None,
        unit: "",
    };

    #[test]
    fn what_is_no_number_is_refused_and_not_guessed_at() {
        let rate = |text| read(text, &(1e-7..=1.0), false, PLAIN);
        assert_eq!(rate(" 3e-3 "), Ok(3e-3));
        assert_eq!(rate("0,001"), Ok(1e-3));
        assert_eq!(rate("0.5abc"), Err("“0.5abc” is no number".to_owned()));
        for text in [
            "", "abc", "1,000,0", "0,1.2", ",5", "nan", "inf", "0.1,2", "1 2",
        ] {
            assert!(rate(text).is_err(), "{text}");
        }
        assert_eq!(
            rate("5"),
            Err("“5” is not between 0 and 1".to_owned()),
            "not made the highest rate there is"
        );
    }

    #[test]
    fn whole_numbers_words_and_units_are_understood() {
        let style = Style {
            word: Some(("off", 0.0)),
            unit: " epochs",
            ..PLAIN
        };
        let epochs = |text| read(text, &(0.0..=200.0), true, style);
        assert_eq!(epochs("off"), Ok(0.0));
        assert_eq!(epochs("12 epochs"), Ok(12.0));
        assert_eq!(epochs("12"), Ok(12.0));
        assert!(epochs("1,5").is_err() && epochs("off 3").is_err());
        for value in [0.0, 12.0] {
            let written = style.write(value);
            assert_eq!(read(&written, &(0.0..=200.0), true, style), Ok(value));
        }
    }
}
