//! The form for a folder to watch, and the cards of those that are watched.

use eframe::egui;
use egui_material_icons::icons;

use crate::collect::watch::WatchRequest;
use crate::session::{Command, WatchView};
use crate::ui::context::ViewCtx;
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::{number, theme};

/// Of the page's height.
const WATCHED_PART: f32 = 0.3;

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
        let is_watched = folder.as_ref().is_some_and(|folder| {
            let watched = ctx.session.watched();
            watched.iter().any(|one| one.request.folder == *folder)
        });
        if is_watched {
            let text = "It is watched already, and from then on as it is said here";
            ui.label(theme::small(text).color(weak));
        }
        let Some(folder) = folder.filter(|_| response.clicked()) else {
            return false;
        };
        let class = self.class.trim();
        ctx.send(Command::Watch(WatchRequest {
            folder,
            source,
            class: (!class.is_empty()).then(|| class.to_owned()),
        }));
        *self = Self::default();
        true
    }
}

/// In view however far down the sources are looked at, and never all of the page.
pub fn watch_cards_ui(ui: &mut egui::Ui, watched: &[WatchView], ctx: &mut ViewCtx<'_>) {
    if watched.is_empty() {
        return;
    }
    egui::ScrollArea::vertical()
        .id_salt("watched folders")
        .max_height(ui.available_height() * WATCHED_PART)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for folder in watched {
                watch_card_ui(ui, folder, ctx);
            }
        });
    ui.add_space(theme::GAP_SMALL);
}

fn watch_card_ui(ui: &mut egui::Ui, watched: &WatchView, ctx: &mut ViewCtx<'_>) {
    let palette = theme::palette(ui);
    let request = &watched.request;
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(theme::icon(icons::ICON_VISIBILITY, theme::ICON_BUTTON).color(palette.accent));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let stop = ui
                    .button("Stop watching")
                    .on_hover_text("What came in stays");
                if stop.clicked() {
                    ctx.send(Command::Unwatch(request.folder.clone()));
                }
                stop.accessible_name(format!("Stop watching {}", request.source));
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let title = format!("Watching {}", request.folder.display());
                    ui.add(egui::Label::new(theme::strong(title)).truncate());
                });
            });
        });
        ui.label(theme::small(facts(watched)).color(palette.text_weak));
        if let Some(problem) = &watched.problem {
            let text = format!("{problem}; it is looked for again");
            ui.label(theme::small(text).color(palette.error));
        }
    });
}

/// "12 images came into shots · class elves · 1 file could not be read"
fn facts(watched: &WatchView) -> String {
    let request = &watched.request;
    let images = number::counted(watched.added, "image");
    let mut facts = vec![format!("{images} came into {}", request.source)];
    facts.push(match &request.class {
        Some(class) => format!("class {class}"),
        None => "classes of the sub-folders".to_owned(),
    });
    if watched.unreadable > 0 {
        let files = number::counted(watched.unreadable, "file");
        facts.push(format!("{files} could not be read"));
    }
    facts.join(" · ")
}
