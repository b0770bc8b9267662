//! "What's new": the changelog as a sheet over the window, and how much of it a person has not seen yet.

use eframe::egui::text::LayoutJob;
use eframe::egui::{self, CollapsingHeader, FontId, Id, TextFormat};

use super::changelog::{Block, Part, Section, Span, newer, sections, spans};
use super::theme;

/// Of the sheet, around its text.
const HEAD_AND_FOOT: f32 = 108.0;
/// Of a point's dot.
const INDENT: f32 = 16.0;

pub struct WhatsNew {
    sections: Vec<Section>,
    is_open: bool,
}

impl Default for WhatsNew {
    fn default() -> Self {
        Self {
            sections: sections(),
            is_open: false,
        }
    }
}

impl WhatsNew {
    /// What is remembered once all of it was seen.
    pub fn newest(&self) -> Option<&str> {
        Some(self.sections.first()?.heading.as_str())
    }

    /// Points that are newer than the section of that heading.
    pub fn unseen(&self, seen: Option<&str>) -> usize {
        newer(&self.sections, seen)
            .iter()
            .map(Section::points)
            .sum()
    }

    pub fn open(&mut self) {
        self.is_open = true;
    }

    /// Draws the sheet if it is open; Escape or a click beside it closes it.
    pub fn ui(&mut self, ctx: &egui::Context) {
        if !self.is_open {
            return;
        }
        let frame = egui::Frame::window(&ctx.global_style());
        let modal = egui::Modal::new(Id::unique("whats-new")).frame(frame);
        let modal = modal.show(ctx, |ui| {
            let screen = ui.ctx().content_rect().size() - egui::Vec2::splat(2.5 * theme::GAP_HUGE);
            ui.set_width(theme::NEWS_WIDTH.min(screen.x));
            ui.label(theme::title("What's new"));
            ui.add_space(theme::GAP_SMALL);
            let height = (screen.y - HEAD_AND_FOOT).max(0.0);
            egui::ScrollArea::vertical()
                .max_height(height)
                .min_scrolled_height(height)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    // The bar of the scroll area lies over its edge.
                    ui.set_max_width(ui.available_width() - theme::GAP_LARGE);
                    for (place, section) in self.sections.iter().enumerate() {
                        section_ui(ui, section, place == 0);
                    }
                });
            if ui.button("Close").clicked() {
                ui.close();
            }
        });
        if modal.should_close() {
            self.is_open = false;
        }
    }
}

/// `is_open`: at first; the person folds and unfolds it.
fn section_ui(ui: &mut egui::Ui, section: &Section, is_open: bool) {
    CollapsingHeader::new(theme::strong(&section.heading))
        .id_salt(&section.heading)
        .default_open(is_open)
        .show_unindented(ui, |ui| {
            for part in &section.parts {
                part_ui(ui, part, is_open);
            }
            ui.add_space(theme::GAP_SMALL);
        });
}

fn part_ui(ui: &mut egui::Ui, part: &Part, is_open: bool) {
    if part.heading.is_empty() {
        part.blocks.iter().for_each(|block| block_ui(ui, block));
        return;
    }
    let points = super::number::count(part.blocks.len());
    CollapsingHeader::new(format!("{} ({points})", part.heading))
        .id_salt(&part.heading)
        .default_open(is_open)
        .show(ui, |ui| {
            part.blocks.iter().for_each(|block| block_ui(ui, block));
        });
}

fn block_ui(ui: &mut egui::Ui, block: &Block) {
    match block {
        Block::Paragraph(text) => {
            ui.label(layout(ui, text));
        }
        Block::Point(text) => {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let dot = egui::vec2(INDENT, ui.spacing().interact_size.y);
                ui.allocate_ui(dot, |ui| {
                    ui.set_min_width(INDENT);
                    ui.label("•");
                });
                ui.add(egui::Label::new(layout(ui, text)).wrap());
            });
        }
    }
}

fn layout(ui: &egui::Ui, text: &str) -> LayoutJob {
    let palette = theme::palette(ui);
    let body = |span: &str, family| {
        let format = TextFormat {
            font_id: FontId::new(theme::TEXT_BODY, family),
            color: palette.text,
            ..TextFormat::default()
        };
        (span.to_owned(), format)
    };
    let mut job = LayoutJob::default();
    for span in spans(text) {
        let (text, format) = match span {
            Span::Plain(text) => body(text, egui::FontFamily::Proportional),
            Span::Strong(text) | Span::Emphasis(text) => body(text, theme::semibold()),
            Span::Code(text) => {
                let format = TextFormat {
                    font_id: FontId::monospace(theme::TEXT_SMALL),
                    color: palette.text,
                    background: palette.raised,
                    ..TextFormat::default()
                };
                (text.to_owned(), format)
            }
        };
        job.append(&text, 0.0, format);
    }
    job
}
