//! The settings file on disk. It is read anew before every change, so that what its owner typed meanwhile stays, and one with an
//! error is not written at all: it would come back with less than it held.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::broken_lines::usable_part;
use super::read::read;
use super::{Change, Settings, gb, limits};
use crate::error::{Error, Result};
use crate::project::cache::CacheLimits;
use crate::project::write_atomic;

const NAME: &str = "settings.toml";

/// The platform's folder for settings.
pub fn default_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "cutting-room")
        .map(|dirs| dirs.config_dir().to_path_buf())
}

#[derive(Clone, Debug, Default)]
pub struct SettingsFile {
    /// `None` without a folder (in tests, or without a home): what is changed holds until the end.
    path: Option<PathBuf>,
    settings: Settings,
    faults: Vec<String>,
    has_theme: bool,
    /// Of the file as it was read or written last.
    stamp: Option<Stamp>,
}

/// When a file was changed last, and how long it is.
type Stamp = (SystemTime, u64);

impl SettingsFile {
    /// A missing file is one without entries.
    pub fn load(dir: Option<&Path>) -> Self {
        let Some(path) = dir.map(|dir| dir.join(NAME)) else {
            return Self::default();
        };
        // Before it is read: what changes meanwhile is read again.
        let stamp = stamp_of(&path);
        let (document, mut faults) = match text_of(&path) {
            Ok(text) => usable_part(&text),
            Err(error) => (DocumentMut::new(), vec![error.to_string()]),
        };
        let (settings, unusable) = read(document.as_table());
        faults.extend(unusable);
        let mut file = Self {
            settings,
            faults: Vec::new(),
            has_theme: document.contains_key("theme"),
            stamp,
            path: Some(path),
        };
        file.add_faults(faults);
        file
    }

    /// Of entries that only somebody else can judge, as the window the names of its keys.
    pub fn add_faults(&mut self, faults: Vec<String>) {
        let path = self.path.as_deref();
        let file = path.map_or_else(String::new, |path| format!("; file {}", path.display()));
        // A value of several lines is quoted in one.
        let one_line = |fault: String| fault.split_whitespace().collect::<Vec<_>>().join(" ");
        let faults = faults.into_iter().map(one_line);
        self.faults
            .extend(faults.map(|fault| format!("{fault}{file}")));
    }

    /// Whether somebody else has changed the file since.
    pub fn is_stale(&self) -> bool {
        let path = self.path.as_deref();
        path.is_some_and(|path| stamp_of(path) != self.stamp)
    }

    /// Reads it again.
    pub fn reload(&mut self) {
        let folder = self.path.as_deref().and_then(Path::parent);
        *self = Self::load(folder);
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where it is, or will be once something is set.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Entries that do not count, a line each with the remedy.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Whether the file says how the window looks.
    pub fn has_theme(&self) -> bool {
        self.has_theme
    }

    /// Holds at once, and is written.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the file has an error, [`Error::Io`] if it cannot be written; the change then holds until the program ends,
    /// and the file is as before.
    pub fn change(&mut self, change: &Change) -> Result<()> {
        let before = self.settings.cache;
        self.settings.make(change.clone());
        let is_stale = self.is_stale();
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut text = text_of(path).map_err(|error| {
            Error::Invalid(format!("nothing is set: {error}; file {}", path.display()))
        })?;
        let has_crlf = text.contains("\r\n");
        let mut document: DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| broken(path, error.message()))?;
        if document.as_table().is_empty() {
            // Comments alone would come after everything that is added.
            document = DocumentMut::new();
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
        } else {
            text.clear();
        }
        write_change(&mut document, change, before).map_err(|reason| broken(path, &reason))?;
        // A link to the file, as those who keep their settings elsewhere have it, stays a link.
        let target = path.canonicalize().unwrap_or_else(|_new| path.clone());
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        }
        let mut written = format!("{text}{document}").replace("\r\n", "\n");
        if has_crlf {
            written = written.replace('\n', "\r\n");
        }
        write_atomic(&target, written.as_bytes())?;
        if !is_stale {
            // What was typed meanwhile is still to be read.
            self.stamp = stamp_of(path);
        }
        Ok(())
    }
}

/// `None` if there is no file.
fn stamp_of(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Empty if there is none.
fn text_of(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(_error) if path.is_dir() => Err(Error::Invalid(
            "a folder has the name of the settings; move it away".to_owned(),
        )),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(Error::Invalid(
            "the settings are no text in UTF-8; save the file so".to_owned(),
        )),
        Err(error) => Err(Error::Invalid(format!(
            "the settings cannot be read: {error}; look at the file's permissions"
        ))),
    }
}

fn broken(path: &Path, reason: &str) -> Error {
    Error::Invalid(format!(
        "the setting holds until the program ends, but is not written, because the file has an error ({}); correct it; file {}",
        reason.lines().next().unwrap_or_default().trim(),
        path.display()
    ))
}

/// `before`: the limits that held; one that stays as it is may have been set by hand meanwhile.
fn write_change(
    document: &mut DocumentMut,
    change: &Change,
    before: CacheLimits,
) -> std::result::Result<(), String> {
    match change {
        Change::Theme(theme) => set(document.as_table_mut(), "theme", theme.to_string().into()),
        Change::Device(device) => {
            let device = device.map_or_else(|| "auto".to_owned(), |device| device.to_string());
            set(document.as_table_mut(), "device", device.into());
        }
        Change::Cache(cache) => {
            let table = table(document, "cache")?;
            for ((name, bytes), (_, held)) in limits(*cache).into_iter().zip(limits(before)) {
                if bytes != held {
                    set(table, name, gb(bytes).into());
                }
            }
        }
        Change::Key { name, chord } => set(table(document, "keys")?, name, chord.into()),
    }
    Ok(())
}

fn table<'a>(
    document: &'a mut DocumentMut,
    name: &str,
) -> std::result::Result<&'a mut dyn TableLike, String> {
    document
        .entry(name)
        .or_insert_with(toml_edit::table)
        .as_table_like_mut()
        .ok_or_else(|| format!("`{name}` is no table"))
}

/// What stands around the value, comments above all, stays.
fn set(table: &mut dyn TableLike, name: &str, mut value: Value) {
    if let Some(old) = table.get(name).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    match table.get_mut(name) {
        Some(item) => *item = Item::Value(value),
        None => {
            table.insert(name, Item::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::compute::Compute;
    use crate::settings::Theme;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_change_leaves_comments_and_everything_else_alone() {
        let text = "# mine\ntheme = \"light\" # for the evening\n\n[keys]\n# left hand\ncull_reject = \"Q\"\n\n[later]\nx = 1\n";
        let (folder, path) = written(text);
        let mut file = SettingsFile::load(Some(folder.path()));
        assert_eq!(file.settings().theme, Theme::Light);
        assert_eq!(
            file.faults().len(),
            1,
            "[later] is unknown: {:?}",
            file.faults()
        );
        file.change(&Change::Theme(Theme::System)).unwrap();
        file.change(&Change::Device(Some(Compute::Cpu))).unwrap();
        file.change(&Change::Key {
            name: "cull_reject".to_owned(),
            chord: "R".to_owned(),
        })
        .unwrap();
        let limits = CacheLimits {
            features_bytes: 500_000_000,
            ..CacheLimits::default()
        };
        file.change(&Change::Cache(limits)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for part in [
            "# mine\n",
            "theme = \"system\" # for the evening\n",
            "# left hand\ncull_reject = \"R\"\n",
            "[later]\nx = 1\n",
            "device = \"cpu\"\n",
            "features_gb = 0.5\n",
        ] {
            assert!(text.contains(part), "{part:?} in:\n{text}");
        }
        let again = SettingsFile::load(Some(folder.path()));
        assert_eq!(again.settings(), file.settings());
    }

    #[test]
    fn a_broken_line_is_named_and_the_rest_counts_and_nothing_is_overwritten() {
        let text = "theme = light\ndevice = \"cpu\"\n[cache]\nfeatures_gb = \"two\"\n";
        let (folder, path) = written(text);
        let mut file = SettingsFile::load(Some(folder.path()));
        assert_eq!(file.settings().device, Some(Compute::Cpu));
        let faults = file.faults();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(
            faults[0].starts_with("line 1 of the settings"),
            "{faults:?}"
        );
        assert!(faults[1].contains("`cache.features_gb`"), "{faults:?}");
        for fault in faults {
            assert!(fault.ends_with("settings.toml"), "{fault}");
            assert_eq!(fault.lines().count(), 1, "{fault}");
        }
        let error = file.change(&Change::Theme(Theme::Light)).unwrap_err();
        assert!(error.to_string().contains("correct it"), "{error}");
        assert_eq!(file.settings().theme, Theme::Light, "until the end");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn every_entry_that_cannot_be_used_says_what_can() {
        for (entry, remedy) in [
            ("theme = \"blue\"", "dark, light or system"),
            ("theme = 7", "put it in quotes"),
            ("device = \"gpu\"", "auto, cpu, cuda or cuda:N"),
            ("cache = 3", "[cache]"),
            ("[cache]\nfeatures_gb = -1", "such as 2.5"),
            ("[cache]\nfeatures_gb = nan", "such as 2.5"),
            ("[cache]\nfeature_gb = 1", "thumbnails_gb and features_gb"),
            ("[keys]\nundo = 3", "put it in quotes"),
            ("colour = \"red\"", "theme, device, [cache] and [keys]"),
        ] {
            let (folder, _) = written(entry);
            let file = SettingsFile::load(Some(folder.path()));
            assert_eq!(*file.settings(), Settings::default(), "{entry}");
            let [fault] = file.faults() else {
                panic!("{entry}: {:?}", file.faults());
            };
            assert!(fault.contains(remedy), "{entry}: {fault}");
        }
    }

    #[test]
    fn what_was_typed_meanwhile_stays() {
        let (folder, path) = written("");
        let mut file = SettingsFile::load(Some(folder.path()));
        std::fs::write(&path, "device = \"cpu\"\n").unwrap();
        file.change(&Change::Theme(Theme::Light)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("device = \"cpu\""), "{text}");
        assert!(text.contains("theme = \"light\""), "{text}");
        assert!(file.is_stale(), "it does not hold here yet");
        file.reload();
        assert_eq!(file.settings().device, Some(Compute::Cpu));
        assert!(!file.is_stale());
        file.change(&Change::Theme(Theme::Dark)).unwrap();
        assert!(!file.is_stale(), "one's own change is no news");
    }

    #[test]
    fn line_ends_stay_what_they_are() {
        let (folder, path) = written("# mine\r\ntheme = \"light\"\r\n");
        let mut file = SettingsFile::load(Some(folder.path()));
        file.change(&Change::Device(Some(Compute::Cpu))).unwrap();
        file.change(&Change::Theme(Theme::Dark)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "# mine\r\ntheme = \"dark\"\r\ndevice = \"cpu\"\r\n");
    }

    #[test]
    fn without_a_folder_changes_hold_until_the_end() {
        let mut file = SettingsFile::load(None);
        file.change(&Change::Theme(Theme::Light)).unwrap();
        assert_eq!(file.settings().theme, Theme::Light);
        assert!(file.path().is_none());
    }
}
