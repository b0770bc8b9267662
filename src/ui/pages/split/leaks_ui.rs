//! Leak radar: how much of validation training gives away, through which scene, and the one key that mends it.

use eframe::egui::{self, Key};
use egui_material_icons::icons::{ICON_CHECK, ICON_WARNING};

use super::model::SplitModel;
use crate::catalog::{Edit, SceneId, Side};
use crate::curate::leak::{Evidence, Offender};
use crate::session::jobs::leaks::{FoundLeaks, LeakSearch};
use crate::session::{Command, Job};
use crate::ui::context::ViewCtx;
use crate::ui::{number, theme};

/// Has the split looked at again after each change, and keeps what was found last, so that the number does not flicker.
#[derive(Default)]
pub struct LeakRadar {
    searched: Option<u64>,
    found: Option<FoundLeaks>,
}

impl LeakRadar {
    pub fn follow(&mut self, ctx: &mut ViewCtx<'_>, model: &SplitModel) {
        let mut is_searching = false;
        let mut newest = None;
        for view in ctx.session.jobs() {
            let Job::FindLeaks(search) = &*view.job else {
                continue;
            };
            is_searching |= view.is_running();
            // Later searches have higher ids; also of the same version, for one may know more.
            let is_newer = newest.as_ref().is_none_or(|(id, _)| *id < view.id);
            if let Some(found) = search.found.as_ref().filter(|_| is_newer) {
                newest = Some((view.id, found.clone()));
            }
        }
        self.found = newest.map(|(_, found)| found).or(self.found.take());
        if is_searching || self.searched == model.version() {
            return;
        }
        self.searched = model.version();
        ctx.send(Command::start(LeakSearch::default()));
    }

    /// What is said of the split as it stands.
    fn found(&self) -> Option<&FoundLeaks> {
        self.found.as_ref().filter(|found| found.leakage.of > 0)
    }

    /// The scene that gives away the most, and which can be moved as a whole.
    fn worst(&self, model: &SplitModel) -> Option<(&Offender, SceneId)> {
        if model.random_fraction.is_some() {
            return None;
        }
        let mut offenders = self.found()?.offenders.iter();
        offenders.find_map(|offender| Some((offender, offender.scene?)))
    }

    /// A line; returns the scene to jump to, if one was clicked.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        model: &SplitModel,
    ) -> Option<SceneId> {
        if self.found.is_none() {
            // In the place of what comes, so that nothing moves then.
            let text = theme::small("Looking for leaks…");
            ui.label(text.color(theme::palette(ui).text_weak));
        }
        let found = self.found()?;
        let mut jump = None;
        let mut scans = false;
        ui.horizontal_wrapped(|ui| {
            let palette = theme::palette(ui);
            ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
            let leakage = found.leakage;
            let (icon, color) = if leakage.is_leaking() {
                (ICON_WARNING, palette.warning)
            } else {
                (ICON_CHECK, palette.text_weak)
            };
            ui.label(theme::icon(icon, theme::ICON_BUTTON).color(color));
            let share = number::percent(leakage.contamination());
            ui.label(theme::strong(format!("Leaks {share}")))
                .on_hover_text("Validation images with a twin in training: a frame of the same scene, or another version of the same image");
            let text = match leakage.twins {
                0 => "No validation image has a twin in training.".to_owned(),
                _some => format!("{leakage}."),
            };
            ui.label(theme::small(text).color(palette.text_weak));
            if let Some((offender, scene)) = self.worst(model) {
                jump = worst_ui(ui, ctx, model, (offender, scene));
            }
            if found.unscanned > 0 {
                let text = format!(
                    "{} not compared by content yet.",
                    number::counted(found.unscanned, "image")
                );
                ui.label(theme::small(text).color(palette.text_weak));
                scans = ui
                    .button("Compare them")
                    .on_hover_text("Reads every image once, to find versions of one image on both sides")
                    .clicked();
            }
        });
        if scans {
            // What comes after it knows more, though the split is the same.
            self.searched = None;
            ctx.send(Command::start(LeakSearch {
                scans: true,
                ..LeakSearch::default()
            }));
        }
        if let Some((_, scene)) = self.worst(model)
            && is_move_pressed(ui, ctx)
        {
            move_to_training(ctx, scene);
        }
        jump
    }
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
    let button = ui
        .button("Move it to training")
        .on_hover_text("M. The scene and those linked with it; Ctrl+Z takes it back");
    if button.clicked() {
        move_to_training(ctx, scene);
    }
    jump
}

fn move_to_training(ctx: &mut ViewCtx<'_>, scene: SceneId) {
    ctx.edit(Edit::SetSide {
        scenes: vec![scene],
        side: Side::Train,
    });
}

fn is_move_pressed(ui: &egui::Ui, ctx: &ViewCtx<'_>) -> bool {
    let is_pressed = ui.input(|input| {
        let modifiers = input.modifiers;
        let is_plain = !modifiers.command && !modifiers.alt && !modifiers.shift;
        is_plain && input.key_pressed(Key::M)
    });
    is_pressed && ctx.keys_are_free(ui)
}
