//! What a person sets, for the window and the command line alike: `settings.toml` in the platform's folder for settings.
//!
//! The file is its owner's: comments survive every change, and so does what this version does not know. An entry that cannot be
//! used is a fault, one line with key, remedy and file, and all others count. Options of the command line win over the file.

mod broken_lines;
mod file;
mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use file::{SettingsFile, default_dir};

use crate::ops::compute::Compute;
use crate::project::cache::CacheLimits;

/// How the window looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Neutral greys: images are judged fairly.
    #[default]
    Dark,
    Light,
    /// As the system has it.
    System,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::System];
}

impl fmt::Display for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::System => "system",
        })
    }
}

impl FromStr for Theme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut themes = Self::ALL.into_iter();
        themes
            .find(|theme| theme.to_string() == text)
            .ok_or_else(|| format!("{text:?} is no theme; write dark, light or system"))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub theme: Theme,
    /// Where trainings compute that are not told otherwise; `None`: the first GPU, or the CPU if there is none.
    pub device: Option<Compute>,
    pub cache: CacheLimits,
    /// Keys of the window as they are written, by the name of what they do; only the window knows what there is.
    pub keys: BTreeMap<String, String>,
}

/// One entry of the file, changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Theme(Theme),
    Device(Option<Compute>),
    Cache(CacheLimits),
    /// The key of what is named so.
    Key {
        name: String,
        chord: String,
    },
}

impl Settings {
    /// Entries that differ from the defaults, as they stand in the file.
    pub fn differences(&self) -> Vec<String> {
        let default = Self::default();
        let mut lines = Vec::new();
        if self.theme != default.theme {
            lines.push(format!("theme = \"{}\"", self.theme));
        }
        if let Some(device) = self.device {
            lines.push(format!("device = \"{device}\""));
        }
        for ((name, bytes), (_, usual)) in limits(self.cache).into_iter().zip(limits(default.cache))
        {
            if bytes != usual {
                lines.push(format!("cache.{name} = {}", gb(bytes)));
            }
        }
        let keys = self.keys.iter();
        lines.extend(keys.map(|(name, chord)| format!("keys.{name} = {chord:?}")));
        lines
    }

    fn make(&mut self, change: Change) {
        match change {
            Change::Theme(theme) => self.theme = theme,
            Change::Device(device) => self.device = device,
            Change::Cache(limits) => self.cache = limits,
            Change::Key { name, chord } => {
                self.keys.insert(name, chord);
            }
        }
    }
}

const GB: f64 = 1e9;

/// By their names in the file.
fn limits(limits: CacheLimits) -> [(&'static str, u64); 2] {
    [
        ("thumbnails_gb", limits.thumbnails_bytes),
        ("features_gb", limits.features_bytes),
    ]
}

/// Bytes in GB.
pub fn gb(bytes: u64) -> f64 {
    bytes as f64 / GB
}

/// GB in bytes.
pub fn bytes(gb: f64) -> u64 {
    (gb * GB).round() as u64
}
