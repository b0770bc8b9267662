//! Linking scenes that show the same: the buttons, the keys, and the scenes that are most like the one under the cursor.

use eframe::egui::{self, Rect, Sense, vec2};

use super::block_ui::image_ui;
use super::cursor::Cursor;
use super::model::{SceneBlock, SplitModel};
use crate::catalog::{Edit, SceneId};
use crate::curate::scene_groups::{LIKELY, SceneLink};
use crate::session::jobs::scene_links::SceneComparison;
use crate::session::{Command, Job};
use crate::ui::context::ViewCtx;
use crate::ui::help::curated::ALIKE_SCENES;
use crate::ui::keys::{self, Shortcut};
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme};

const IMAGE: egui::Vec2 = vec2(80.0, 45.0);
/// Shown beside the scene under the cursor.
const MOST: usize = 4;
/// Less alike than this is not worth a look.
const LEAST: f64 = 0.5;

/// What was compared last.
#[derive(Default)]
pub struct SceneLinks {
    found: Option<Vec<SceneLink>>,
    is_comparing: bool,
}

impl SceneLinks {
    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>) {
        self.is_comparing = false;
        let mut newest = None;
        for view in ctx.session.jobs() {
            let Job::CompareScenes(job) = &*view.job else {
                continue;
            };
            self.is_comparing |= view.is_running();
            let is_newer = newest.as_ref().is_none_or(|(id, _)| *id < view.id);
            if let Some(found) = job.found.as_ref().filter(|_| is_newer) {
                newest = Some((view.id, found.clone()));
            }
        }
        self.found = newest.map(|(_, found)| found).or(self.found.take());
    }

    /// Pairs that are not linked yet and whose scenes are still there, the most alike first.
    fn open<'a>(&'a self, model: &'a SplitModel) -> impl Iterator<Item = &'a SceneLink> {
        let found = self.found.iter().flatten();
        found.filter(|link| {
            let [first, second] = link.scenes.map(|scene| model.block_of(scene));
            match (first, second) {
                (Some(first), Some(second)) => first.group.is_none() || first.group != second.group,
                _gone => false,
            }
        })
    }

    /// Beside the name of the scene under the cursor.
    pub fn buttons_ui(
        &self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        model: &SplitModel,
        selection: &[SceneId],
    ) {
        let can_link = selection.len() > 1;
        let link = ui
            .add_enabled(can_link, egui::Button::new("Link"))
            .on_hover_text(keys::hint(
                ui,
                "One group of these scenes, because they show the same: a split moves them together",
                Shortcut::SplitLink,
            ))
            .on_disabled_hover_text("Select two scenes or more: Shift+arrow or Ctrl+click, or drag one scene onto another");
        if link.clicked() {
            ctx.edit(link_of(selection));
        }
        let is_linked = |scene: &SceneId| {
            model
                .block_of(*scene)
                .is_some_and(|block| block.group.is_some())
        };
        if selection.iter().any(is_linked) {
            let separate = ui.button("Separate").on_hover_text(keys::hint(
                ui,
                "Out of their groups; they stay on their sides",
                Shortcut::SplitSeparate,
            ));
            if separate.clicked() {
                ctx.edit(separate_of(selection));
            }
        }
        let likely: Vec<&SceneLink> = self
            .open(model)
            .filter(|link| link.score >= LIKELY)
            .collect();
        if self.found.is_none() {
            let button = ui
                .add_enabled(!self.is_comparing, egui::Button::new("Find alike scenes"))
                .on_hover_text("Compares all scenes of each film by what a network sees in them and by their colors")
                .on_disabled_hover_text("They are being compared");
            if button.clicked() {
                ctx.send(Command::start(SceneComparison::default()));
            }
        } else if !likely.is_empty() {
            let text = format!("Link {}", number::counted(likely.len(), "likely pair"));
            let button = ui.button(text).on_hover_text(
                "All pairs that are alike with a score of .8 or more, in one step that can be undone. On films with known scenes 24 of 25 were right",
            );
            if button.clicked() {
                ctx.edit(Edit::LinkEach {
                    groups: likely.iter().map(|link| link.scenes.to_vec()).collect(),
                });
            }
        }
    }

    /// The scenes most like this one; returns the one to go to.
    pub fn alike_ui(
        &self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        model: &SplitModel,
        scene: SceneId,
    ) -> Option<SceneId> {
        let alike: Vec<(&SceneBlock, f64)> = self
            .open(model)
            .filter(|link| link.score >= LEAST && link.scenes.contains(&scene))
            .take(MOST)
            .filter_map(|link| {
                let other = link.scenes.into_iter().find(|other| *other != scene)?;
                Some((model.block_of(other)?, link.score))
            })
            .collect();
        if alike.is_empty() {
            return None;
        }
        let mut jump = None;
        let weak = theme::palette(ui).text_weak;
        labelled_ui(ui, theme::small("Most alike").color(weak), &ALIKE_SCENES);
        for (block, score) in alike {
            ui.vertical(|ui| {
                let (rect, response) = ui.allocate_exact_size(IMAGE, Sense::click());
                image_ui(ui, ctx, rect, block.poster);
                let text = format!("Scene {}, alike {score:.2}", block.name);
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &text));
                if response.on_hover_text(text).clicked() {
                    jump = Some(block.id);
                }
                let button = ui
                    .small_button(format!("Link {score:.2}"))
                    .on_hover_text(format!("With scene {}", block.name));
                if button.clicked() {
                    ctx.edit(link_of(&[scene, block.id]));
                }
            });
        }
        jump
    }
}

/// Links what is selected, or separates it.
pub fn take_link_keys(
    ui: &egui::Ui,
    ctx: &mut ViewCtx<'_>,
    model: &SplitModel,
    cursor: &mut Cursor,
) {
    if !ctx.keys_are_free(ui) {
        return;
    }
    let is_separated = keys::take(ui, Shortcut::SplitSeparate);
    if !is_separated && !keys::take(ui, Shortcut::SplitLink) {
        return;
    }
    let selection = cursor.selection(model);
    if is_separated {
        ctx.edit(separate_of(&selection));
    } else if selection.len() > 1 {
        ctx.edit(link_of(&selection));
        cursor.picked.clear();
    } else {
        ctx.toast("Select two scenes or more to link them: Shift+arrow or Ctrl+click");
    }
}

pub fn link_of(scenes: &[SceneId]) -> Edit {
    Edit::LinkScenes {
        scenes: scenes.to_vec(),
    }
}

fn separate_of(scenes: &[SceneId]) -> Edit {
    Edit::SeparateScenes {
        scenes: scenes.to_vec(),
    }
}

/// The outline of the block that a dragged one would be linked with.
pub fn paint_target(ui: &egui::Ui, rect: Rect) {
    let stroke = egui::Stroke::new(theme::EDGE, theme::palette(ui).accent);
    ui.painter()
        .rect_stroke(rect, 2, stroke, egui::StrokeKind::Inside);
}
