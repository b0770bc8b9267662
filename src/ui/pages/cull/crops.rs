//! Crops to the character: the keys, and the line above the images that reviews what is proposed.

use std::sync::Arc;

use eframe::egui;

use super::CullPage;
use super::filter::Filter;
use crate::catalog::{CharacterCrop, ChosenCrop, CropOrigin, Edit, Snapshot};
use crate::character::accept;
use crate::media::crop_box::CropBox;
use crate::ui::context::ViewCtx;
use crate::ui::{number, theme};

/// A new box, to be dragged to where the character is: left, top, right, bottom.
const MIDDLE: [f64; 4] = [0.2, 0.1, 0.8, 0.9];

impl CullPage {
    /// Takes over what is proposed for the targets; one image without a proposal gets a box in the middle.
    pub(super) fn crop_to_characters(
        &mut self,
        whole_scene: bool,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) {
        let targets = self.targets(whole_scene, snapshot);
        let proposals = self.proposed.among(&targets);
        if !proposals.is_empty() {
            let edit = accept(proposals);
            self.advance_beyond(&targets);
            self.selection.clear();
            ctx.edit(edit);
            return;
        }
        let [only] = targets.as_slice() else {
            ctx.toast("No crops proposed here; see a source's menu in Collect");
            return;
        };
        let image = snapshot.image(*only);
        if image.is_some_and(|image| image.character.is_some()) {
            ctx.toast("Already cropped: drag the box in the loupe");
            return;
        }
        if let Some(part) = CropBox::of_fractions(MIDDLE) {
            self.is_loupe_open = true;
            let by = CropOrigin::Hand;
            ctx.edit(Edit::SetCharacterCrop {
                images: vec![ChosenCrop {
                    image: *only,
                    crop: Some(CharacterCrop { part, by }),
                }],
            });
        }
    }

    pub(super) fn show_whole(
        &mut self,
        whole_scene: bool,
        snapshot: &Snapshot,
        ctx: &mut ViewCtx<'_>,
    ) {
        let targets = self.targets(whole_scene, snapshot).into_iter();
        let cropped = targets.filter(|id| {
            let image = snapshot.image(*id);
            image.is_some_and(|image| image.character.is_some())
        });
        let images: Vec<ChosenCrop> = cropped
            .map(|image| ChosenCrop { image, crop: None })
            .collect();
        if images.is_empty() {
            ctx.toast("Nothing is cropped here; a proposal cuts nothing off");
        } else {
            ctx.edit(Edit::SetCharacterCrop { images });
        }
    }

    /// Nothing without proposals.
    pub(super) fn crops_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
        if self.proposed.len() == 0 {
            return;
        }
        let here = self.proposed.among(&self.listing.ids);
        let shown = here.len();
        let are_others_shown = self.listing.ids.len() > shown;
        let mut edit = None;
        let mut looks = false;
        ui.horizontal(|ui| {
            let all = number::counted(self.proposed.len(), "character crop");
            let text = format!("{all} proposed, {} of them here", number::count(shown));
            ui.label(theme::small(text).color(theme::palette(ui).text_weak));
            let hint = "Only the images with a proposed crop; choose a source on the left to see its own. In the loupe a box can be dragged";
            let look = egui::Button::new(theme::small("Look at them"));
            let look = ui.add_enabled(are_others_shown || shown < self.proposed.len(), look);
            looks = look
                .on_hover_text(hint)
                .on_disabled_hover_text("All that are shown have a proposed crop")
                .clicked();
            let text = format!("Crop the {} here", number::counted(shown, "image"));
            let hint = "Crops every shown image to its proposed box, wherever it is looked at: thumbnails, training, predictions, heatmaps. One step, which undo takes back; no file is changed (C: just the selected ones)";
            let button = egui::Button::new(theme::small(text));
            let button = ui.add_enabled(shown > 0, button).on_hover_text(hint);
            let button = button.on_disabled_hover_text("None of the shown images has a proposed crop");
            if button.clicked() {
                edit = Some(accept(here));
            }
        });
        if let Some(edit) = edit {
            ctx.edit(edit);
        }
        if looks {
            self.filter = Filter {
                only: Some(Arc::new(self.proposed.images())),
                ..Filter::default()
            };
        }
        ui.add_space(theme::GAP_TINY);
    }
}
