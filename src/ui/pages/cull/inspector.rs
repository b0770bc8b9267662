//! The right panel: what is known about the image under the cursor, and the buttons for it or for the selection.

use eframe::egui;

use super::copies_ui::copies_ui;
use super::crop_words::{crop_text, proposal_text};
use super::facets::{class_index, decision_word, scene_name};
use super::found::Found;
use super::inspector_findings::{FindingWish, findings_ui};
use super::keys::Intent;
use super::live_ui::InTraining;
use super::order::Said;
use super::proposed::Proposed;
use super::provenance_ui::provenance_ui;
use super::said_ui::{heatmap_ui, said_ui};
use super::selection::Selection;
use crate::catalog::{Decision, ImageRecord, Snapshot};
use crate::character::Proposal;
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::CROP_SCORE;
use crate::ui::keys::{self, Shortcut};
use crate::ui::widgets::decision_buttons::decision_buttons_ui;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::heatmaps::Heatmaps;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::widgets::image_ui;
use crate::ui::widgets::pin_button::pin_ui;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

const FACT_NAME_WIDTH: f32 = 56.0;

/// What the person asked for here.
pub enum Wish {
    Do(Intent),
    SetClass(String),
    Finding(FindingWish),
}

/// What is inspected.
pub struct Inspected<'a> {
    pub selection: &'a Selection,
    pub found: &'a Found,
    pub said: &'a Said,
    pub proposed: &'a Proposed,
    pub heatmaps: &'a mut Heatmaps,
    pub in_training: &'a mut InTraining,
}

/// `new_class` is the text field's content between frames.
pub fn inspector_ui(
    ui: &mut egui::Ui,
    inspected: &mut Inspected<'_>,
    new_class: &mut String,
    ctx: &mut ViewCtx<'_>,
) -> Option<Wish> {
    let Inspected {
        selection,
        found,
        said,
        proposed,
        heatmaps,
        in_training,
    } = inspected;
    let session = ctx.session;
    let snapshot = session.snapshot();
    let image = selection.cursor.and_then(|id| snapshot.image(id))?;
    in_training.follow(ui, ctx, image);
    let selected = selection.selected.len();
    scrolled_ui(
        ui,
        egui::ScrollArea::vertical()
            .id_salt("inspector")
            .auto_shrink(false),
        |ui, _| {
            let width = ui.available_width();
            let height = width / image_ui::aspect_of(image).max(1.0);
            let size = egui::vec2(width, height);
            let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            let palette = theme::palette(ui);
            let border = found.of(image.id).find_map(|finding| finding.border);
            // A border is one of the whole image.
            let whole = border.map(|_| image.whole());
            let pictured = whole.as_ref().unwrap_or(image);
            let shown =
                image_ui::paint_thumbnail(ui.painter(), palette, rect, pictured, ctx.textures);
            if let Some(border) = border {
                image_ui::paint_border(ui.painter(), palette, (shown.rect, image), border);
            }
            let verdict = said.get(&image.id);
            if let Some(verdict) = verdict.filter(|_| !in_training.has_map_of(ctx, image)) {
                heatmap_ui(ui, shown.rect, image, verdict, heatmaps);
            }
            in_training.map_ui(ui, ctx, (shown.rect, image));
            if shown.is_missing {
                let text = "The file is missing; put it back where it was, or reject the image";
                ui.label(theme::small(text).color(palette.error))
                    .on_hover_text(image.path.display().to_string());
            }
            if selected > 1 {
                ui.label(theme::strong(format!(
                    "{} selected",
                    number::counted(selected, "image")
                )));
            }
            if let Some(verdict) = verdict {
                said_ui(ui, verdict, heatmaps);
            }
            in_training.ui(ui, ctx, image);
            let mut wish = decisions_ui(ui, image);
            remembered_ui(ui, image);
            wish = wish.or(class_ui(ui, snapshot, image, new_class));
            ui.separator();
            if found.of(image.id).next().is_some() || found.kinds_around(image.id).next().is_some()
            {
                let asked = findings_ui(ui, image, found, ctx);
                wish = wish.or(asked.map(Wish::Finding));
                ui.separator();
            }
            let asked = crop_ui(ui, image, proposed.of(image.id));
            wish = wish.or(asked);
            facts_ui(ui, snapshot, image);
            provenance_ui(ui, session.provenance(image));
            ui.separator();
            copies_ui(ui, image, ctx);
            let explain = ui.button("Explain this image").on_hover_text(keys::hint(
                ui,
                "See what a trained model looks at here",
                Shortcut::CullExplain,
            ));
            if explain.clicked() {
                wish = Some(Wish::Do(Intent::Explain));
            }
            pin_ui(ui, ctx, (image.id, Shortcut::CullPin));
            wish
        },
    )
}

fn decisions_ui(ui: &mut egui::Ui, image: &ImageRecord) -> Option<Wish> {
    let tooltips = [
        Shortcut::CullKeep,
        Shortcut::CullReject,
        Shortcut::CullClear,
    ]
    .map(|shortcut| keys::hint(ui, shortcut.entry().title, shortcut));
    let tooltips = tooltips.each_ref().map(String::as_str);
    let decision = decision_buttons_ui(ui, image.decision, tooltips)?;
    Some(Wish::Do(Intent::Decide {
        decision,
        whole_scene: false,
    }))
}

/// What the person decided on this very image before it came into the project again.
fn remembered_ui(ui: &mut egui::Ui, image: &ImageRecord) {
    let verb = match image.decision {
        Decision::Reject => "rejected",
        Decision::Keep => "kept",
        Decision::Undecided => return,
    };
    if !image.decided.is_remembered {
        return;
    }
    let text = match image.decided.at {
        Some(at) => format!("You {verb} this on {}", at.day()),
        None => format!("You {verb} this before"),
    };
    let hint = "The same image, by its bytes or its pixels, was in the project before and was decided then. \
                Decide again to change it";
    ui.label(theme::small(text).color(theme::palette(ui).text_weak))
        .on_hover_text(hint);
}

fn class_ui(
    ui: &mut egui::Ui,
    snapshot: &Snapshot,
    image: &ImageRecord,
    new_class: &mut String,
) -> Option<Wish> {
    let mut wish = None;
    let current = image.class.and_then(|class| snapshot.class_name(class));
    ui.horizontal(|ui| {
        if let Some(class) = image.class {
            let size = egui::Vec2::splat(theme::SWATCH);
            let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            let color = theme::class_color(class_index(snapshot, class));
            ui.painter().rect_filled(rect, 2.0, color);
        }
        egui::ComboBox::from_id_salt("class")
            .width(ui.available_width())
            .truncate()
            .selected_text(current.unwrap_or("No class"))
            .show_ui(ui, |ui| {
                for (index, (_, name)) in snapshot.classes_by_place().into_iter().enumerate() {
                    let mut button = egui::Button::selectable(current == Some(name), name);
                    if index < 9 {
                        button = button.shortcut_text((index + 1).to_string());
                    }
                    if ui.add(button).clicked() {
                        wish = Some(Wish::SetClass(name.clone()));
                    }
                }
            })
            .response
            .accessible_name("Class");
    });
    let field = egui::TextEdit::singleline(new_class)
        .hint_text("New class, then Enter")
        .desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name("New class");
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if entered && !new_class.trim().is_empty() {
        wish = Some(Wish::SetClass(new_class.trim().to_owned()));
        new_class.clear();
    }
    wish
}

/// The crop to the character: what it is, and the buttons for it. Nothing where there is neither a crop nor a proposal.
fn crop_ui(ui: &mut egui::Ui, image: &ImageRecord, proposal: Option<&Proposal>) -> Option<Wish> {
    let whole_scene = false;
    let (text, button, (hint, shortcut), intent) = match (image.character, proposal) {
        (Some(crop), _) => (
            crop_text(crop),
            "Show whole",
            (
                "No longer cropped to the character; with Shift the whole scene",
                Shortcut::CullWhole,
            ),
            Intent::ShowWhole { whole_scene },
        ),
        (None, Some(proposal)) => (
            proposal_text(proposal),
            "Crop to this box",
            (
                "Wherever it is looked at: thumbnails, training, predictions, heatmaps; with Shift the whole scene. No file is changed",
                Shortcut::CullCrop,
            ),
            Intent::CropToCharacter { whole_scene },
        ),
        (None, None) => return None,
    };
    // In lines, because the panel may be narrow.
    let hint = keys::hint(ui, hint, shortcut);
    let text = theme::small(text).color(theme::palette(ui).text_weak);
    if image.character.is_none() {
        labelled_ui(ui, text, &CROP_SCORE);
    } else {
        ui.label(text);
    }
    let button = ui.button(theme::small(button)).on_hover_text(hint);
    let wish = button.clicked().then_some(Wish::Do(intent));
    ui.separator();
    wish
}

fn decision_text(image: &ImageRecord) -> String {
    let word = decision_word(image.decision);
    match image.decided.at {
        Some(at) => format!("{word}, {}", at.day()),
        None => word.to_owned(),
    }
}

fn facts_ui(ui: &mut egui::Ui, snapshot: &Snapshot, image: &ImageRecord) {
    let weak = theme::palette(ui).text_weak;
    let source = snapshot
        .source(image.source)
        .map_or("", |source| source.name.as_str());
    let mut facts = vec![
        ("File", image.origin.clone()),
        ("Source", source.to_owned()),
        ("Size", format!("{} × {}", image.width, image.height)),
        ("Decision", decision_text(image)),
    ];
    if !image.crop.is_none() {
        facts.push(("Cropped", image.crop.text()));
    }
    if let Some(frame) = image.frame {
        facts.push(("Frame", number::count(frame as usize)));
    }
    if let Some(time) = image.time_secs {
        facts.push(("Time", number::timecode(time)));
    }
    if let Some(scene) = image.scene {
        let images = snapshot.images_of_scene(scene).len();
        facts.push((
            "Scene",
            format!(
                "{} ({})",
                scene_name(snapshot, scene),
                number::counted(images, "image")
            ),
        ));
    }
    let room = ui.available_width() - FACT_NAME_WIDTH - theme::GAP_MEDIUM;
    egui::Grid::new("facts")
        .min_col_width(FACT_NAME_WIDTH)
        .num_columns(2)
        .spacing([theme::GAP_MEDIUM, theme::GAP_TINY])
        .show(ui, |ui| {
            for (name, value) in facts {
                ui.label(theme::small(name).color(weak));
                let font = egui::FontId::proportional(theme::TEXT_SMALL);
                let shown = elided(ui.painter(), &value, &font, room);
                ui.add(egui::Label::new(theme::small(shown)).selectable(true))
                    .on_hover_text(value);
                ui.end_row();
            }
        });
}
