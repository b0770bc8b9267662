//! The pages, in the order of the job.

use eframe::egui;
use egui::Key;
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Page {
    #[default]
    Start,
    Collect,
    Cull,
    Split,
    Train,
    Evaluate,
    Explain,
    Publish,
}

impl Page {
    /// Those of the rail: all that need a project.
    pub const RAIL: [Self; 7] = [
        Self::Collect,
        Self::Cull,
        Self::Split,
        Self::Train,
        Self::Evaluate,
        Self::Explain,
        Self::Publish,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Collect => "Collect",
            Self::Cull => "Cull",
            Self::Split => "Split",
            Self::Train => "Train",
            Self::Evaluate => "Evaluate",
            Self::Explain => "Explain",
            Self::Publish => "Publish",
        }
    }

    pub fn icon(self) -> MaterialIcon {
        match self {
            Self::Start => icons::ICON_HOME,
            Self::Collect => icons::ICON_VIDEO_LIBRARY,
            Self::Cull => icons::ICON_CHECKLIST,
            Self::Split => icons::ICON_CALL_SPLIT,
            Self::Train => icons::ICON_SHOW_CHART,
            Self::Evaluate => icons::ICON_FACT_CHECK,
            Self::Explain => icons::ICON_VISIBILITY,
            Self::Publish => icons::ICON_PUBLIC,
        }
    }

    /// With Ctrl.
    pub fn key(self) -> Option<Key> {
        match self {
            Self::Start => None,
            Self::Collect => Some(Key::Num1),
            Self::Cull => Some(Key::Num2),
            Self::Split => Some(Key::Num3),
            Self::Train => Some(Key::Num4),
            Self::Evaluate => Some(Key::Num5),
            Self::Explain => Some(Key::Num6),
            Self::Publish => Some(Key::Num7),
        }
    }

    pub fn tooltip(self) -> &'static str {
        match self {
            Self::Start => "Open, make or try a project",
            Self::Collect => "Bring in films and images (Ctrl+1)",
            Self::Cull => "Keep and reject images (Ctrl+2)",
            Self::Split => "Choose the validation scenes (Ctrl+3)",
            Self::Train => "Train and watch (Ctrl+4)",
            Self::Evaluate => "See what the model is right and wrong about (Ctrl+5)",
            Self::Explain => "See what the model looked at (Ctrl+6)",
            Self::Publish => "Let others try a run, and export it (Ctrl+7)",
        }
    }
}
