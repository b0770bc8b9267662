//! Files dropped on the window, and the veil over it while they hang there: it says what dropping them will do.

use std::path::PathBuf;

use eframe::egui;

use super::action::Action;
use super::page::Page;
use super::theme;
use crate::project::Project;

/// Films, images and folders may be dropped on any page. On Explain an image is meant to be looked at, there, and on Evaluate
/// a folder to be measured on. `project`: the name of the open one.
pub fn take_dropped(ui: &egui::Ui, page: Page, project: Option<&str>, actions: &mut Vec<Action>) {
    let (dropped, hovered) = ui.input(|input| {
        let dropped = input.raw.dropped_files.iter();
        let hovered = input.raw.hovered_files.iter();
        let dropped: Vec<PathBuf> = dropped.map(|file| file.path().to_path_buf()).collect();
        let hovered: Vec<PathBuf> = hovered
            .map(|file| file.path.clone().unwrap_or_default())
            .collect();
        (dropped, hovered)
    });
    if !hovered.is_empty() {
        drop_hint_ui(ui, &hint_of(page, project, &hovered));
    }
    if dropped.is_empty() || page == Page::Explain {
        return;
    }
    actions.push(match project_in(&dropped) {
        Some(root) if page == Page::Start => Action::OpenProject(root.clone()),
        _set if page == Page::Evaluate && is_set(&dropped) => {
            Action::EvaluateOn(dropped.into_iter().next().unwrap_or_default())
        }
        _material => Action::Collect(dropped),
    });
}

fn hint_of(page: Page, project: Option<&str>, hovered: &[PathBuf]) -> String {
    let dropped = project_in(hovered).and_then(|root| root.file_name());
    if let (Page::Start, Some(name)) = (page, dropped) {
        return format!("Open the project {}", name.to_string_lossy());
    }
    match (page, project) {
        (Page::Explain, Some(_)) => "Drop an image to see what the model looks at".to_owned(),
        (Page::Evaluate, Some(_)) if is_set(hovered) => {
            "Drop a folder to measure on it: its sub-folders are classes".to_owned()
        }
        (_, Some(name)) => format!("Import films, images or folders into {name}"),
        (_, None) => "Drop films, images or folders for a new project".to_owned(),
    }
}

/// One folder.
fn is_set(paths: &[PathBuf]) -> bool {
    matches!(paths, [folder] if folder.is_dir())
}

/// The first folder among `paths` that is a project.
fn project_in(paths: &[PathBuf]) -> Option<&PathBuf> {
    paths.iter().find(|path| Project::is_at(path))
}

fn drop_hint_ui(ui: &egui::Ui, hint: &str) {
    let palette = theme::palette(ui);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop-hint"));
    let painter = ui.layer_painter(layer);
    let rect = ui.content_rect();
    painter.rect_filled(rect, 0.0, palette.canvas.gamma_multiply(0.85));
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        hint,
        egui::FontId::new(theme::TEXT_TITLE, theme::semibold()),
        palette.text,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_says_what_will_happen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("people");
        Project::create(&root).unwrap();
        let film = PathBuf::from("/films/drakes.mp4");
        let both = [film, root];
        assert_eq!(hint_of(Page::Start, None, &both), "Open the project people");
        assert_eq!(
            hint_of(Page::Cull, Some("elves"), &both),
            "Import films, images or folders into elves"
        );
        assert_eq!(
            hint_of(Page::Start, None, &both[..1]),
            "Drop films, images or folders for a new project"
        );
        assert!(hint_of(Page::Explain, Some("elves"), &[]).contains("looks at"));
    }
}
