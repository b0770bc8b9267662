//! The start page: recent projects, a new one, an existing one, the sample.

mod news_ui;
mod recent_ui;

use std::path::PathBuf;

use eframe::egui;
use egui_material_icons::icons;

use self::news_ui::news_ui;
use self::recent_ui::recent_list_ui;
use crate::ui::action::Action;
use crate::ui::context::StartCtx;
use crate::ui::sample_maker::{self, SampleMaker};
use crate::ui::widgets::path_field::{PathField, Pick};
use crate::ui::widgets::right_panel::RightPanel;
use crate::ui::widgets::scrolled::scrolled_ui;
use crate::ui::{number, theme};

pub struct StartPage {
    name: String,
    folder: PathField,
    existing: PathField,
    sample: SampleMaker,
}

impl Default for StartPage {
    fn default() -> Self {
        let home = directories::UserDirs::new().map(|dirs| dirs.home_dir().to_path_buf());
        let folder = home.unwrap_or_default();
        Self {
            name: String::new(),
            folder: PathField::with_text(folder.display().to_string()),
            existing: PathField::default(),
            sample: SampleMaker::default(),
        }
    }
}

impl StartPage {
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut StartCtx<'_>) {
        self.sample.take(ctx);
        let forms = RightPanel {
            name: "start-forms",
            default_width: theme::FORM_PANEL_WIDTH,
            widths: theme::FORM_PANEL_WIDTH..=theme::FORM_PANEL_WIDTH,
        };
        forms.middle_ui(ui, theme::canvas_frame(ui), |ui| {
            if ctx.recent.is_empty() {
                self.welcome_ui(ui, ctx);
            } else {
                news_ui(ui, ctx);
                recent_list_ui(ui, ctx);
            }
        });
        forms.ui(ui, |ui| {
            scrolled_ui(
                ui,
                egui::ScrollArea::vertical()
                    .id_salt("start-forms")
                    .auto_shrink(false),
                |ui, _| {
                    self.new_ui(ui, ctx);
                    ui.add_space(theme::GAP_HUGE);
                    self.open_ui(ui, ctx);
                    // Whoever has no project yet finds it in the middle.
                    if !ctx.recent.is_empty() {
                        ui.add_space(theme::GAP_HUGE);
                        self.sample_ui(ui, ctx);
                    }
                },
            );
        });
    }

    /// The first start: what this is, and the one thing that needs no preparation.
    fn welcome_ui(&mut self, ui: &mut egui::Ui, ctx: &mut StartCtx<'_>) {
        let weak = theme::palette(ui).text_weak;
        ui.vertical_centered(|ui| {
            ui.set_max_width(theme::FORM_WIDTH.min(ui.available_width()));
            ui.add_space((ui.available_height() * 0.25).max(theme::GAP_HUGE));
            ui.label(theme::icon(icons::ICON_MOVIE, theme::ICON_EMPTY).color(weak));
            ui.label(theme::title("From films to a classifier you can trust"));
            ui.add_space(theme::GAP_SMALL);
            let text = "Cut films into images, throw out what is bad, split by scene, train, and see what the net looks at.";
            ui.label(egui::RichText::new(text).color(weak));
            ui.add_space(theme::GAP_HUGE);
            let button = theme::primary_button(ui, sample_maker::BUTTON);
            self.sample.ui(ui, button, self.folder.path(), ctx);
            ui.label(theme::small(sample_maker::WHAT_IT_IS).color(weak));
            ui.add_space(theme::GAP_HUGE);
            ui.label("Or drop films and folders here, or make a project on the right.");
        });
    }

    fn sample_ui(&mut self, ui: &mut egui::Ui, ctx: &mut StartCtx<'_>) {
        ui.label(theme::title("Sample"));
        let weak = theme::palette(ui).text_weak;
        ui.label(theme::small(sample_maker::WHAT_IT_IS).color(weak));
        let button = egui::Button::new(sample_maker::BUTTON);
        self.sample.ui(ui, button, self.folder.path(), ctx);
    }

    fn new_ui(&mut self, ui: &mut egui::Ui, ctx: &mut StartCtx<'_>) {
        ui.label(theme::title("New project"));
        if ctx.waiting > 0 {
            let text = format!(
                "{} to import once the project is made",
                number::counted(ctx.waiting, "dropped item")
            );
            ui.label(theme::small(text).color(theme::palette(ui).accent));
        }
        ui.label("Name");
        let field = egui::TextEdit::singleline(&mut self.name)
            .hint_text("such as: fantasy peoples")
            .desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name("Name of the project");
        let entered =
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        ui.label("In the folder");
        self.folder
            .ui(ui, "Folder for the project", Pick::Folder, ctx.waker);
        let root = self.new_root();
        if let Some(root) = &root {
            let text = format!("Will be {}", root.display());
            ui.label(theme::small(text).color(theme::palette(ui).text_weak));
        }
        let button = theme::primary_button_if(ui, root.is_some(), "Make the project");
        let clicked = ui
            .add_enabled(root.is_some(), button)
            .on_disabled_hover_text("Give it a name and a folder first")
            .clicked();
        if let Some(root) = root.filter(|_| clicked || entered) {
            ctx.actions.push(Action::CreateProject(root));
        }
    }

    fn new_root(&self) -> Option<PathBuf> {
        let name = self.name.trim();
        let is_folder_name = !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
        Some(self.folder.path().filter(|_| is_folder_name)?.join(name))
    }

    fn open_ui(&mut self, ui: &mut egui::Ui, ctx: &mut StartCtx<'_>) {
        ui.label(theme::title("Open a project"));
        let answer = self
            .existing
            .ui(ui, "Folder of a project", Pick::Folder, ctx.waker);
        let path = self.existing.path();
        let clicked = ui
            .add_enabled(path.is_some(), egui::Button::new("Open"))
            .on_disabled_hover_text("Choose or type its folder first")
            .clicked();
        let chosen = !answer.chosen.is_empty();
        if let Some(path) = path.filter(|_| clicked || chosen || answer.entered) {
            ctx.actions.push(Action::OpenProject(path));
        }
    }
}
