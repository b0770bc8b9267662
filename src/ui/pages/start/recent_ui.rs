//! The projects that were open lately: what they look like, how well they do, and what is left to do in them.

use std::path::{Path, PathBuf};

use eframe::egui;
use egui_material_icons::icons;

use crate::ui::action::Action;
use crate::ui::context::StartCtx;
use crate::ui::help::measured::BEST_ACCURACY;
use crate::ui::remembered::Recent;
use crate::ui::textures::{Texture, Textures};
use crate::ui::top_bar::icon_button;
use crate::ui::widgets::at_right::at_right_ui;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::image_ui;
use crate::ui::widgets::name::name_ui;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

/// Of most films.
const FRAME_ASPECT: f32 = 16.0 / 9.0;
const MAX_STRIP_HEIGHT: f32 = 144.0;
/// Film frames in a strip; what else is remembered shows where images are narrower.
const WIDE_IMAGES: usize = 8;
/// The buttons of a project.
const BESIDE_NAME: f32 = 160.0;
/// Cards stand side by side where each is at least so wide.
const MIN_CARD_WIDTH: f32 = 560.0;

pub fn recent_list_ui(ui: &mut egui::Ui, ctx: &mut StartCtx<'_>) {
    if ctx.recent.iter().any(|recent| recent.accuracy.is_some()) {
        labelled_ui(ui, theme::title("Recent projects"), &BEST_ACCURACY);
    } else {
        ui.label(theme::title("Recent projects"));
    }
    ui.add_space(theme::GAP_SMALL);
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical()
            .id_salt("recent")
            .auto_shrink(false),
        |ui, _| {
            let fitting = (ui.available_width() / MIN_CARD_WIDTH) as usize;
            let columns = fitting.clamp(1, ctx.recent.len().max(1));
            for row in ctx.recent.chunks(columns) {
                ui.columns(columns, |columns| {
                    for (ui, recent) in columns.iter_mut().zip(row) {
                        ui.push_id(&recent.path, |ui| {
                            recent_ui(ui, recent, ctx.actions, ctx.textures);
                        });
                    }
                });
            }
        },
    );
}

fn recent_ui(
    ui: &mut egui::Ui,
    recent: &Recent,
    actions: &mut Vec<Action>,
    textures: &mut Textures,
) {
    let weak = theme::palette(ui).text_weak;
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            name_ui(ui, theme::strong(&recent.name), BESIDE_NAME);
            at_right_ui(ui, "project", |ui| {
                let open = ui
                    .button("Open")
                    .accessible_name(format!("Open {}", recent.name));
                if open.clicked() {
                    actions.push(Action::OpenProject(recent.path.clone()));
                }
                let forget = format!("Take {} off this list", recent.name);
                if icon_button(ui, icons::ICON_CLOSE, &forget, &forget) {
                    actions.push(Action::ForgetProject(recent.path.clone()));
                }
            });
        });
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::small(number::counted(recent.images, "image")));
            if let Some(accuracy) = recent.accuracy {
                let accuracy = number::percent(accuracy);
                let text = match &recent.caveat {
                    None => format!("best accuracy {accuracy}"),
                    Some(caveat) => format!("accuracy {accuracy} ({caveat})"),
                };
                ui.label(theme::small(text));
            }
            for what in &recent.to_do {
                ui.label(theme::small(format!("· {what}")).color(weak));
            }
        });
        let font = egui::FontId::proportional(theme::TEXT_SMALL);
        let path = recent.path.display().to_string();
        let shown = elided(ui.painter(), &path, &font, ui.available_width());
        ui.label(theme::small(shown).color(weak))
            .on_hover_text(path);
        strip_ui(ui, &recent.strip, textures);
    });
}

/// As far as the images are still there.
fn strip_ui(ui: &mut egui::Ui, strip: &[(PathBuf, String)], textures: &mut Textures) {
    let palette = theme::palette(ui);
    if strip.is_empty() {
        return;
    }
    // Film frames fill the card's width, as long as they are not enlarged beyond a thumbnail.
    // Narrower ones leave room for more.
    let in_width = strip.len().min(WIDE_IMAGES) as f32;
    let pitch = ui.available_width() / in_width - theme::GAP_TINY;
    let height = (pitch / FRAME_ASPECT).clamp(theme::STRIP_HEIGHT, MAX_STRIP_HEIGHT);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
        for (path, hash) in strip {
            let texture = textures.thumbnail(Path::new(path), hash);
            let aspect = match &texture {
                Texture::Ready { size, .. } => size.x / size.y.max(1.0),
                Texture::Loading | Texture::Failed { .. } => FRAME_ASPECT,
            };
            let size = egui::vec2(height * aspect, height);
            if size.x > ui.available_width() {
                break;
            }
            let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            image_ui::paint_texture(ui.painter(), palette, rect, &texture);
        }
    });
}
