//! The form for a folder to watch, and the card of the one that is watched.

use eframe::egui;
use egui_material_icons::icons;

use crate::collect::watch::WatchRequest;
use crate::session::{Command, WatchView};
use crate::ui::context::ViewCtx;
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::{number, theme};

#[derive(Default)]
pub struct WatchForm {
    field: PathField,
    source: String,
    class: String,
}

impl WatchForm {
    /// True when the form is done and can be closed.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) -> bool {
        let weak = theme::palette(ui).text_weak;
        let hint = "A folder that a scraper, VLC or anybody else fills: what is finished comes in by itself, as long as the project is open here. Its sub-folders become classes";
        ui.label(theme::small(hint).color(weak));
        let answer = self
            .field
            .ui(ui, "Path of a folder to watch", Pick::Folder, ctx.waker);
        let folder = self.field.path().filter(|path| path.is_absolute());
        if answer.changed
            && let Some(name) = folder.as_ref().and_then(|folder| folder.file_name())
        {
            self.source = name.to_string_lossy().into_owned();
        }
        for (title, text, hint) in [
            ("Name of the source", &mut self.source, "such as: snapshots"),
            (
                "Class of all images",
                &mut self.class,
                "that of the sub-folder",
            ),
        ] {
            ui.add_space(theme::GAP_SMALL);
            ui.label(theme::strong(title));
            let field = egui::TextEdit::singleline(text)
                .hint_text(hint)
                .desired_width(f32::INFINITY);
            ui.add(field).accessible_name(title);
        }
        ui.add_space(theme::GAP_LARGE);
        let source = self.source.trim().to_owned();
        let is_ready = folder.is_some() && !source.is_empty();
        let button = theme::primary_button_if(ui, is_ready, "Watch the folder");
        let response = ui
            .add_enabled(is_ready, button)
            .on_disabled_hover_text("Choose a folder, by its whole path, and a name for it first");
        if ctx.session.watched().is_some() {
            let text = "It takes the place of the folder that is watched now";
            ui.label(theme::small(text).color(weak));
        }
        let Some(folder) = folder.filter(|_| response.clicked()) else {
            return false;
        };
        let class = self.class.trim();
        ctx.send(Command::Watch(Some(WatchRequest {
            folder,
            source,
            class: (!class.is_empty()).then(|| class.to_owned()),
        })));
        *self = Self::default();
        true
    }
}

pub fn watch_card_ui(ui: &mut egui::Ui, watched: &WatchView, ctx: &mut ViewCtx<'_>) {
    let palette = theme::palette(ui);
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(theme::icon(icons::ICON_VISIBILITY, theme::ICON_BUTTON).color(palette.accent));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let stop = ui
                    .button("Stop watching")
                    .on_hover_text("What came in stays");
                if stop.clicked() {
                    ctx.send(Command::Watch(None));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let title = format!("Watching {}", watched.request.folder.display());
                    ui.add(egui::Label::new(theme::strong(title)).truncate());
                });
            });
        });
        let mut facts = vec![format!(
            "{} came into {}",
            number::counted(watched.added, "image"),
            watched.request.source
        )];
        if watched.unreadable > 0 {
            let files = number::counted(watched.unreadable, "file");
            facts.push(format!("{files} could not be read"));
        }
        ui.label(theme::small(facts.join(" · ")).color(palette.text_weak));
        if let Some(problem) = &watched.problem {
            let text = format!("{problem}; it is looked for again");
            ui.label(theme::small(text).color(palette.error));
        }
    });
}
