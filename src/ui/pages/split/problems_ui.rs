//! What is wrong with the split, a line for each kind of problem.

use eframe::egui::{self, TextStyle};

use super::model::SplitModel;
use crate::catalog::SceneId;
use crate::dataset::split::SplitProblem;
use crate::ui::theme;
use crate::ui::widgets::elide::elided;

/// In a line; the others are in the tooltip.
const NAMED_CLASSES: usize = 6;
const NAME_WIDTH: f32 = 160.0;

/// Returns the scene to jump to, if a class was clicked.
pub fn problems_ui(ui: &mut egui::Ui, model: &SplitModel) -> Option<SceneId> {
    let mut jump = None;
    let remedies = Remedies::of(model);
    for (heading, classes, remedy) in grouped(&model.problems, remedies) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_SMALL;
            let font = TextStyle::Body.resolve(ui.style());
            let warning = theme::palette(ui).warning;
            ui.label(
                theme::icon(egui_material_icons::icons::ICON_WARNING, theme::ICON_BUTTON)
                    .color(warning),
            );
            ui.label(theme::strong(heading));
            for class in classes.iter().take(NAMED_CLASSES) {
                let shown = elided(ui.painter(), class, &font, NAME_WIDTH);
                match model.first_scene_of(class) {
                    Some(scene) => {
                        let link = ui.link(shown).accessible_name(class);
                        if link
                            .on_hover_text(format!("Show the scenes of {class}"))
                            .clicked()
                        {
                            jump = Some(scene);
                        }
                    }
                    None => {
                        ui.label(shown).accessible_name(class).on_hover_text(class);
                    }
                }
            }
            if let Some(more) = classes.get(NAMED_CLASSES..).filter(|more| !more.is_empty()) {
                ui.label(format!("and {} more", more.len()))
                    .on_hover_text(more.join(", "));
            }
            ui.label(theme::small(remedy).color(theme::palette(ui).text_weak));
        });
    }
    jump
}

/// What a class lacks in validation and what helps, which depends on whether there are scenes to click.
#[derive(Clone, Copy)]
struct Remedies {
    no_validation: (&'static str, &'static str),
    empty_train: &'static str,
}

impl Remedies {
    fn of(model: &SplitModel) -> Self {
        if !model.films.is_empty() {
            return Self {
                no_validation: (
                    "No validation scene in",
                    "— click one of their scenes below, or press Suggest",
                ),
                empty_train: "— click one of their scenes to give it back to training",
            };
        }
        let remedy = if model.random_fraction.is_some() {
            "— take the split back and choose a larger part, or import more images of them"
        } else {
            "— split by chance, below"
        };
        Self {
            no_validation: ("No validation image in", remedy),
            empty_train: "— import more images of them",
        }
    }
}

/// Problems of one kind in one line, so that ten classes without validation do not push the films off the page.
fn grouped(
    problems: &[SplitProblem],
    remedies: Remedies,
) -> Vec<(&'static str, Vec<String>, &'static str)> {
    let mut groups = [
        (
            remedies.no_validation.0,
            Vec::new(),
            remedies.no_validation.1,
        ),
        (
            "Fewer than two scenes in",
            Vec::new(),
            "— one scene cannot be on both sides: import another film, or the same one with smaller steps",
        ),
        ("Nothing to train on in", Vec::new(), remedies.empty_train),
    ];
    for problem in problems {
        let (group, class) = match problem {
            SplitProblem::NoValidation { class } => (0, class),
            SplitProblem::FewScenes { class, .. } => (1, class),
            SplitProblem::EmptyTrain { class } => (2, class),
            // Of no class; see `twins_ui`.
            SplitProblem::Twins { .. } => continue,
        };
        if let Some((_, classes, _)) = groups.get_mut(group) {
            classes.push(class.clone());
        }
    }
    groups
        .into_iter()
        .filter(|(_, classes, _)| !classes.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_classes_with_one_problem_make_one_line() {
        let mut problems: Vec<SplitProblem> = (0..10)
            .map(|index| SplitProblem::NoValidation {
                class: format!("class {index}"),
            })
            .collect();
        problems.push(SplitProblem::FewScenes {
            class: "class 3".into(),
            scenes: 1,
        });
        let groups = grouped(&problems, Remedies::of(&SplitModel::default()));
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].1.len(), 10);
        assert_eq!(groups[1].1, ["class 3"]);
    }
}
