//! One source of the Collect page: its strip, its numbers, its class, whether it is a test set.

use eframe::egui;
use egui_material_icons::icons;

use super::denser::{denser_ui, distance};
use super::frames_ui::frames_menu_ui;
use super::presence::Missing;
use super::recipe_ui::{
    characters_text, copies_text, crop_menu_ui, crop_text, unmeasured_text, upsample_menu_ui,
};
use crate::catalog::{Edit, ImageId, ImageRecord, Snapshot, Source, SourceKind};
use crate::ui::context::ViewCtx;
use crate::ui::widgets::at_right::at_right_ui;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::image_ui;
use crate::ui::widgets::name::name_ui;
use crate::ui::{number, theme};

/// A strip shows as many of these as there is room for.
const STRIP_IMAGES: usize = 32;
/// Class, check box and menu of a source, beside its name and numbers.
const AT_RIGHT: f32 = 360.0;
/// Names of classes of usual length, so that those of several sources stand under one another.
const CLASS_WIDTH: f32 = 112.0;
/// Of the text on the button; longer names are shortened.
const MAX_CLASS_WIDTH: f32 = 144.0;

const MAX_LIST_HEIGHT: f32 = 280.0;

/// What a row says, worked out once for each version of the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub images: usize,
    pub scenes: usize,
    /// Sorted names.
    pub classes: Vec<String>,
    /// Frames between two images of a film, where that is the same all over it.
    pub distance: Option<u64>,
    /// Evenly over the source.
    pub strip: Vec<ImageId>,
    /// What is made of the images, in words.
    pub recipes: Vec<String>,
}

impl Summary {
    pub fn of(snapshot: &Snapshot, source: &Source) -> Self {
        let images = snapshot.images_of_source(source.id);
        let mut classes: Vec<String> = snapshot
            .classes
            .iter()
            .filter(|(class, _)| images.iter().any(|image| image.class == Some(*class)))
            .map(|(_, name)| name.clone())
            .collect();
        classes.sort();
        let step = (images.len() / STRIP_IMAGES).max(1);
        Self {
            images: images.len(),
            scenes: snapshot.scenes_of_source(source.id).len(),
            classes,
            recipes: crop_text(source, &images)
                .into_iter()
                .chain(characters_text(&images))
                .chain(copies_text(source, &images))
                .collect(),
            distance: distance(snapshot, source),
            strip: images
                .iter()
                .step_by(step)
                .take(STRIP_IMAGES)
                .map(|image| image.id)
                .collect(),
        }
    }
}

/// A source with what is known of it.
#[derive(Clone, Copy)]
pub struct SourceRow<'a> {
    pub source: &'a Source,
    pub summary: &'a Summary,
    pub missing: Missing,
}

impl SourceRow<'_> {
    /// `new_class`: the text field of the class menu between frames.
    pub fn ui(&self, ui: &mut egui::Ui, new_class: &mut String, ctx: &mut ViewCtx<'_>) {
        let Self {
            source,
            summary,
            missing,
        } = *self;
        theme::card(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                title_ui(ui, source, summary);
                at_right_ui(ui, ("source", source.id), |ui| {
                    class_ui(ui, source, summary, new_class, ctx);
                    test_ui(ui, source, ctx);
                    menu_ui(ui, source, summary, ctx);
                });
            });
            strip_ui(ui, summary, ctx);
            if let Some(broken) = &source.broken {
                let color = theme::palette(ui).warning;
                note_ui(ui, broken, color);
            }
            if let Some(text) = unmeasured_text(ctx.snapshot(), source) {
                let color = theme::palette(ui).warning;
                note_ui(ui, &text, color);
            }
            missing_ui(ui, source, summary, missing);
        });
    }
}

fn note_ui(ui: &mut egui::Ui, text: &str, color: egui::Color32) {
    ui.horizontal_wrapped(|ui| {
        ui.label(theme::icon(icons::ICON_WARNING, theme::ICON_BUTTON).color(color));
        ui.label(theme::small(text).color(color));
    });
}

/// Files that are not where they were, and what that means.
fn missing_ui(ui: &mut egui::Ui, source: &Source, summary: &Summary, missing: Missing) {
    let palette = theme::palette(ui);
    if missing.images > 0 {
        let (have, them) = match missing.images {
            1 => ("has", "it"),
            _several => ("have", "them"),
        };
        let text = format!(
            "{} of {} {have} no file any more: put {them} back, or import again",
            number::count(missing.images),
            number::counted(summary.images, "image")
        );
        note_ui(ui, &text, palette.error);
    }
    if missing.is_origin_missing {
        let (what, origin) = match source.kind {
            SourceKind::Film => ("The film", source.origin.display()),
            SourceKind::Scraped => ("The folder", source.origin.display()),
        };
        let text = format!("{what} is not there any more: {origin}");
        note_ui(ui, &text, palette.text_weak);
    }
}

fn title_ui(ui: &mut egui::Ui, source: &Source, summary: &Summary) {
    let palette = theme::palette(ui);
    let (icon, kind) = match source.kind {
        SourceKind::Film => (icons::ICON_MOVIE, "Film"),
        SourceKind::Scraped => (icons::ICON_PHOTO_LIBRARY, "Folder of images"),
    };
    ui.label(theme::icon(icon, theme::ICON_BUTTON).color(palette.text_weak))
        .on_hover_text(kind);
    let mut facts = vec![number::counted(summary.images, "image")];
    if source.kind == SourceKind::Film || summary.scenes > 0 {
        facts.push(number::counted(summary.scenes, "scene"));
    }
    if let Some(film) = &source.film {
        facts.push(format!("{} × {}", film.width, film.height));
        facts.push(number::duration(film.duration_secs));
    }
    facts.extend(summary.recipes.iter().cloned());
    let facts = facts.join(" · ");
    let font = egui::FontId::proportional(theme::TEXT_SMALL);
    let galley = ui
        .painter()
        .layout_no_wrap(facts.clone(), font.clone(), palette.text_weak);
    let beside_name = AT_RIGHT + galley.size().x + theme::GAP_SMALL;
    name_ui(ui, theme::strong(&source.name), beside_name)
        .on_hover_text(source.origin.display().to_string());
    let shown = elided(ui.painter(), &facts, &font, ui.available_width() - AT_RIGHT);
    ui.label(theme::small(shown).color(palette.text_weak))
        .accessible_name(&facts)
        .on_hover_text(&facts);
}

fn test_ui(ui: &mut egui::Ui, source: &Source, ctx: &mut ViewCtx<'_>) {
    let mut is_test = source.is_test;
    let response = ui
        .checkbox(&mut is_test, theme::small("test set"))
        .on_hover_text("Never trained on; only to measure what a model is worth");
    let response = response.accessible_name(format!("{} is a test set", source.name));
    if response.changed() {
        ctx.edit(Edit::SetTest {
            source: source.id,
            is_test,
        });
    }
}

fn menu_ui(ui: &mut egui::Ui, source: &Source, summary: &Summary, ctx: &mut ViewCtx<'_>) {
    let icon = theme::icon(icons::ICON_MORE_VERT, theme::ICON_BUTTON);
    let button = egui::Button::new(icon).frame_when_inactive(false);
    let config = egui::containers::menu::MenuConfig::new()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let menu = egui::containers::menu::MenuButton::from_button(button).config(config);
    let (response, _) = menu.ui(ui, |ui| {
        crop_menu_ui(ui, source, ctx);
        ui.separator();
        upsample_menu_ui(ui, source, ctx);
        ui.separator();
        let images = number::counted(summary.images, "image");
        let hint = format!(
            "{images} leave the project. No file is deleted, neither the original nor the project's copy, and undo brings everything back"
        );
        match source.kind {
            SourceKind::Film => denser_ui(ui, source, summary.distance, ctx),
            SourceKind::Scraped => frames_menu_ui(ui, source, summary.scenes, ctx),
        }
        if ui.button("Remove from the project").on_hover_text(hint).clicked() {
            ctx.edit(Edit::RemoveSource { source: source.id });
            ui.close();
        }
    });
    response.accessible_name(format!("More for {}", source.name));
}

fn class_ui(
    ui: &mut egui::Ui,
    source: &Source,
    summary: &Summary,
    new_class: &mut String,
    ctx: &mut ViewCtx<'_>,
) {
    let text = match summary.classes.as_slice() {
        [] => "no class".to_owned(),
        [only] => only.clone(),
        several => {
            // Folders keep the classes of their sub-folders; one class for all would be a mistake.
            ui.label(theme::small(format!("{} classes", several.len())))
                .on_hover_text(several.join(", "));
            return;
        }
    };
    let session = ctx.session;
    let snapshot = session.snapshot();
    let place = snapshot
        .class_named(&text)
        .and_then(|class| snapshot.class_place(class));
    if let Some(place) = place {
        let size = egui::Vec2::splat(theme::SWATCH);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        ui.painter()
            .rect_filled(rect, 2.0, theme::class_color(place));
    }
    let font = egui::FontId::proportional(theme::TEXT_SMALL);
    let shown = elided(ui.painter(), &text, &font, MAX_CLASS_WIDTH);
    let config = egui::containers::menu::MenuConfig::new()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let button = egui::Button::new((
        theme::small(shown),
        theme::icon(icons::ICON_ARROW_DROP_DOWN, theme::ICON_BUTTON),
    ));
    let button = button.min_size(egui::vec2(CLASS_WIDTH, 0.0));
    let (response, _) = egui::containers::menu::MenuButton::from_button(button)
        .config(config)
        .ui(ui, |ui| {
            egui::ScrollArea::vertical()
                .max_height(MAX_LIST_HEIGHT)
                .show(ui, |ui| {
                    for (_, name) in &snapshot.classes {
                        let choice = egui::Button::selectable(*name == text, name);
                        if ui.add(choice).clicked() {
                            set_class(source, name, ctx);
                            ui.close();
                        }
                    }
                });
            let field = egui::TextEdit::singleline(new_class).hint_text("New class, then Enter");
            let field = ui.add(field).accessible_name("New class");
            let entered =
                field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if entered && !new_class.trim().is_empty() {
                set_class(source, new_class.trim(), ctx);
                new_class.clear();
                ui.close();
            }
        });
    response
        .accessible_name(format!("Class of {}", source.name))
        .on_hover_text(format!("Class of all its images: {text}"));
}

fn set_class(source: &Source, class: &str, ctx: &mut ViewCtx<'_>) {
    ctx.edit(Edit::SetSourceClass {
        source: source.id,
        class: class.to_owned(),
    });
}

fn strip_ui(ui: &mut egui::Ui, summary: &Summary, ctx: &mut ViewCtx<'_>) {
    let session = ctx.session;
    let snapshot = session.snapshot();
    let images: Vec<&ImageRecord> = summary
        .strip
        .iter()
        .filter_map(|id| snapshot.image(*id))
        .collect();
    let Some(first) = images.first() else { return };
    let size = image_ui::size_of(first);
    let pitch = theme::STRIP_HEIGHT * size.x / size.y.max(1.0) + image_ui::STRIP_GAP;
    let fitting = ((ui.available_width() + image_ui::STRIP_GAP) / pitch) as usize;
    // From all of the source, not its beginning.
    let shown = fitting.clamp(1, images.len());
    let spread = (0..shown).filter_map(|at| images.get(at * images.len() / shown).copied());
    image_ui::strip_ui(ui, spread, theme::STRIP_HEIGHT, ctx.textures);
}
