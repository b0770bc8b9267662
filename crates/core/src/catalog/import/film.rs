//! The slow half of importing a film: find out which film it is, decode it, and put its frames in their places.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ImportFilm;
use super::frame_store::{PlacedFrames, agreement, staging_folder};
use crate::catalog::name;
use crate::error::{Error, Result};
use crate::media::child::interruptible;
use crate::media::video::{ExtractOptions, Extracted, Extraction, Ffmpeg, FrameSize};
use crate::progress::Progress;
use crate::project::Project;

/// Bytes of a film's head and of its tail that go into its fingerprint: hashing all of a DVD would take as long as
/// decoding it, and no two films agree in size, head and tail.
const FINGERPRINT_BYTES: u64 = 1 << 20;

/// A film under a known path is the known one, completed or cut short, if this part of the frames that both have are the
/// same; otherwise it is another film.
const SAME_FILM_AGREEMENT: f64 = 0.75;

/// What the catalog knows of a source when a film's import begins.
#[derive(Clone, Debug)]
pub(super) struct KnownSource {
    pub name: String,
    /// Films only.
    pub origin: Option<PathBuf>,
    pub fingerprint: Option<String>,
    /// Films only: where their frames lie, if they have some.
    pub folder: Option<PathBuf>,
    /// Its frames are in the project.
    pub is_present: bool,
    /// Of those.
    pub size: Option<FrameSize>,
}

/// A film to be read, with what the worker must know to name it.
pub struct FilmReader {
    pub(super) project: Project,
    pub(super) import: ImportFilm,
    pub(super) known: Vec<KnownSource>,
}

/// A film that was decoded, ready for its rows.
#[derive(Clone, Debug)]
pub struct NewFilm {
    pub import: ImportFilm,
    /// The source's name.
    pub name: String,
    pub fingerprint: String,
    pub extracted: Extracted,
    /// The frames' files, which go again if the rows are never written.
    pub placed: Arc<PlacedFrames>,
    /// Only the beginning is here; its rows are wanted all the same.
    pub was_cancelled: bool,
}

/// Which source a film is, before it is decoded.
enum Which<'a> {
    /// By its content.
    Known(&'a KnownSource),
    /// Another file, or the same one completed or cut short, lies at its path.
    SamePath(&'a KnownSource),
    New,
}

impl FilmReader {
    /// Decodes the whole film. Cancelled half-way, it gives what has come so far if the project has no frames of the film
    /// yet; otherwise everything stays as it is.
    ///
    /// # Errors
    /// As [`crate::media::video::extract`]; `Io` if frames cannot be written; `Cancelled`.
    pub fn extract(&self, progress: &Progress) -> Result<NewFilm> {
        let film = &self.import.film;
        if !film.is_file() {
            let path = film.clone();
            return Err(if film.exists() {
                Error::Film {
                    reason: "it is a folder, a pipe or a device, not a file".to_owned(),
                    remedy: "name the film's own file",
                    path,
                }
            } else {
                Error::Missing { path }
            });
        }
        // A link keeps the name that the person gave it, whatever the file behind it is called.
        let film = std::path::absolute(film).map_err(Error::io("find the film", film))?;
        progress.stage(format!("reading {}", stem(&film)), None);
        let fingerprint = {
            let film = film.clone();
            interruptible(progress, move || fingerprint(&film))?
        };
        let fingerprint = fingerprint.map_err(Error::io("read the film", &film))?;
        let frames_dir = self.project.frames_dir();
        let staging = staging_folder(&frames_dir)?;
        let Extraction {
            mut extracted,
            was_cancelled,
        } = Ffmpeg::find().extract_until_cancelled(
            &film,
            staging.path(),
            &self.extract_options(&fingerprint),
            progress,
        )?;
        let which = self.which(&film, &fingerprint);
        if let (true, Which::Known(known) | Which::SamePath(known)) = (was_cancelled, &which)
            && known.is_present
        {
            return Err(Error::Cancelled);
        }
        let known = match which {
            Which::Known(known) => Some(known),
            Which::SamePath(known) => {
                let folder = known.folder.as_deref();
                folder
                    .and_then(|folder| agreement(&extracted.frames, folder))
                    .is_some_and(|agreed| agreed >= SAME_FILM_AGREEMENT)
                    .then_some(known)
            }
            Which::New => None,
        };
        let name = known.map_or_else(|| self.new_name(&film), |known| known.name.clone());
        let folder = known
            .and_then(|known| known.folder.clone())
            .unwrap_or_else(|| self.new_folder(&name));
        let placed = PlacedFrames::move_in(staging, &folder, &mut extracted.frames)?;
        Ok(NewFilm {
            import: ImportFilm {
                film,
                ..self.import.clone()
            },
            name,
            fingerprint,
            extracted,
            placed: Arc::new(placed),
            was_cancelled,
        })
    }

    /// A film that is in the project already brings further frames in the size of those that are there, unless another is
    /// asked for: then nothing of it changes but that frames are added.
    fn extract_options(&self, fingerprint: &str) -> ExtractOptions {
        let mut options = self.import.extract.clone();
        let known = self
            .known
            .iter()
            .find(|known| known.is_present && known.fingerprint.as_deref() == Some(fingerprint));
        if let (None, None, Some(size)) = (
            options.width,
            options.height,
            known.and_then(|known| known.size),
        ) {
            options.width = Some(size.width);
            options.height = Some(size.height);
        }
        options
    }

    fn which(&self, film: &Path, fingerprint: &str) -> Which<'_> {
        let by_content = self
            .known
            .iter()
            .find(|known| known.fingerprint.as_deref() == Some(fingerprint));
        if let Some(known) = by_content {
            return Which::Known(known);
        }
        // The newest: each that was there before it is another film.
        let real = film.canonicalize().ok();
        let by_path = self.known.iter().rfind(|known| {
            // Earlier versions kept the path behind links.
            let origin = known.origin.as_deref();
            origin.is_some() && (origin == Some(film) || origin == real.as_deref())
        });
        by_path.map_or(Which::New, Which::SamePath)
    }

    /// One that no other source has.
    fn new_name(&self, film: &Path) -> String {
        let taken: BTreeSet<String> = self
            .known
            .iter()
            .map(|known| name::key(&name::folder_name(&known.name)))
            .collect();
        let stem = name::folder_name(&stem(film));
        let mut name = stem.clone();
        let mut number = 1;
        while taken.contains(&name::key(&name)) {
            number += 1;
            name = format!("{stem}-{number}");
        }
        name
    }

    /// A source that was renamed keeps its folder, so another one may have it.
    fn new_folder(&self, name: &str) -> PathBuf {
        let key = |folder: &Path| name::key(&folder.to_string_lossy());
        let taken: BTreeSet<String> = self
            .known
            .iter()
            .filter_map(|known| known.folder.as_deref().map(key))
            .collect();
        let name = name::folder_name(name);
        let folder = |number: u32| match number {
            1 => self.project.frames_dir().join(&name),
            number => self.project.frames_dir().join(format!("{name}-{number}")),
        };
        (1..=u32::MAX)
            .map(folder)
            .find(|folder| !taken.contains(&key(folder)))
            .unwrap_or_else(|| folder(1))
    }
}

/// The file's stem; it is the film's class unless one is given, and in a form that every disk takes the film's name.
pub(super) fn stem(film: &Path) -> String {
    let stem = film.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.trim().trim_start_matches('.');
    if name.is_empty() { "film" } else { name }.to_owned()
}

fn fingerprint(film: &Path) -> std::io::Result<String> {
    let mut file = File::open(film)?;
    let size = file.metadata()?.len();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&size.to_le_bytes());
    let mut part = Vec::new();
    (&mut file).take(FINGERPRINT_BYTES).read_to_end(&mut part)?;
    file.seek(SeekFrom::Start(size.saturating_sub(FINGERPRINT_BYTES)))?;
    (&mut file).take(FINGERPRINT_BYTES).read_to_end(&mut part)?;
    hasher.update(&part);
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(known: Vec<KnownSource>) -> (tempfile::TempDir, FilmReader) {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("project")).unwrap();
        let import = ImportFilm {
            film: PathBuf::from("/films/drakes.mp4"),
            class: None,
            extract: ExtractOptions::default(),
        };
        let reader = FilmReader {
            project,
            import,
            known,
        };
        (folder, reader)
    }

    #[test]
    fn another_film_of_the_same_stem_gets_a_name_and_a_folder_of_its_own() {
        let (_folder, mut reader) = reader(Vec::new());
        let frames = reader.project.frames_dir();
        reader.known.push(KnownSource {
            name: "drakes".to_owned(),
            origin: Some(PathBuf::from("/films/drakes.mp4")),
            fingerprint: Some("aa".to_owned()),
            folder: Some(frames.join("drakes")),
            is_present: true,
            size: None,
        });
        let elsewhere = Path::new("/more/drakes.mkv");
        assert!(matches!(reader.which(elsewhere, "bb"), Which::New));
        assert_eq!(reader.new_name(elsewhere), "drakes-2");
        assert_eq!(reader.new_folder("drakes"), frames.join("drakes-2"));
        let moved = reader.which(elsewhere, "aa");
        assert!(matches!(moved, Which::Known(known) if known.name == "drakes"));
        let replaced = reader.which(Path::new("/films/drakes.mp4"), "bb");
        assert!(matches!(replaced, Which::SamePath(known) if known.name == "drakes"));
    }

    #[test]
    fn names_differ_on_every_disk_and_can_be_folders() {
        let (_folder, mut reader) = reader(Vec::new());
        let frames = reader.project.frames_dir();
        reader.known.push(KnownSource {
            name: "Drakes".to_owned(),
            origin: None,
            fingerprint: None,
            folder: Some(frames.join("Drakes")),
            is_present: true,
            size: None,
        });
        let name = |film: &str| reader.new_name(Path::new(film));
        assert_eq!(name("/films/drakes.mp4"), "drakes-2");
        assert_eq!(name("/films/who?.mp4"), "who_");
        assert_eq!(name(&format!("/films/{}.mp4", "n".repeat(250))).len(), 140);
        assert_eq!(reader.new_folder("drakes"), frames.join("drakes-2"));
    }

    #[test]
    fn fingerprints_tell_films_apart_by_size_head_and_tail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        let mut seen = BTreeSet::new();
        for bytes in [&b"abc"[..], b"abcd", b"xbc", b"abx", b""] {
            std::fs::write(&path, bytes).unwrap();
            seen.insert(fingerprint(&path).unwrap());
        }
        assert_eq!(seen.len(), 5);
    }
}
