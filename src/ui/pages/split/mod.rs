//! The split page: whole scenes go to training or to validation, by eye and by hand.
//!
//! The top says what the split amounts to, the middle is the films as timelines of scene blocks, the bottom is the
//! scene under the cursor, frame by frame.

mod balance;
mod block_ui;
mod blocks;
mod class_bars;
mod cursor;
mod film_ui;
mod filmstrip;
mod honesty_ui;
mod keys;
mod layout;
mod leaks_ui;
mod links_ui;
mod meters;
mod model;
mod problems_ui;
mod singles;
mod timeline;
mod twins_ui;
mod view;

use eframe::egui;

use crate::dataset::split::SingleImages;
use crate::ui::context::ViewCtx;
use crate::ui::page::Page;
use crate::ui::theme;
use crate::ui::widgets::empty::{Empty, empty_ui};

use balance::SuggestForm;
use cursor::Cursor;
use links_ui::SceneLinks;
use meters::Meters;
use model::SplitModel;
use timeline::Timelines;
use twins_ui::TwinWatch;
use view::View;

/// What the page remembers between frames; the split itself is in the catalog.
#[derive(Default)]
pub struct SplitPage {
    model: SplitModel,
    suggest: SuggestForm,
    cursor: Cursor,
    timelines: Timelines,
    twins: TwinWatch,
    meters: Meters,
    links: SceneLinks,
    view: View,
}

impl SplitPage {
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        self.model.follow(ctx.session.snapshot());
        self.twins.follow(ctx, &self.model);
        self.meters.follow(ctx, &self.model);
        self.links.follow(ctx);
        if self.model.films.is_empty() {
            egui::CentralPanel::default()
                .frame(theme::canvas_frame(ui))
                .show(ui, |ui| {
                    if self.model.singles == SingleImages::default() {
                        empty_page_ui(ui, ctx);
                    } else {
                        let parts = (&mut self.suggest, &mut self.meters.radar);
                        singles::singles_ui(ui, ctx, &self.model, parts);
                    }
                });
            return;
        }
        // A film can be imported again with other scenes while the cursor is on one that is gone.
        if self
            .cursor
            .scene
            .is_none_or(|scene| self.model.place_of(scene).is_none())
        {
            self.cursor = Cursor {
                scene: self
                    .model
                    .films
                    .first()
                    .and_then(|film| Some(film.blocks.first()?.id)),
                ..Cursor::default()
            };
        }
        egui::Panel::top("split balance")
            .frame(theme::panel_frame(ui))
            .show(ui, |ui| {
                let of_page = (&mut self.suggest, &mut self.view, &mut self.meters);
                let jump = balance::balance_ui(ui, ctx, &self.model, of_page);
                if let Some(scene) = jump {
                    let place = self.model.place_of(scene);
                    if let Some(film) = place.and_then(|place| self.model.films.get(place.film)) {
                        self.view.reveal(film);
                    }
                    self.cursor.move_to(scene, false);
                    self.timelines.reveal(scene);
                }
            });
        egui::Panel::bottom("split filmstrip")
            .frame(theme::panel_frame(ui))
            .exact_size(filmstrip::HEIGHT)
            .show(ui, |ui| {
                let shown = (&self.cursor, &self.links);
                let jump = filmstrip::filmstrip_ui(ui, ctx, &self.model, shown);
                if let Some(scene) = jump {
                    self.cursor.move_to(scene, false);
                    self.timelines.reveal(scene);
                }
            });
        egui::CentralPanel::default()
            .frame(theme::canvas_frame(ui))
            .show(ui, |ui| {
                let moved = (&mut self.cursor, &mut self.view);
                self.timelines.ui(ui, ctx, &self.model, moved);
            });
    }
}

fn empty_page_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
    let empty = Empty {
        icon: egui_material_icons::icons::ICON_CALL_SPLIT,
        title: "No scenes yet",
        text: "Scenes come from films. Bring one in, then choose here which scenes the model is tested on.",
        button: Some("Go to Collect"),
    };
    if empty_ui(ui, &empty) {
        ctx.go(Page::Collect);
    }
}
