//! What is made of the images of a source wherever they are looked at: said in its row, chosen in its menu.

use eframe::egui;

use crate::catalog::{Crop, Edit, ImageRecord, Snapshot, Source};
use crate::session::Command;
use crate::session::jobs::character_search::CharacterSearch;
use crate::session::jobs::crop_borders::BorderCrop;
use crate::session::jobs::upsample::Upsample;
use crate::ui::context::ViewCtx;
use crate::ui::number;
use crate::ui::theme;
use crate::ui::widgets::number_field::NumberField;
use crate::ui::widgets::run_choice::chosen_run;

/// What the post took off frames of VLC.
const USUAL_PIXELS: u32 = 20;
const MOST_PIXELS: u32 = 2000;
const HINT: &str = "Wherever its images are looked at: thumbnails, training, predictions, heatmaps. No file is changed, and undo takes it back";

/// "cropped: 12 px top, 12 px bottom"; `None` if nothing is cut off any image.
pub fn crop_text(source: &Source, images: &[&ImageRecord]) -> Option<String> {
    source.crop?;
    let mut cut = images
        .iter()
        .map(|image| image.crop)
        .filter(|crop| !crop.is_none());
    let count = cut.clone().count();
    let first = cut.next()?;
    Some(if cut.all(|crop| crop == first) {
        format!("cropped: {}", first.text())
    } else {
        format!("{} without their borders", number::counted(count, "image"))
    })
}

/// Images whose borders nobody has looked for, though they are to be cropped.
pub fn unmeasured_text(snapshot: &Snapshot, source: &Source) -> Option<String> {
    if let Some(images) = snapshot.without_copies.get(&source.id) {
        return Some(format!(
            "{} without copies yet: choose Upsample with copies in the menu again",
            number::counted(*images, "image")
        ));
    }
    let images = snapshot.unmeasured.get(&source.id)?;
    let are = if *images == 1 { "is" } else { "are" };
    Some(format!(
        "{} {are} not cropped yet, because no scan has looked for a border there: choose Measured borders in the menu again",
        number::counted(*images, "image")
    ))
}

/// In the menu of the source.
pub fn crop_menu_ui(ui: &mut egui::Ui, source: &Source, ctx: &mut ViewCtx<'_>) {
    ui.label(theme::small("Crop")).on_hover_text(HINT);
    let measured =
        egui::Button::selectable(source.crop == Some(Crop::Measured), "Measured borders");
    let measured = ui.add(measured).on_hover_text(
        "The bars or frame that nearly all frames of a film have; of other images each its own",
    );
    if measured.clicked() {
        ctx.send(Command::start(BorderCrop::new(vec![source.id])));
        ui.close();
    }
    ui.horizontal(|ui| {
        let id = ui.make_persistent_id(("crop pixels", source.id));
        let chosen = match source.crop {
            Some(Crop::Pixels(pixels)) => pixels,
            Some(Crop::Measured) | None => USUAL_PIXELS,
        };
        let mut pixels: u32 = ui.data(|data| data.get_temp(id)).unwrap_or(chosen);
        let field = NumberField::new(&mut pixels, 1..=MOST_PIXELS).unit(" px");
        let field = field.ui(ui, None).accessible_name("Pixels off each side");
        if field.changed() {
            ui.data_mut(|data| data.insert_temp(id, pixels));
        }
        let is_on = source.crop == Some(Crop::Pixels(pixels));
        let button = egui::Button::selectable(is_on, "off each side").frame_when_inactive(true);
        if ui.add(button).on_hover_text(HINT).clicked() {
            set(source, Some(Crop::Pixels(pixels)), ctx);
            ui.close();
        }
    });
    let nothing = egui::Button::selectable(source.crop.is_none(), "Nothing");
    if ui.add(nothing).accessible_name("Crop nothing").clicked() {
        set(source, None, ctx);
        ui.close();
    }
    characters_menu_ui(ui, source, ctx);
}

/// Boxes around the characters, to be looked at in Cull before anything is cropped.
fn characters_menu_ui(ui: &mut egui::Ui, source: &Source, ctx: &mut ViewCtx<'_>) {
    let run = chosen_run(ctx.session.runs(), None).map(|run| run.info.id.clone());
    let by = match &run {
        Some(run) => {
            format!("By what moves in a scene, or by the heatmaps of {run}, whichever is surer")
        }
        None => "By what moves in a scene; with a trained run by its heatmaps, too".to_owned(),
    };
    let hint = format!(
        "{by}. Nothing is cropped until you accept it in Cull; images without a sure box stay whole"
    );
    let button = ui.button("Propose character crops").on_hover_text(hint);
    if button.clicked() {
        let search = CharacterSearch::new(source.id, source.name.clone(), run);
        ctx.send(Command::start(search));
        ui.close();
    }
}

/// "12 cropped to the character"; `None` if no image is.
pub fn characters_text(images: &[&ImageRecord]) -> Option<String> {
    let cropped = images.iter().filter(|image| image.character.is_some());
    let cropped = cropped.count();
    (cropped > 0).then(|| format!("{} cropped to the character", number::count(cropped)))
}

/// In the menu of the source: copies that training learns from, too.
pub fn upsample_menu_ui(ui: &mut egui::Ui, source: &Source, ctx: &mut ViewCtx<'_>) {
    let hint = "Training learns from up to six copies of each image, too: grey, inverted, noisy, stretched, logarithmic, sigmoid. Copies are never validated on, and no file is made";
    let button = egui::Button::selectable(source.is_upsampled, "Upsample with copies");
    if ui.add(button).on_hover_text(hint).clicked() {
        let is_complete = !ctx.snapshot().without_copies.contains_key(&source.id);
        if source.is_upsampled && is_complete {
            ctx.edit(Edit::SetUpsampled {
                sources: vec![source.id],
                is_upsampled: false,
            });
        } else {
            ctx.send(Command::start(Upsample::new(source.id)));
        }
        ui.close();
    }
}

/// "12 copies"; `None` for a source that is not upsampled.
pub fn copies_text(source: &Source, images: &[&ImageRecord]) -> Option<String> {
    let copies: usize = images.iter().map(|image| image.copies.len()).sum();
    source.is_upsampled.then(|| match copies {
        1 => "1 copy".to_owned(),
        n => format!("{} copies", number::count(n)),
    })
}

fn set(source: &Source, crop: Option<Crop>, ctx: &mut ViewCtx<'_>) {
    if source.crop != crop {
        ctx.edit(Edit::SetCrop {
            sources: vec![source.id],
            crop,
        });
    }
}
