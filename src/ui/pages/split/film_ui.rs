//! One film of the timelines: its header, which folds it, and the scene blocks of it that are in view.

use eframe::egui::{self, Rect, Role, Sense, UiBuilder, WidgetInfo, pos2, vec2};
use egui_material_icons::icons::{ICON_KEYBOARD_ARROW_DOWN, ICON_KEYBOARD_ARROW_RIGHT};

use super::block_ui::{self, BlockState};
use super::cursor::Cursor;
use super::layout::{FilmLayout, HEADER_HEIGHT};
use super::links_ui;
use super::model::{BlockPosition, Film, SplitModel};
use super::view::View;
use crate::catalog::{Edit, SceneId};
use crate::ui::context::ViewCtx;
use crate::ui::widgets::name::name_ui;
use crate::ui::{number, theme};

/// Class and numbers of a film, beside its name.
const BESIDE_NAME: f32 = 360.0;

/// All `scenes` to the side that the scene at `place` is not on.
pub fn toggle(
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    scenes: Vec<SceneId>,
    place: BlockPosition,
) {
    if let Some(block) = model.block(place) {
        let side = block.side.other();
        ctx.edit(Edit::SetSide { scenes, side });
    }
}

pub struct FilmView<'a> {
    pub film: &'a Film,
    pub index: usize,
    pub layout: &'a FilmLayout,
    pub model: &'a SplitModel,
    pub origin: egui::Vec2,
    pub viewport: Rect,
}

pub fn film_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    view: &FilmView<'_>,
    (cursor, seen): (&mut Cursor, &mut View),
) {
    let header = Rect::from_min_size(
        pos2(0.0, view.layout.top),
        vec2(ui.available_width(), HEADER_HEIGHT),
    );
    header_ui(ui, header.translate(view.origin), view, seen);
    let selection = cursor.selection(view.model);
    let mut states = Vec::new();
    for (line_number, line) in view.layout.lines.iter().enumerate() {
        let top = view.layout.line_top(line_number);
        if top > view.viewport.bottom() || top + block_ui::HEIGHT < view.viewport.top() {
            continue;
        }
        for (block_index, (left, width)) in line.blocks.clone().zip(&line.spans) {
            let Some(block) = view.film.blocks.get(block_index) else {
                continue;
            };
            let rect = Rect::from_min_size(pos2(*left, top), vec2(*width, block_ui::HEIGHT));
            let state = BlockState {
                block,
                rect: rect.translate(view.origin),
                is_cursor: cursor.scene == Some(block.id),
                is_selected: selection.len() > 1 && selection.contains(&block.id),
                is_random: view.model.random_fraction.is_some(),
            };
            let response = block_ui::interact(ui, &state);
            // The focus follows an arrow onto the cursor's own block; a range stays then.
            if response.gained_focus() && cursor.scene != Some(block.id) {
                cursor.move_to(block.id, false);
            }
            link_by_drag(ui, ctx, &state, &response);
            if response.clicked() {
                let place = BlockPosition {
                    film: view.index,
                    block: block_index,
                };
                click(ui, ctx, view.model, cursor, place);
            }
            states.push((state, response));
        }
    }
    block_ui::paint(ui, ctx, &states);
    for (state, response) in states {
        block_ui::hover_filmstrip(ctx, &state, response);
    }
}

/// A block dropped onto another one is linked with it.
fn link_by_drag(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    state: &BlockState<'_>,
    response: &egui::Response,
) {
    let own = state.block.id;
    response.dnd_set_drag_payload(own);
    let hovering = response.dnd_hover_payload::<SceneId>();
    if hovering.is_some_and(|dragged| *dragged != own) {
        links_ui::paint_target(ui, state.rect);
    }
    let dropped = response.dnd_release_payload::<SceneId>();
    if let Some(dragged) = dropped.filter(|dragged| **dragged != own) {
        ctx.edit(links_ui::link_of(&[*dragged, own]));
    }
}

/// A click sends the scene to the other side; with Ctrl it is picked; with Shift everything from the last one on gets that one's side.
fn click(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    cursor: &mut Cursor,
    place: BlockPosition,
) {
    let Some(block) = model.block(place) else {
        return;
    };
    let from = cursor.scene.and_then(|scene| model.place_of(scene));
    let modifiers = ui.input(|input| input.modifiers);
    match from {
        _ if modifiers.command => cursor.pick(block.id, model),
        Some(from) if modifiers.shift && from != place => {
            if let Some(first) = model.block(from) {
                let scenes = model.range(from, place);
                let side = first.side;
                ctx.edit(Edit::SetSide { scenes, side });
            }
            cursor.move_to(block.id, true);
        }
        _ => {
            toggle(ctx, model, vec![block.id], place);
            cursor.move_to(block.id, false);
        }
    }
}

fn header_ui(ui: &mut egui::Ui, rect: Rect, view: &FilmView<'_>, seen: &mut View) {
    let film = view.film;
    let is_folded = seen.is_folded(film.source);
    let id = ui.scope_id().with(("fold", &film.name));
    let response = ui.interact(rect, id, Sense::click());
    let spoken = format!("film {}", film.name);
    response
        .widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, !is_folded, &spoken));
    if response.clicked() {
        if ui.input(|input| input.modifiers.alt) {
            seen.fold_others(film.source, view.model);
        } else {
            seen.toggle_fold(film.source);
        }
    }
    let palette = theme::palette(ui);
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, theme::RADIUS, palette.raised);
    }
    response.on_hover_text("Click folds it, Alt+click folds all others");
    let mut ui = ui.new_child(
        UiBuilder::new()
            .id_salt(("film header", &film.name))
            .max_rect(rect)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let icon = if is_folded {
        ICON_KEYBOARD_ARROW_RIGHT
    } else {
        ICON_KEYBOARD_ARROW_DOWN
    };
    ui.label(theme::icon(icon, theme::ICON_BUTTON).color(palette.text_weak));
    let (swatch, _) = ui.allocate_exact_size(egui::Vec2::splat(theme::SWATCH), Sense::hover());
    ui.painter().rect_filled(
        swatch,
        theme::RADIUS,
        film.class_index
            .map_or(palette.undecided, theme::class_color),
    );
    name_ui(&mut ui, theme::strong(&film.name), BESIDE_NAME);
    if film.class_name != film.name {
        let class = if film.class_name.is_empty() {
            "no class"
        } else {
            film.class_name.as_str()
        };
        name_ui(
            &mut ui,
            theme::small(class).color(palette.text_weak),
            BESIDE_NAME,
        );
    }
    let scenes = number::counted(film.blocks.len(), "scene");
    ui.label(theme::small(scenes).color(palette.text_weak));
    ui.label(theme::number(format!("train {}", number::count(film.train))).color(palette.train));
    ui.label(theme::number(format!("valid {}", number::count(film.valid))).color(palette.valid));
}
