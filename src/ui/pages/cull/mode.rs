//! What Cull shows: the images themselves, the review of what the checks found, or an overview.

use eframe::egui;

use crate::ui::{number, theme};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Images,
    Review,
    Overview,
    Map,
}

impl Mode {
    const ALL: [Self; 4] = [Self::Images, Self::Review, Self::Overview, Self::Map];

    fn title(self) -> &'static str {
        match self {
            Self::Images => "Images",
            Self::Review => "Review",
            Self::Overview => "Table",
            Self::Map => "Map",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Images => "All images, filtered and ordered",
            Self::Review => "What the checks found, kind by kind",
            Self::Overview => "How many images of each class come from each source",
            Self::Map => "What a network sees: similar images near each other",
        }
    }
}

/// On top of the left panel, in equal parts of its width. `open`: findings that nobody has decided on.
pub fn mode_ui(ui: &mut egui::Ui, mode: &mut Mode, open: usize) {
    ui.scope(|ui| {
        ui.spacing_mut().button_padding.x = theme::GAP_TINY;
        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
        ui.columns(Mode::ALL.len(), |columns| {
            for (ui, each) in columns.iter_mut().zip(Mode::ALL) {
                let size = egui::vec2(ui.available_width(), ui.spacing().interact_size.y);
                let button = egui::Button::selectable(*mode == each, theme::small(each.title()))
                    .frame_when_inactive(true);
                let response = ui.add_sized(size, button.wrap_mode(egui::TextWrapMode::Extend));
                let help = match each {
                    Mode::Review if open > 0 => {
                        format!("{}: {} open", each.help(), number::count(open))
                    }
                    Mode::Images | Mode::Review | Mode::Overview | Mode::Map => {
                        each.help().to_owned()
                    }
                };
                if response.on_hover_text(help).clicked() {
                    *mode = each;
                }
            }
        });
    });
    ui.add_space(theme::GAP_SMALL);
}
