//! The loupe: one image as large as the page, its scene as a filmstrip below.

use eframe::egui::{self, FontId, Rect, Sense, Vec2, WidgetInfo};
use egui_material_icons::icons;

use super::crop_box_ui::{CropDrag, CropView};
use super::crop_words::{crop_text, proposal_text};
use super::facets::decision_word;
use super::filmstrip::strip_ui;
use crate::catalog::{CharacterCrop, ChosenCrop, CropOrigin, Edit, ImageId, ImageRecord};
use crate::character::Proposal;
use crate::ui::context::ViewCtx;
use crate::ui::failure::capitalized;
use crate::ui::keys::{self, Shortcut};
use crate::ui::textures::Texture;
use crate::ui::theme;
use crate::ui::widgets::image_ui;
use crate::ui::widgets::zoom::Zoom;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loupe {
    zoom: Zoom,
    crop: CropDrag,
    /// The keys are shown once.
    has_told_keys: bool,
}

impl Loupe {
    pub fn toggle_one_to_one(&mut self) {
        self.zoom.toggle_one_to_one();
    }

    pub fn show_one_to_one(&mut self) {
        self.zoom.show_one_to_one();
    }

    /// Returns the image of the filmstrip that was clicked. `next` is loaded ahead.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        (image, proposal): (&ImageRecord, Option<&Proposal>),
        next: Option<&ImageRecord>,
        ctx: &mut ViewCtx<'_>,
    ) -> Option<ImageId> {
        let clicked = strip_ui(ui, image, ctx);
        let area = ui.available_rect_before_wrap();
        // What is cut off is seen, too, so that the box can be corrected.
        let rect = self.image_ui(ui, area, &image.whole(), ctx);
        self.crop_ui(ui, (rect, area), (image, proposal), ctx);
        if let Some(next) = next {
            ctx.textures.full_of(&next.whole());
        }
        clicked
    }

    /// The box that the image is cropped to, or could be; nothing without one.
    fn crop_ui(
        &mut self,
        ui: &mut egui::Ui,
        places: (Rect, Rect),
        (image, proposal): (&ImageRecord, Option<&Proposal>),
        ctx: &mut ViewCtx<'_>,
    ) {
        let (crop, text) = match (image.character, proposal) {
            (Some(crop), _) => (
                crop,
                format!("{} · Backspace shows it whole", crop_text(crop)),
            ),
            (None, Some(proposal)) => (
                proposal.crop,
                format!("{} · C accepts", proposal_text(proposal)),
            ),
            (None, None) => return,
        };
        let view = CropView {
            image,
            part: crop.part,
            is_accepted: image.character.is_some(),
            text: &text,
            moves: self.zoom.is_fitted(),
        };
        if let Some(part) = self.crop.ui(ui, places, &view) {
            let by = CropOrigin::Hand;
            ctx.edit(Edit::SetCharacterCrop {
                images: vec![ChosenCrop {
                    image: image.id,
                    crop: Some(CharacterCrop { part, by }),
                }],
            });
        }
    }

    /// Returns where the image lies.
    fn image_ui(
        &mut self,
        ui: &mut egui::Ui,
        area: Rect,
        image: &ImageRecord,
        ctx: &mut ViewCtx<'_>,
    ) -> Rect {
        let palette = theme::palette(ui);
        let response = ui.allocate_rect(area, Sense::DRAG);
        let size = image_ui::size_of(image);
        self.zoom.follow(ui, &response, (area, size));
        let rect = self.zoom.place(area, size, ui.pixels_per_point());
        let painter = ui.painter_at(area);
        // The thumbnail stands in until the whole image is there.
        let full = ctx.textures.full_of(image);
        if !matches!(full, Texture::Ready { opacity, .. } if opacity >= 1.0) {
            let thumbnail = ctx.textures.thumbnail_of(image);
            image_ui::paint_texture(&painter, palette, rect, &thumbnail);
        }
        match &full {
            Texture::Loading => {}
            Texture::Ready { .. } => image_ui::paint_texture(&painter, palette, rect, &full),
            // The thumbnail says more than a grey box, if there is one.
            Texture::Failed { .. } => {
                let corner = area.right_top() + egui::vec2(-theme::GAP_HUGE, theme::GAP_SMALL);
                let colors = (palette.panel, palette.error);
                image_ui::paint_badge(&painter, corner, icons::ICON_BROKEN_IMAGE, colors);
            }
        }
        if let Texture::Failed { reason, .. } = &full {
            image_ui::caption_ui(ui, area, &capitalized(reason));
        } else if !self.has_told_keys {
            image_ui::caption_ui(ui, area, &keys_text(ui));
            self.has_told_keys = ui.input(|input| {
                input
                    .events
                    .iter()
                    .any(|event| matches!(event, egui::Event::Key { pressed: true, .. }))
            });
        }
        response.widget_info(|| {
            let missing = if full.is_missing() {
                ", file missing"
            } else {
                ""
            };
            let decision = decision_word(image.decision);
            let text = format!("Loupe: {} {decision}{missing}", image.origin);
            WidgetInfo::labeled(egui::Role::Image, true, text)
        });
        decision_ui(&painter, palette, area, image);
        rect
    }
}

/// What the keys do here, said once.
fn keys_text(ui: &egui::Ui) -> String {
    let key = |shortcut| keys::name(ui, shortcut);
    format!(
        "{} reject · {} keep · {} clear decision · 1–9 class · {} crop to the character · Shift whole scene · Wheel zoom · {} 1:1 · Escape back · ? all keys",
        key(Shortcut::CullReject),
        key(Shortcut::CullKeep),
        key(Shortcut::CullClear),
        key(Shortcut::CullCrop),
        key(Shortcut::CullOneToOne),
    )
}

/// The decision in words and color at the upper left corner, and the edge below the image.
fn decision_ui(painter: &egui::Painter, palette: &theme::Palette, area: Rect, image: &ImageRecord) {
    let galley = painter.layout_no_wrap(
        decision_word(image.decision).to_owned(),
        FontId::new(theme::TEXT_BODY, theme::semibold()),
        palette.decision(image.decision),
    );
    let tag = Rect::from_min_size(
        area.min + Vec2::splat(theme::GAP_SMALL),
        galley.size() + Vec2::splat(theme::GAP_SMALL),
    );
    painter.rect_filled(tag, theme::RADIUS, palette.panel.gamma_multiply(0.9));
    painter.galley(tag.min + Vec2::splat(theme::GAP_TINY), galley, palette.text);
}
