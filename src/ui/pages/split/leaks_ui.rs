//! Leak radar: how much of validation training gives away, through which scene, and the one key that mends it.

use eframe::egui;
use egui_material_icons::icons::{ICON_CHECK, ICON_WARNING};

use super::model::SplitModel;
use crate::catalog::{Edit, SceneId, Side};
use crate::curate::Kind;
use crate::curate::leak::{Evidence, Offender};
use crate::session::jobs::leaks::{FoundLeaks, Look};
use crate::ui::action::Action;
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::LEAKS;
use crate::ui::keys::{self, Shortcut};
use crate::ui::leak_watch::LeakWatch;
use crate::ui::widgets::held_height::HeldHeight;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme};

#[derive(Default)]
pub struct LeakRadar {
    watch: LeakWatch,
    place: HeldHeight,
}

impl LeakRadar {
    pub fn follow(&mut self, ctx: &mut ViewCtx<'_>, model: &SplitModel) {
        if let Some(version) = model.version() {
            self.watch.follow(ctx, version);
        }
    }

    /// What is said of the split as it stands.
    fn found(&self) -> Option<&FoundLeaks> {
        self.watch.found().filter(|found| found.leakage.of > 0)
    }

    /// The scene that gives away the most, and which can be moved as a whole.
    fn worst(&self, model: &SplitModel) -> Option<(&Offender, SceneId)> {
        if model.random_fraction.is_some() {
            return None;
        }
        let mut offenders = self.found()?.offenders.iter();
        offenders.find_map(|offender| Some((offender, offender.scene?)))
    }

    /// A line, which does not move the films under the pointer when a search ends; returns the scene to jump to, if one was clicked.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        model: &SplitModel,
    ) -> Option<SceneId> {
        let mut place = std::mem::take(&mut self.place);
        let jump = place.ui(ui, |ui| self.line_ui(ui, ctx, model));
        self.place = place;
        jump
    }

    fn line_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        model: &SplitModel,
    ) -> Option<SceneId> {
        if self.watch.found().is_none() {
            let text = theme::small("Looking for leaks…");
            ui.label(text.color(theme::palette(ui).text_weak));
        }
        let found = self.found()?;
        let mut jump = None;
        let mut asked = None;
        ui.horizontal_wrapped(|ui| {
            let palette = theme::palette(ui);
            ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
            let leakage = found.leakage;
            let icon = match found.contamination {
                Some(_) if leakage.is_leaking() => Some((ICON_WARNING, palette.warning)),
                Some(_) => Some((ICON_CHECK, palette.text_weak)),
                None => None,
            };
            if let Some((icon, color)) = icon {
                ui.label(theme::icon(icon, theme::ICON_BUTTON).color(color));
            }
            let share = match found.contamination {
                Some(share) => number::percent(share),
                None => format!("not known ({})", found.compared),
            };
            labelled_ui(ui, theme::strong(format!("Leaks {share}")), &LEAKS);
            let text = match leakage.twins {
                0 if found.contamination.is_none() => String::new(),
                0 => "No validation image has a twin in training.".to_owned(),
                _some => format!("{leakage} ({}).", told_text(found)),
            };
            // A label without text would send the next one back to the start of the line.
            if !text.is_empty() {
                ui.label(theme::small(text).color(palette.text_weak));
            }
            if let Some((offender, scene)) = self.worst(model) {
                jump = worst_ui(ui, ctx, model, (offender, scene));
            } else if model.films.is_empty() && leakage.twins > 0 {
                review_ui(ui, ctx);
            }
            asked = self.missing_ui(ui, found);
        });
        if let Some(look) = asked {
            self.watch.compare(ctx, look);
        }
        if let Some((_, scene)) = self.worst(model)
            && is_move_pressed(ui, ctx)
        {
            move_to_training(ctx, scene);
        }
        jump
    }

    /// What was not compared yet, and the button for it.
    fn missing_ui(&self, ui: &mut egui::Ui, found: &FoundLeaks) -> Option<Look> {
        let mut asked = None;
        let weak = theme::palette(ui).text_weak;
        let mut line = |ui: &mut egui::Ui, text: String, button: &str, hint: &str, look| {
            ui.label(theme::small(text).color(weak));
            if ui.button(button).on_hover_text(hint).clicked() {
                asked = Some(look);
            }
        };
        if found.unscanned > 0 {
            let images = number::counted(found.unscanned, "image");
            let text = format!("{images} not compared by content yet.");
            let hint = "Reads every image once, to find versions of one image on both sides";
            line(ui, text, "Compare them", hint, Look::Scan);
        }
        if found.is_too_large {
            let text = "Not compared by features: there are very many pairs.".to_owned();
            let hint = "Minutes on a large project; a change of the split asks for it again";
            line(ui, text, "Compare by features", hint, Look::Thorough);
        } else if self.watch.is_embedding() {
            let text = "Computing features…";
            ui.label(theme::small(text).color(theme::palette(ui).text_weak));
        } else if self.watch.lacks_features() {
            let images = number::counted(found.without_features, "image");
            let text = format!("{images} not compared by features yet.");
            let hint = "A network looks at every image once, to find scenes on both sides that show the same. Training stage 1, the scan for outliers and the honesty meter use the same features";
            line(ui, text, "Compare by features", hint, Look::Features);
        }
        asked
    }
}

/// "30 by time, 2 by features"
fn told_text(found: &FoundLeaks) -> String {
    let told = found.told.iter().filter(|(_, count)| *count > 0);
    let told = told.map(|(evidence, count)| format!("{} by {evidence}", number::count(*count)));
    told.collect::<Vec<_>>().join(", ")
}

fn worst_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    (offender, scene): (&Offender, SceneId),
) -> Option<SceneId> {
    let mut jump = None;
    let name = |scene: SceneId| {
        let place = model.place_of(scene)?;
        Some(model.block(place)?.name.clone())
    };
    let own = name(scene)?;
    let weak = theme::palette(ui).text_weak;
    ui.label(theme::small("· worst:").color(weak));
    if ui.link(&own).on_hover_text("Show this scene").clicked() {
        jump = Some(scene);
    }
    let twins = number::counted(offender.twins, "image");
    let how = match offender.evidence {
        Evidence::Time => "of the same scene as",
        Evidence::Hash => "the same as in",
        Evidence::Features => "much like those in",
    };
    ui.label(theme::small(format!("has {twins} {how}")).color(weak));
    match offender
        .train_scene
        .and_then(|scene| Some((scene, name(scene)?)))
    {
        Some((other, name)) => {
            if ui.link(name).on_hover_text("Show this scene").clicked() {
                jump = Some(other);
            }
        }
        None => {
            ui.label(theme::small("training images").color(weak));
        }
    }
    let button = ui.button("Move it to training").on_hover_text(keys::hint(
        ui,
        "The scene and those linked with it; undo takes it back",
        Shortcut::SplitWorstLeak,
    ));
    if button.clicked() {
        move_to_training(ctx, scene);
    }
    jump
}

/// The way out where there is no scene to move.
fn review_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) {
    let button = ui
        .button("Review copies in Cull")
        .on_hover_text("Reject one of each two images that show the same: then chance cannot put them on both sides");
    if button.clicked() {
        ctx.actions.push(Action::Review(Kind::NearDuplicate));
    }
}

fn move_to_training(ctx: &mut ViewCtx<'_>, scene: SceneId) {
    ctx.edit(Edit::SetSide {
        scenes: vec![scene],
        side: Side::Train,
    });
}

fn is_move_pressed(ui: &egui::Ui, ctx: &ViewCtx<'_>) -> bool {
    ctx.keys_are_free(ui) && keys::take(ui, Shortcut::SplitWorstLeak)
}
