//! The pages, in the order of the job.

use egui_material_icons::MaterialIcon;
use egui_material_icons::icons;

use super::keys::Shortcut;

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
    Settings,
}

impl Page {
    /// Those of the rail: all that need a project, in the order of the job.
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
            Self::Settings => "Settings",
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
            Self::Settings => icons::ICON_SETTINGS,
        }
    }

    /// Whose key opens it.
    pub fn shortcut(self) -> Option<Shortcut> {
        match self {
            Self::Start => None,
            Self::Collect => Some(Shortcut::GoToCollect),
            Self::Cull => Some(Shortcut::GoToCull),
            Self::Split => Some(Shortcut::GoToSplit),
            Self::Train => Some(Shortcut::GoToTrain),
            Self::Evaluate => Some(Shortcut::GoToEvaluate),
            Self::Explain => Some(Shortcut::GoToExplain),
            Self::Publish => Some(Shortcut::GoToPublish),
            Self::Settings => Some(Shortcut::OpenSettings),
        }
    }

    /// Whether it is about a project, and shows nothing without one.
    pub fn needs_project(self) -> bool {
        !matches!(self, Self::Start | Self::Settings)
    }

    pub fn tooltip(self) -> &'static str {
        match self {
            Self::Start => "Open, make or try a project",
            Self::Collect => "Bring in films and images",
            Self::Cull => "Keep and reject images",
            Self::Split => "Choose the validation scenes",
            Self::Train => "Train and watch",
            Self::Evaluate => "See what the model is right and wrong about",
            Self::Explain => "See what the model looked at",
            Self::Publish => "Let others try a run, and export it",
            Self::Settings => "Theme, device, caches and keys",
        }
    }
}
