//! The films as timelines of scene blocks; only what is in view is laid out, loaded and painted.

use eframe::egui::{self, Rect, Sense, UiBuilder, pos2, vec2};

use super::block_ui::{self, BlockState};
use super::blocks::{self, BlockLine, BlockMetrics};
use super::cursor::Cursor;
use super::model::{Film, Place, SplitModel};
use crate::catalog::{Edit, SceneId};
use crate::ui::context::ViewCtx;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const HEADER_HEIGHT: f32 = 28.0;
const MEDIAN_BLOCK_WIDTH: f32 = 112.0;
const MIN_BLOCK_WIDTH: f32 = 84.0;
const MAX_BLOCK_WIDTH: f32 = 280.0;

/// Layout of all films for one width and one version of the catalogue.
#[derive(Default)]
pub struct Timelines {
    key: Option<(u64, u32)>,
    films: Vec<FilmLayout>,
    /// Scrolled to in the next frame.
    reveal: Option<SceneId>,
}

struct FilmLayout {
    top: f32,
    lines: Vec<BlockLine>,
}

impl FilmLayout {
    fn height(&self) -> f32 {
        let lines = self.lines.len() as f32;
        HEADER_HEIGHT + lines * (block_ui::HEIGHT + theme::GAP_TINY) + theme::GAP_MEDIUM
    }

    fn line_top(&self, line: usize) -> f32 {
        self.top + HEADER_HEIGHT + line as f32 * (block_ui::HEIGHT + theme::GAP_TINY)
    }

    /// In the coordinates of the scrolled content.
    fn block_rect(&self, block: usize) -> Option<Rect> {
        let (number, line) = self
            .lines
            .iter()
            .enumerate()
            .find(|(_, line)| line.blocks.contains(&block))?;
        let (left, width) = *line.spans.get(block - line.blocks.start)?;
        let corner = pos2(left, self.line_top(number));
        Some(Rect::from_min_size(corner, vec2(width, block_ui::HEIGHT)))
    }
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
        cursor: &mut Cursor,
    ) {
        let width = ui.available_width() - ui.spacing().scroll.allocated_width();
        self.follow(model, ctx.snapshot().version, width);
        self.keyboard(ui, ctx, model, cursor);
        let reveal = self.reveal.take().and_then(|scene| {
            let place = model.place_of(scene)?;
            self.films.get(place.film)?.block_rect(place.block)
        });
        let height = self
            .films
            .last()
            .map_or(0.0, |film| film.top + film.height());
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
                    let Some(layout) = self.films.get(index) else {
                        break;
                    };
                    let is_visible = layout.top < viewport.bottom()
                        && layout.top + layout.height() > viewport.top();
                    if is_visible {
                        film_ui(
                            ui,
                            ctx,
                            &FilmView {
                                film,
                                index,
                                layout,
                                model,
                                origin,
                                viewport,
                            },
                            cursor,
                        );
                    }
                }
            },
        );
    }

    fn follow(&mut self, model: &SplitModel, version: u64, width: f32) {
        let key = (version, width.to_bits());
        if self.key == Some(key) {
            return;
        }
        self.key = Some(key);
        let frames = |film: &Film| -> Vec<usize> {
            film.blocks
                .iter()
                .map(|block| block.images.len().max(1))
                .collect()
        };
        let metrics = BlockMetrics {
            line_width: width,
            gap: theme::GAP_TINY,
            min_width: MIN_BLOCK_WIDTH,
            max_width: MAX_BLOCK_WIDTH,
            frame_width: BlockMetrics::frame_width_for(
                model.films.iter().flat_map(frames).collect(),
                MEDIAN_BLOCK_WIDTH,
            ),
        };
        let mut top = 0.0;
        self.films = model
            .films
            .iter()
            .map(|film| {
                let lines = blocks::lay_out(&frames(film), &metrics);
                let layout = FilmLayout { top, lines };
                top += layout.height();
                layout
            })
            .collect();
    }

    /// Arrows move, Shift holds a range, V sends the scene or the range to the other side.
    fn keyboard(
        &mut self,
        ui: &egui::Ui,
        ctx: &mut ViewCtx<'_>,
        model: &SplitModel,
        cursor: &mut Cursor,
    ) {
        use egui::Key;
        // Arrows belong to a focused slider, V to nobody else; a focused block is the cursor.
        let is_ours = ui.memory(egui::Memory::focused).is_none_or(|focused| {
            cursor
                .scene
                .is_some_and(|scene| focused == block_ui::block_id(scene))
        });
        let Some(place) = cursor.scene.and_then(|scene| model.place_of(scene)) else {
            return;
        };
        if !is_ours || !ctx.keys_are_free(ui) {
            return;
        }
        let (pressed, is_range) = ui.input(|input| {
            let keys = [
                Key::ArrowLeft,
                Key::ArrowRight,
                Key::ArrowUp,
                Key::ArrowDown,
                Key::Home,
                Key::End,
                Key::V,
                Key::Escape,
            ];
            let is_plain = !input.modifiers.command && !input.modifiers.alt;
            let pressed = keys
                .into_iter()
                .find(|key| is_plain && input.key_pressed(*key));
            (pressed, input.modifiers.shift)
        });
        let target = match pressed {
            Some(Key::ArrowLeft) => model.step(place, -1),
            Some(Key::ArrowRight) => model.step(place, 1),
            Some(Key::ArrowUp) => self.vertical(place, -1),
            Some(Key::ArrowDown) => self.vertical(place, 1),
            Some(Key::Home) => model.step(place, isize::MIN),
            Some(Key::End) => model.step(place, isize::MAX),
            Some(Key::V) => {
                toggle(ctx, model, cursor.selection(model), place);
                None
            }
            Some(Key::Escape) => {
                cursor.anchor = None;
                None
            }
            _ => None,
        };
        if let Some(block) = target.and_then(|target| model.block(target)) {
            cursor.move_to(block.id, is_range);
            self.reveal = Some(block.id);
            // The focus of the keyboard goes along, so that Enter and Tab mean this block too.
            ui.memory_mut(|memory| {
                memory.request_focus(block_ui::block_id(block.id));
                // The arrow is used up; egui would move the new focus one block further.
                memory.move_focus(egui::FocusDirection::None);
            });
        }
    }

    fn vertical(&self, place: Place, down: isize) -> Option<Place> {
        let lines = &self.films.get(place.film)?.lines;
        if let Some(block) = blocks::vertical_neighbor(lines, place.block, down) {
            return Some(Place { block, ..place });
        }
        let (left, width) = lines.iter().find_map(|line| {
            line.blocks
                .contains(&place.block)
                .then(|| line.spans.get(place.block - line.blocks.start).copied())?
        })?;
        let film = place.film.checked_add_signed(down)?;
        let lines = &self.films.get(film)?.lines;
        let line = if down < 0 {
            lines.last()
        } else {
            lines.first()
        }?;
        let block = blocks::nearest_in_line(line, left + width / 2.0)?;
        Some(Place { film, block })
    }
}

/// All `scenes` to the side that the scene at `place` is not on.
fn toggle(ctx: &mut ViewCtx<'_>, model: &SplitModel, scenes: Vec<SceneId>, place: Place) {
    if let Some(block) = model.block(place) {
        let side = block.side.other();
        ctx.edit(Edit::SetSide { scenes, side });
    }
}

struct FilmView<'a> {
    film: &'a Film,
    index: usize,
    layout: &'a FilmLayout,
    model: &'a SplitModel,
    origin: egui::Vec2,
    viewport: Rect,
}

fn film_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, view: &FilmView<'_>, cursor: &mut Cursor) {
    let header = Rect::from_min_size(
        pos2(0.0, view.layout.top),
        vec2(ui.available_width(), HEADER_HEIGHT),
    );
    header_ui(ui, header.translate(view.origin), view.film);
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
            };
            let response = block_ui::interact(ui, &state);
            // The focus follows an arrow onto the cursor's own block; a range stays then.
            if response.gained_focus() && cursor.scene != Some(block.id) {
                cursor.move_to(block.id, false);
            }
            if response.clicked() {
                let place = Place {
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

/// A click sends the scene to the other side; with Shift everything from the last one on gets that one's side.
fn click(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    cursor: &mut Cursor,
    place: Place,
) {
    let Some(block) = model.block(place) else {
        return;
    };
    let from = cursor.scene.and_then(|scene| model.place_of(scene));
    match from {
        Some(from) if ui.input(|input| input.modifiers.shift) && from != place => {
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

fn header_ui(ui: &mut egui::Ui, rect: Rect, film: &Film) {
    let mut ui = ui.new_child(
        UiBuilder::new()
            .id_salt(("film header", film.source))
            .max_rect(rect)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let palette = theme::palette(&ui);
    let (swatch, _) = ui.allocate_exact_size(egui::Vec2::splat(theme::SWATCH), Sense::hover());
    ui.painter().rect_filled(
        swatch,
        theme::RADIUS,
        film.class_index
            .map_or(palette.undecided, theme::class_color),
    );
    ui.label(theme::strong(&film.name));
    if film.class_name != film.name {
        let class = if film.class_name.is_empty() {
            "no class"
        } else {
            film.class_name.as_str()
        };
        ui.label(theme::small(class).color(palette.text_weak));
    }
    let scenes = number::counted(film.blocks.len(), "scene");
    ui.label(theme::small(scenes).color(palette.text_weak));
    ui.label(theme::number(format!("train {}", number::count(film.train))).color(palette.train));
    ui.label(theme::number(format!("valid {}", number::count(film.valid))).color(palette.valid));
}
