//! What the window remembers between starts: recent projects, sizes. Losing it loses no work; what a person sets is in
//! [`crate::settings`].

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::guide::choice::GuideChoice;
use super::layout::Layout;
use crate::catalog::ImageId;
use crate::project::write_atomic;
use crate::settings::Theme;

const MAX_RECENT: usize = 12;

/// A project on the start page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    pub path: PathBuf,
    pub name: String,
    /// Best accuracy of the newest run when it was last open, 0 to 1.
    pub accuracy: Option<f64>,
    /// Why that looks better than it is, in short.
    #[serde(default)]
    pub caveat: Option<String>,
    /// A few of its images with their hashes, for the strip.
    #[serde(default)]
    pub strip: Vec<(PathBuf, String)>,
    #[serde(default)]
    pub images: usize,
    /// What is left to do, for people: "312 undecided".
    #[serde(default)]
    pub to_do: Vec<String>,
    /// The image under the cursor of Cull.
    #[serde(default)]
    pub cursor: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    /// From before there was a file of settings.
    #[serde(skip_serializing)]
    theme: Option<String>,
    cell_size: Option<f32>,
    recent: Vec<Recent>,
    /// How operators of servers can reach the person who collects from the web.
    contact: String,
    layout: Layout,
    guide: GuideChoice,
    /// Heading of the newest section of the changelog that was seen.
    seen_news: Option<String>,
}

/// Written on every change; without a folder (in tests, or without a home) nothing is remembered.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    file: Option<PathBuf>,
    stored: Stored,
}

impl Remembered {
    /// A missing or damaged file counts as empty: these are conveniences.
    pub fn load(dir: Option<&Path>) -> Self {
        let file = dir.map(|dir| dir.join("window.toml"));
        let stored = file
            .as_deref()
            .and_then(|file| std::fs::read_to_string(file).ok())
            .and_then(|text| toml::from_str(&text).ok())
            .unwrap_or_default();
        Self { file, stored }
    }

    /// The theme that an older version kept here; the settings file has it now.
    pub fn old_theme(&self) -> Option<Theme> {
        self.stored.theme.as_deref()?.parse().ok()
    }

    /// Newest first.
    pub fn recent(&self) -> &[Recent] {
        &self.stored.recent
    }

    /// The image that was under the cursor of Cull when the project at `path` was last open.
    pub fn cursor_of(&self, path: &Path) -> Option<ImageId> {
        let project = self.stored.recent.iter().find(|recent| recent.path == path);
        project?.cursor.map(ImageId)
    }

    /// Puts the project on top of the list.
    pub fn remember(&mut self, recent: Recent) {
        if self.stored.recent.first() == Some(&recent) {
            return;
        }
        self.stored.recent.retain(|other| other.path != recent.path);
        self.stored.recent.insert(0, recent);
        self.stored.recent.truncate(MAX_RECENT);
        self.save();
    }

    pub fn forget(&mut self, path: &Path) {
        self.stored.recent.retain(|other| other.path != path);
        self.save();
    }

    /// Side of a grid cell in points.
    pub fn cell_size(&self) -> Option<f32> {
        self.stored.cell_size
    }

    pub fn set_cell_size(&mut self, size: f32) {
        if self.stored.cell_size != Some(size) {
            self.stored.cell_size = Some(size);
            self.save();
        }
    }

    pub fn contact(&self) -> &str {
        &self.stored.contact
    }

    pub fn set_contact(&mut self, contact: &str) {
        if self.stored.contact != contact {
            contact.clone_into(&mut self.stored.contact);
            self.save();
        }
    }

    pub fn guide(&self) -> GuideChoice {
        self.stored.guide
    }

    pub fn set_guide(&mut self, guide: GuideChoice) {
        if self.stored.guide != guide {
            self.stored.guide = guide;
            self.save();
        }
    }

    /// `None` before anything was seen.
    pub fn seen_news(&self) -> Option<&str> {
        self.stored.seen_news.as_deref()
    }

    pub fn set_seen_news(&mut self, heading: &str) {
        if self.seen_news() != Some(heading) {
            self.stored.seen_news = Some(heading.to_owned());
            self.save();
        }
    }

    pub fn layout(&self) -> &Layout {
        &self.stored.layout
    }

    pub fn set_layout(&mut self, layout: &Layout) {
        if self.stored.layout != *layout {
            self.stored.layout = layout.clone();
            self.save();
        }
    }

    fn save(&self) {
        let Some(file) = &self.file else { return };
        let written = toml::to_string_pretty(&self.stored)
            .map_err(anyhow::Error::from)
            .and_then(|text| {
                if let Some(dir) = file.parent() {
                    std::fs::create_dir_all(dir)?;
                }
                Ok(write_atomic(file, text.as_bytes())?)
            });
        if let Err(error) = written {
            tracing::warn!("the window does not remember its layout: {error:#}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recent(path: &str) -> Recent {
        Recent {
            path: path.into(),
            name: path.into(),
            accuracy: Some(0.5),
            caveat: None,
            strip: Vec::new(),
            images: 3,
            to_do: vec!["3 undecided".to_owned()],
            cursor: Some(7),
        }
    }

    #[test]
    fn it_survives_a_restart_and_a_damaged_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut remembered = Remembered::load(Some(dir.path()));
        remembered.remember(recent("a"));
        remembered.remember(recent("b"));
        remembered.remember(recent("a"));
        remembered.set_contact("me@example.org");
        let again = Remembered::load(Some(dir.path()));
        let names: Vec<_> = again.recent().iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(again.contact(), "me@example.org");
        assert_eq!(again.cursor_of(Path::new("a")), Some(ImageId(7)));
        assert_eq!(again.cursor_of(Path::new("c")), None);

        std::fs::write(dir.path().join("window.toml"), "theme = 7").unwrap();
        assert!(Remembered::load(Some(dir.path())).recent().is_empty());
    }
}
