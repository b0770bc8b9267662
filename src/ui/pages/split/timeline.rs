//! The films as timelines of scene blocks; only what is in view is laid out, loaded and painted.

use eframe::egui;

use super::cursor::Cursor;
use super::film_ui::{FilmView, film_ui};
use super::keys::take_keys;
use super::layout::{HEADER_HEIGHT, Layout};
use super::links_ui::take_link_keys;
use super::model::SplitModel;
use super::view::View;
use crate::catalog::SceneId;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::scrolled::scrolled_ui;

#[derive(Default)]
pub struct Timelines {
    layout: Layout,
    /// Scrolled to in the next frame.
    reveal: Option<SceneId>,
}

impl Timelines {
    pub fn reveal(&mut self, scene: SceneId) {
        self.reveal = Some(scene);
    }

    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        model: &SplitModel,
        (cursor, view): (&mut Cursor, &mut View),
    ) {
        let width = ui.available_width() - ui.spacing().scroll.allocated_width();
        let version = ctx.snapshot().version;
        self.layout.follow(model, view, version, width);
        take_link_keys(ui, ctx, model, cursor);
        let moved_to = take_keys(ui, ctx, (model, &self.layout), cursor);
        let reveal = self.reveal.take().or(moved_to).and_then(|scene| {
            let place = model.place_of(scene)?;
            self.layout.films.get(place.film)?.block_rect(place.block)
        });
        if self.layout.films.iter().all(|film| !film.is_shown) {
            let text = "No film has this in its name or its class.";
            ui.label(egui::RichText::new(text).color(theme::palette(ui).text_weak));
            return;
        }
        let height = self.layout.height();
        scrolled_ui(
            ui,
            egui::ScrollArea::vertical()
                .id_salt("split timelines")
                .auto_shrink(false),
            |ui, viewport| {
                ui.set_height(height);
                let origin = ui.min_rect().min.to_vec2();
                if let Some(rect) = reveal {
                    // With the header of its film, so that one sees where one landed.
                    let rect = rect
                        .with_min_y(rect.top() - HEADER_HEIGHT)
                        .translate(origin);
                    ui.scroll_to_rect_animation(rect, None, egui::style::ScrollAnimation::none());
                }
                for (index, film) in model.films.iter().enumerate() {
                    let Some(layout) = self.layout.films.get(index) else {
                        break;
                    };
                    let is_visible = layout.is_shown
                        && layout.top < viewport.bottom()
                        && layout.top + layout.height() > viewport.top();
                    if is_visible {
                        let of_film = FilmView {
                            film,
                            index,
                            layout,
                            model,
                            origin,
                            viewport,
                        };
                        film_ui(ui, ctx, &of_film, (cursor, view));
                    }
                }
            },
        );
    }
}
