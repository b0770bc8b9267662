//! Classes from a labelling program: the exports of `FiftyOne` (image classification) and Label Studio (JSON, JSON-MIN) beside the
//! images.
//!
//! Such a file says what each image is, so its folders are no classes. An image that it does not name, or that people disagree
//! about, comes in without a class.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::walk::Found;
use crate::error::{Error, Result};
use crate::media::decode::format_of_extension;
use crate::number::counted;
use crate::progress::Progress;

/// No list of labels is longer, and other files may be.
const MOST_BYTES: u64 = 256 << 20;

/// What Label Studio's short export says of an annotation beside its labels.
const ABOUT: [&str; 8] = [
    "id",
    "annotator",
    "annotation_id",
    "created_at",
    "updated_at",
    "lead_time",
    "agreement",
    "comment",
];

/// What one export says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Labels {
    file: PathBuf,
    /// By the image's path as the program knew it, or by a file's stem; `None`: no class, or several.
    classes: BTreeMap<String, Option<String>>,
    /// Whether the names are stems (those of `FiftyOne` are).
    are_stems: bool,
}

impl Labels {
    /// Of an export that lies directly in `folder`, if one does.
    ///
    /// # Errors
    /// `Invalid` if there are several; `Io` if the folder cannot be listed.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let entries = fs::read_dir(folder).map_err(Error::io("read the folder", folder))?;
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
        files.sort();
        let mut found = files.iter().filter_map(|file| Self::read(file));
        let (first, second) = (found.next(), found.next());
        match (first, second) {
            (Some(first), Some(second)) => Err(Error::Invalid(format!(
                "two files in the folder say what its images are; leave one of them there: {} and {}",
                first.file.display(),
                second.file.display()
            ))),
            (first, _none) => Ok(first),
        }
    }

    /// `None` if it is something else.
    fn read(file: &Path) -> Option<Self> {
        if fs::metadata(file).ok()?.len() > MOST_BYTES {
            return None;
        }
        let document: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        let mut labels = Self {
            file: file.to_path_buf(),
            ..Self::default()
        };
        match &document {
            Value::Object(entries) => {
                labels.are_stems = true;
                let classes = entries.get("classes")?;
                for (stem, label) in entries.get("labels")?.as_object()? {
                    labels.add(stem, fiftyone_class(label, classes));
                }
            }
            Value::Array(rows) => {
                for row in rows {
                    let row = row.as_object()?;
                    let (image, class) = match row.get("annotations") {
                        Some(annotations) => {
                            let image = image_of(row.get("data")?.as_object()?)?;
                            (image, annotated_class(annotations.as_array()?))
                        }
                        None => (image_of(row)?, short_class(row)),
                    };
                    labels.add(image, class);
                }
            }
            _other => return None,
        }
        (!labels.classes.is_empty()).then_some(labels)
    }

    /// Images that are named twice have a class if both times it is the same.
    fn add(&mut self, image: &str, class: Option<String>) {
        match self.classes.entry(decoded(image)) {
            Entry::Vacant(place) => {
                place.insert(class);
            }
            Entry::Occupied(mut said) if *said.get() != class => {
                said.insert(None);
            }
            Entry::Occupied(_same) => {}
        }
    }

    /// Gives `files` their classes and leaves the list itself out; returns how many warnings it made.
    pub fn apply(&self, files: &mut Vec<Found>, progress: &Progress) -> usize {
        files.retain(|file| file.path.file_name() != self.file.file_name());
        let mut by_name: BTreeMap<&str, Vec<(&str, &Option<String>)>> = BTreeMap::new();
        for (image, class) in &self.classes {
            let name = image.rsplit(['/', '\\', '=']).next().unwrap_or(image);
            by_name.entry(name).or_default().push((image, class));
        }
        let mut without = 0;
        for file in files.iter_mut() {
            file.class = self.class_of(file, &by_name);
            without += usize::from(file.class.is_none());
        }
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let mut notes = 1;
        progress.warn(
            name.clone(),
            "the classes are those that it says, not the names of folders",
        );
        if without > 0 {
            notes += 1;
            progress.warn(
                name,
                format!(
                    "it names no class, or several, for {}: they come in without one",
                    counted(without, "image")
                ),
            );
        }
        notes
    }

    fn class_of(
        &self,
        file: &Found,
        by_name: &BTreeMap<&str, Vec<(&str, &Option<String>)>>,
    ) -> Option<String> {
        let name = if self.are_stems {
            file.path.file_stem()?.to_str()?
        } else {
            file.path.file_name()?.to_str()?
        };
        let said = by_name.get(name).or_else(|| {
            // Label Studio puts eight digits before the name of what is uploaded, and people may have the originals.
            let uploaded = |known: &&&str| without_upload_mark(known) == Some(name);
            by_name.get(*by_name.keys().find(uploaded)?)
        })?;
        match said.as_slice() {
            [(_, class)] => (*class).clone(),
            // The same name in several folders: the longer path tells.
            several => {
                let is_it = |image: &str| image.ends_with(&file.origin);
                let mut fitting = several.iter().filter(|(image, _)| is_it(image));
                let (_, class) = fitting.next()?;
                fitting.next().is_none().then(|| (*class).clone())?
            }
        }
    }
}

fn without_upload_mark(name: &str) -> Option<&str> {
    let (mark, rest) = name.split_once('-')?;
    let is_mark = mark.len() == 8 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_mark.then_some(rest)
}

/// A place in the list of classes, or the class itself.
fn fiftyone_class(label: &Value, classes: &Value) -> Option<String> {
    let class = match label.as_u64() {
        Some(place) => classes.get(usize::try_from(place).ok()?)?,
        None => label,
    };
    class.as_str().map(str::to_owned)
}

/// The value that names an image file.
fn image_of(fields: &serde_json::Map<String, Value>) -> Option<&str> {
    let names_an_image = |text: &&str| {
        let ending = Path::new(text).extension().unwrap_or_default();
        format_of_extension(&ending.to_string_lossy().to_lowercase()).is_some()
    };
    fields
        .values()
        .filter_map(Value::as_str)
        .find(names_an_image)
}

/// The one choice that all annotations agree on.
fn annotated_class(annotations: &[Value]) -> Option<String> {
    let is_meant =
        |annotation: &&Value| annotation.get("was_cancelled") != Some(&Value::Bool(true));
    let mut agreed: Option<&str> = None;
    for annotation in annotations.iter().filter(is_meant) {
        let results = annotation.get("result").and_then(Value::as_array);
        for result in results.into_iter().flatten() {
            let Some(choices) = result.pointer("/value/choices").and_then(Value::as_array) else {
                continue;
            };
            let [choice] = choices.as_slice() else {
                return None;
            };
            let choice = choice.as_str()?;
            if agreed.is_some_and(|agreed| agreed != choice) {
                return None;
            }
            agreed = Some(choice);
        }
    }
    agreed.map(str::to_owned)
}

/// Of a row whose fields are the image, what is about the annotation, and one choice.
fn short_class(row: &serde_json::Map<String, Value>) -> Option<String> {
    let image = image_of(row)?;
    let mut choices = row
        .iter()
        .filter(|(name, _)| !ABOUT.contains(&name.as_str()))
        .filter_map(|(_, value)| value.as_str())
        .filter(|value| *value != image);
    let choice = choices.next()?;
    choices.next().is_none().then(|| choice.to_owned())
}

/// Addresses have `%20` for a space.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_other| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Option<Labels> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.json");
        fs::write(&file, text).unwrap();
        Labels::read(&file)
    }

    fn classes(labels: &Labels, files: &[&str]) -> Vec<Option<String>> {
        let mut found: Vec<Found> = files
            .iter()
            .map(|origin| Found {
                path: Path::new("/f").join(origin),
                origin: (*origin).to_owned(),
                class: Some("folder".to_owned()),
                side: None,
                size_bytes: 1,
            })
            .collect();
        labels.apply(&mut found, &Progress::silent());
        found.into_iter().map(|file| file.class).collect()
    }

    #[test]
    fn annotators_that_disagree_and_skipped_tasks_leave_an_image_without_a_class() {
        let result = |choice: &str| format!(r#"{{"result":[{{"value":{{"choices":{choice}}}}}]}}"#);
        let (elf, orc, both) = (
            result(r#"["elf"]"#),
            result(r#"["orc"]"#),
            result(r#"["elf","orc"]"#),
        );
        let task = |name: &str, annotations: &str| {
            format!(r#"{{"data":{{"img":"s3://b/{name}"}},"annotations":[{annotations}]}}"#)
        };
        let text = [
            task("a.jpg", &format!("{elf},{elf}")),
            task("b.jpg", &format!("{elf},{orc}")),
            task("c.jpg", &both),
            task("d%20e.jpg", &orc),
            task("f.jpg", r#"{"was_cancelled":true,"result":[]}"#),
        ];
        let labels = labels(&format!("[{}]", text.join(","))).unwrap();
        let names = ["a.jpg", "b.jpg", "c.jpg", "d e.jpg", "f.jpg", "other.jpg"];
        let found = classes(&labels, &names);
        let known: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
        assert_eq!(known, [Some("elf"), None, None, Some("orc"), None, None]);
    }

    #[test]
    fn equal_names_in_several_folders_are_told_by_their_paths() {
        let text = r#"[{"image":"/data/local-files/?d=set/one/1.jpg","kind":"elf","id":1},
                       {"image":"/data/local-files/?d=set/two/1.jpg","kind":"orc","id":2}]"#;
        let labels = labels(text).unwrap();
        let found = classes(&labels, &["one/1.jpg", "two/1.jpg", "three/1.jpg"]);
        let known: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
        assert_eq!(known, [Some("elf"), Some("orc"), None]);
    }

    #[test]
    fn other_documents_are_no_labels() {
        for text in [
            "[]",
            "{}",
            "[1, 2]",
            r#"{"images":[],"annotations":[],"categories":[]}"#,
            r#"[{"name":"x"}]"#,
            "not json",
        ] {
            assert_eq!(labels(text), None, "{text}");
        }
    }
}
