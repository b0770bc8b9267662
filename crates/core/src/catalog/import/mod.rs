//! Films and folders into the catalog: idempotent by content hash, resumable, every unreadable file named.
//!
//! Each import has a slow half that knows no catalog and runs on a worker ([`FilmReader`], [`ImageReader`]) and a
//! quick half that writes rows ([`Catalog::insert_film`], [`Catalog::insert_images`]). A killed import leaves whole files and whole rows; the next one adds the
//! rest.

mod class_names;
mod copy;
mod film;
mod film_rows;
mod finish_film;
mod folder_scenes;
mod frame_store;
mod image_store;
mod images;
mod insert_film;
mod insert_folder;
mod insert_images;
mod labels;
mod layout;
pub mod manifest;
mod moved;
mod new_image;
mod place;
mod restore;
mod system_folder;
mod upsert_image;
mod walk;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use film::{FilmReader, NewFilm};
pub use film_rows::FilmRows;
pub use frame_store::PlacedFrames;
pub use image_store::{Arrived, ImageStore};
pub use images::ImageReader;
pub use layout::{Layout, SplitFolders};
pub use new_image::NewImage;
pub use walk::Found;

use super::decided::Remembered;
use super::journal::ImportStep;
use super::name;
use super::query::Catalog;
use crate::error::{Error, Result};
use crate::media::video::ExtractOptions;
use crate::number::counted;
use crate::progress::Progress;
use crate::project::Project;
use walk::Scope;

#[derive(Clone, Debug)]
pub struct ImportFilm {
    pub film: PathBuf,
    /// Default: the file's stem.
    pub class: Option<String>,
    pub extract: ExtractOptions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Into `images/SOURCE/CLASS/`.
    #[default]
    Copy,
    /// Only the path is remembered.
    InPlace,
}

#[derive(Clone, Debug)]
pub struct ImportImages {
    /// Sub-folders are classes; images directly in it have no class yet.
    pub folder: PathBuf,
    pub source: String,
    pub placement: Placement,
    /// A named test set: never trained on. A source that is one already stays one.
    pub is_test: bool,
    /// What the folder's sub-folders are.
    pub layout: Layout,
}

/// The files that an import of `folder` would look at, with their classes; of a split those of all its sides.
///
/// # Errors
/// `Io` if the folder cannot be listed; `Cancelled`.
pub fn files_of(folder: &Path, except: &Path, progress: &Progress) -> Result<Vec<Found>> {
    let split = SplitFolders::find(folder, Layout::Auto)?;
    let scope = Scope {
        folder,
        except,
        split: split.as_ref(),
        with_tests: true,
    };
    Ok(walk::walk(&scope, progress)?.files)
}

/// As [`files_of`], with the top folders as classes whatever they are called.
///
/// # Errors
/// As [`files_of`].
pub fn files_in_classes(folder: &Path, except: &Path, progress: &Progress) -> Result<Vec<Found>> {
    let scope = Scope {
        folder,
        except,
        split: None,
        with_tests: false,
    };
    Ok(walk::walk(&scope, progress)?.files)
}

/// What an import of a folder comes to.
#[derive(Clone, Debug)]
pub struct ImportParts {
    /// One a source: tests are a source of their own, because they are never trained on.
    pub imports: Vec<ImportImages>,
    /// The split that the folder holds, if it does.
    pub split: Option<SplitFolders>,
}

impl ImportImages {
    /// # Errors
    /// `Invalid` for a file; as [`SplitFolders::find`].
    pub fn parts(&self) -> Result<ImportParts> {
        if self.folder.exists() && !self.folder.is_dir() {
            return Err(Error::Invalid(format!(
                "it is a file; name the folder it lies in, whose sub-folders are classes; file {}",
                self.folder.display()
            )));
        }
        let split = SplitFolders::find(&self.folder, self.layout)?;
        let layout = if split.is_some() {
            Layout::Split
        } else {
            Layout::Classes
        };
        let whole = Self {
            layout,
            ..self.clone()
        };
        let Some(sides) = split.as_ref().filter(|_| !self.is_test) else {
            return Ok(ImportParts {
                imports: vec![whole],
                split,
            });
        };
        let mut imports = Vec::new();
        if !(sides.train.is_empty() && sides.valid.is_empty()) {
            imports.push(whole.clone());
        }
        for name in &sides.test {
            imports.push(Self {
                folder: self.folder.join(name),
                source: format!("{} {}", self.source, name::composed(name)),
                is_test: true,
                layout: Layout::Classes,
                ..self.clone()
            });
        }
        Ok(ImportParts { imports, split })
    }
}

/// For serde.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Counts for the message at the end; unreadable files are in the progress' warnings by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportReport {
    pub source: String,
    pub added: usize,
    pub already_there: usize,
    /// Same name as before with other content: the row was brought up to date and is undecided again.
    pub changed: usize,
    /// Known by content at another place in the folder: the row went along, with its decision.
    pub moved: usize,
    pub unreadable: usize,
    /// Folders only: how many of the added images have exactly the pixels of another imported image.
    pub identical: usize,
    /// Added images that came in with a decision that was made on their content before.
    #[serde(skip_serializing_if = "Remembered::is_empty")]
    pub remembered: Remembered,
    /// Folders only: scenes of the images that are frames of films, see [`Catalog::find_folder_scenes`].
    #[serde(skip_serializing_if = "is_zero")]
    pub folder_scenes: usize,
    /// Films only.
    pub scenes: usize,
    pub broken: Option<String>,
    /// Films only: frames that are not in the film any more, or of the film that was in its place before. They left the
    /// project; what was decided on them is remembered.
    pub left: usize,
    /// The film that was in its place before, if it is another one.
    pub replaced: Option<String>,
    /// Films only: the path that the same film was imported from before, if it is another one.
    pub same_film: Option<PathBuf>,
    /// Its step of the history, once it has added something.
    #[serde(skip)]
    pub step: Option<ImportStep>,
}

impl ImportReport {
    /// "Imported 138 frames, 18 scenes from drakes"; "311 images added, 90 already there, 40 could not be read".
    pub fn summary(&self) -> String {
        let mut text = if self.scenes > 0 {
            let frames = counted(self.added, "frame");
            let scenes = counted(self.scenes, "scene");
            format!("Imported {frames}, {scenes} from {}", self.source)
        } else {
            format!("{} added to {}", counted(self.added, "image"), self.source)
        };
        if self.folder_scenes > 0 {
            let scenes = counted(self.folder_scenes, "scene");
            let _ = write!(text, ", with {scenes}"); // a String takes everything
        }
        if self.changed > 0 {
            let _ = write!(text, ", {} changed", self.changed); // a String takes everything
        }
        if self.moved > 0 {
            let _ = write!(text, ", {} moved or renamed", self.moved); // a String takes everything
        }
        if self.already_there > 0 {
            let _ = write!(text, ", {} already there", self.already_there); // a String takes everything
        }
        if self.identical > 0 {
            let _ = write!(text, ", {} identical to another", self.identical); // a String takes everything
        }
        if let Some(remembered) = self.remembered.text() {
            let _ = write!(text, "; {remembered}"); // a String takes everything
        }
        if self.unreadable > 0 {
            let _ = write!(text, ", {} could not be read", self.unreadable); // a String takes everything
        }
        if let Some(before) = &self.same_film {
            // a String takes everything
            let _ = write!(
                text,
                "; it is the same film as {}, which has a source already",
                before.display()
            );
        }
        match &self.replaced {
            Some(name) => {
                let frames = counted(self.left, "frame");
                // a String takes everything
                let _ = write!(
                    text,
                    "; it is another film than {name}, whose {frames} left the project (undo brings {name} back)"
                );
            }
            None if self.left > 0 => {
                let frames = counted(self.left, "frame");
                // a String takes everything
                let _ = write!(
                    text,
                    "; {frames} beyond its new end left the project (undo brings them back)"
                );
            }
            None => {}
        }
        if let Some(broken) = &self.broken {
            let _ = write!(text, "; {broken}"); // a String takes everything
        }
        text
    }

    /// For the history: what undo would take away again.
    fn step_text(&self) -> String {
        if self.scenes > 0 {
            let frames = counted(self.added, "frame");
            format!("Imported {frames} from {}", self.source)
        } else {
            let images = counted(self.added, "image");
            format!("Imported {images} into {}", self.source)
        }
    }

    /// Adds the counts of a further batch of the same source.
    fn absorb(&mut self, batch: &Self) {
        self.source.clone_from(&batch.source);
        self.added += batch.added;
        self.already_there += batch.already_there;
        self.changed += batch.changed;
        self.moved += batch.moved;
        self.unreadable += batch.unreadable;
        self.identical += batch.identical;
        self.remembered.add(&batch.remembered);
        self.step.clone_from(&batch.step);
    }
}

impl Catalog {
    /// Both halves in this thread, for the command line and tests.
    ///
    /// # Errors
    /// As [`FilmReader::extract`]; a film that breaks half-way is no error, see [`ImportReport::broken`]. `Cancelled`, also if
    /// the beginning of the film came in.
    pub fn import_film(
        &mut self,
        project: &Project,
        import: &ImportFilm,
        progress: &Progress,
    ) -> Result<ImportReport> {
        let film = self.film_reader(project, import)?.extract(progress)?;
        let report = self.insert_film(&film)?;
        if film.was_cancelled {
            progress.warn(film.name, report.summary());
            return Err(Error::Cancelled);
        }
        Ok(report)
    }

    /// As [`ImportImages::parts`]; a folder that was imported without a split before is so again, unless it is asked for.
    ///
    /// # Errors
    /// As [`ImportImages::parts`].
    pub fn import_parts(&self, import: &ImportImages) -> Result<ImportParts> {
        let mut import = import.clone();
        if import.layout == Layout::Auto && self.holds_without_sides(&import.source)? {
            import.layout = Layout::Classes;
        }
        import.parts()
    }

    /// Both halves in this thread, for the command line and tests. What was read before an error or a cancel stays in.
    /// Of a folder that holds a split, its tests are left out; see [`Catalog::import_parts`].
    ///
    /// # Errors
    /// As [`ImageReader::read`]; unreadable images are warnings.
    pub fn import_images(
        &mut self,
        project: &Project,
        import: &ImportImages,
        progress: &Progress,
    ) -> Result<ImportReport> {
        let reader = self.image_reader(project, import)?;
        let mut report = ImportReport {
            source: import.source.clone(),
            ..ImportReport::default()
        };
        report.unreadable = reader.read(progress, &mut |batch| {
            self.insert_batch(import, &batch, &mut report)
        })?;
        report.folder_scenes = self.find_folder_scenes(&import.source, None)?;
        Ok(report)
    }
}
