//! The project's classes on the Collect page: how many images each has; to rename, merge and exclude them.

use eframe::egui::{self, RichText};
use egui_material_icons::icons;

use crate::catalog::{ClassId, Edit, Snapshot};
use crate::ui::context::ViewCtx;
use crate::ui::{number, theme};

/// More classes than this are folded until someone looks for one, and can be searched.
const MANY: usize = 12;
const MENU_WIDTH: f32 = 240.0;
const MAX_LIST_HEIGHT: f32 = 280.0;
/// Letters of a name; of a longer one the beginning and the end are shown.
const NAME_LETTERS: usize = 28;

/// What a class amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassRow {
    pub id: ClassId,
    pub name: String,
    /// [`Snapshot::class_place`]
    pub place: usize,
    pub images: usize,
    pub is_excluded: bool,
}

/// Sorted by name.
pub fn class_rows(snapshot: &Snapshot) -> Vec<ClassRow> {
    let row = |(id, name): &(ClassId, String)| ClassRow {
        id: *id,
        name: name.clone(),
        place: snapshot.class_place(*id).unwrap_or_default(),
        images: snapshot
            .images
            .iter()
            .filter(|image| image.class == Some(*id))
            .count(),
        is_excluded: snapshot.excluded.contains(id),
    };
    snapshot.classes.iter().map(row).collect()
}

#[derive(Default)]
pub struct ClassesView {
    search: String,
    /// The open menu's field for a new name.
    renamed: Option<(ClassId, String)>,
}

impl ClassesView {
    pub fn ui(&mut self, ui: &mut egui::Ui, rows: &[ClassRow], ctx: &mut ViewCtx<'_>) {
        if rows.is_empty() {
            return;
        }
        let title = match rows.len() {
            1 => "1 class".to_owned(),
            several => format!("{several} classes"),
        };
        egui::CollapsingHeader::new(theme::strong(title))
            .id_salt("classes")
            .default_open(rows.len() <= MANY)
            .show(ui, |ui| {
                if rows.len() > MANY {
                    let field = egui::TextEdit::singleline(&mut self.search)
                        .hint_text("Search a class")
                        .desired_width(MENU_WIDTH);
                    ui.add(field).accessible_name("Search a class");
                } else {
                    self.search.clear();
                }
                let sought = self.search.trim().to_lowercase();
                let mut is_menu_open = false;
                ui.horizontal_wrapped(|ui| {
                    for row in rows {
                        if row.name.to_lowercase().contains(&sought) {
                            is_menu_open |= self.class_ui(ui, row, rows, ctx);
                        }
                    }
                });
                if !is_menu_open {
                    self.renamed = None;
                }
            });
        ui.add_space(theme::GAP_SMALL);
    }

    /// True while its menu is open.
    fn class_ui(
        &mut self,
        ui: &mut egui::Ui,
        row: &ClassRow,
        rows: &[ClassRow],
        ctx: &mut ViewCtx<'_>,
    ) -> bool {
        let palette = theme::palette(ui);
        let name = shortened(&row.name, NAME_LETTERS);
        let count = number::count(row.images);
        let text = if row.is_excluded {
            RichText::new(format!("{name}  {count}  excluded"))
                .size(theme::TEXT_SMALL)
                .color(palette.text_weak)
        } else {
            theme::small(format!("{name}  {count}"))
        };
        let swatch =
            theme::icon(icons::ICON_SQUARE, theme::SWATCH).color(theme::class_color(row.place));
        let arrow = theme::icon(icons::ICON_ARROW_DROP_DOWN, theme::ICON_BUTTON);
        let config = egui::containers::menu::MenuConfig::new()
            .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
        let button = egui::Button::new((swatch, text, arrow));
        let (response, menu) = egui::containers::menu::MenuButton::from_button(button)
            .config(config)
            .ui(ui, |ui| self.menu_ui(ui, row, rows, ctx));
        let state = if row.is_excluded { ", excluded" } else { "" };
        let images = number::counted(row.images, "image");
        response
            .accessible_name(format!("Class {}, {images}{state}", row.name))
            .on_hover_text(format!("{}: {images}{state}", row.name));
        menu.is_some()
    }

    fn menu_ui(
        &mut self,
        ui: &mut egui::Ui,
        row: &ClassRow,
        rows: &[ClassRow],
        ctx: &mut ViewCtx<'_>,
    ) {
        ui.set_width(MENU_WIDTH);
        self.name_ui(ui, row, rows, ctx);
        let others = rows.iter().filter(|other| other.id != row.id);
        if rows.len() > 1 {
            ui.menu_button("Merge into", |ui| {
                egui::ScrollArea::vertical()
                    .max_height(MAX_LIST_HEIGHT)
                    .show(ui, |ui| {
                        for other in others {
                            let into = shortened(&other.name, NAME_LETTERS);
                            if ui
                                .button(&into)
                                .accessible_name(format!("Merge {} into {}", row.name, other.name))
                                .clicked()
                            {
                                ctx.edit(Edit::MergeClass {
                                    class: row.id,
                                    into: other.id,
                                });
                                ui.close();
                            }
                        }
                    });
            });
        }
        let hint = "Its images stay in the project, without a class; Undo brings it back";
        if ui
            .button("Drop the class")
            .on_hover_text(hint)
            .accessible_name(format!("Drop the class {}", row.name))
            .clicked()
        {
            ctx.edit(Edit::DropClass { class: row.id });
            ui.close();
        }
        let text = if row.is_excluded {
            "Train on it again"
        } else {
            "Exclude from training"
        };
        let hint = "Its images stay, but no training and no validation sees them";
        if ui.button(text).on_hover_text(hint).clicked() {
            ctx.edit(Edit::ExcludeClass {
                class: row.id,
                is_excluded: !row.is_excluded,
            });
            ui.close();
        }
    }

    fn name_ui(
        &mut self,
        ui: &mut egui::Ui,
        row: &ClassRow,
        rows: &[ClassRow],
        ctx: &mut ViewCtx<'_>,
    ) {
        if self.renamed.as_ref().is_none_or(|(id, _)| *id != row.id) {
            self.renamed = Some((row.id, row.name.clone()));
        }
        let Some((_, name)) = &mut self.renamed else {
            return;
        };
        let field = egui::TextEdit::singleline(name)
            .hint_text("Name, then Enter")
            .desired_width(f32::INFINITY);
        let field = ui
            .add(field)
            .accessible_name(format!("Name of {}", row.name));
        let is_entered =
            field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let new = name.trim();
        let is_taken = rows
            .iter()
            .any(|other| other.id != row.id && other.name == new);
        if is_taken {
            let text = format!("There is a class {new} already: merge into it below");
            ui.label(theme::small(text).color(theme::palette(ui).error));
        } else if is_entered && !new.is_empty() {
            ctx.edit(Edit::RenameClass {
                class: row.id,
                name: new.to_owned(),
            });
            ui.close();
        }
    }
}

/// The beginning and the end of a name of more letters than `most`.
fn shortened(name: &str, most: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= most {
        return name.to_owned();
    }
    let end = most / 3;
    let (head, tail) = (&letters[..most - end - 1], &letters[letters.len() - end..]);
    head.iter().chain(['…'].iter()).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_end() {
        assert_eq!(shortened("elves", 10), "elves");
        assert_eq!(shortened("elves of the second age 17", 12), "elves o…e 17");
        assert_eq!(shortened("ÄÖÜÄÖÜÄÖÜ", 6).chars().count(), 6);
    }
}
