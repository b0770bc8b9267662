//! The slow half of importing a film: find out which film it is, decode it into `frames/NAME`, hash the frames.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::ImportFilm;
use crate::catalog::name;
use crate::error::{Error, Result};
use crate::media::video::{Extracted, extract};
use crate::progress::Progress;
use crate::project::Project;

/// Bytes of a film's head and of its tail that go into its fingerprint: hashing all of a DVD would take as long as
/// decoding it, and no two films agree in size, head and tail.
const FINGERPRINT_BYTES: u64 = 1 << 20;

/// What the catalogue knows of a source when a film's import begins.
#[derive(Clone, Debug)]
pub(super) struct KnownSource {
    pub name: String,
    /// Films only.
    pub origin: Option<PathBuf>,
    pub fingerprint: Option<String>,
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
    /// The source's name and its folder below `frames/`.
    pub name: String,
    pub fingerprint: String,
    pub extracted: Extracted,
    /// blake3 of each frame's file, hex, in the order of `extracted.frames`.
    pub hashes: Vec<String>,
}

impl FilmReader {
    /// Decodes the whole film.
    ///
    /// # Errors
    /// As [`extract`]; `Io` if frames cannot be written; `Cancelled`. Frames written until then stay on disk and are
    /// replaced by the next import.
    pub fn extract(&self, progress: &Progress) -> Result<NewFilm> {
        let film = &self.import.film;
        if !film.is_file() {
            return Err(Error::Missing { path: film.clone() });
        }
        // A link keeps the name that the person gave it, whatever the file behind it is called.
        let film = std::path::absolute(film).map_err(Error::io("find the film", film))?;
        let fingerprint = fingerprint(&film).map_err(Error::io("read the film", &film))?;
        let name = self.name(&film, &fingerprint);
        let out = self.project.frames_dir().join(&name);
        std::fs::create_dir_all(&out).map_err(Error::io("make the frames' folder", &out))?;
        let extracted = extract(&film, &out, &self.import.extract, progress)?;
        progress.stage(
            format!("checking frames of {name}"),
            Some(extracted.frames.len() as u64),
        );
        let hashes = extracted
            .frames
            .par_iter()
            .map(|frame| {
                progress.check()?;
                let bytes =
                    std::fs::read(&frame.path).map_err(Error::io("read a frame", &frame.path))?;
                progress.advance(1);
                Ok(blake3::hash(&bytes).to_hex().to_string())
            })
            .collect::<Result<Vec<String>>>()?;
        Ok(NewFilm {
            import: ImportFilm {
                film,
                ..self.import.clone()
            },
            name,
            fingerprint,
            extracted,
            hashes,
        })
    }

    /// The name it had before if it is known by content, or else by path (the file was replaced or completed); a new
    /// one that no other source has otherwise.
    fn name(&self, film: &Path, fingerprint: &str) -> String {
        let by_content = self
            .known
            .iter()
            .find(|known| known.fingerprint.as_deref() == Some(fingerprint));
        // Earlier versions kept the path behind links.
        let real = film.canonicalize().ok();
        let by_path = || {
            self.known.iter().find(|known| {
                known.origin.is_some()
                    && (known.origin.as_deref() == Some(film) || known.origin == real)
            })
        };
        if let Some(known) = by_content.or_else(by_path) {
            return known.name.clone();
        }
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
    use crate::media::video::ExtractOptions;

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
    fn another_film_of_the_same_stem_gets_a_name_of_its_own() {
        let known = KnownSource {
            name: "drakes".to_owned(),
            origin: Some(PathBuf::from("/films/drakes.mp4")),
            fingerprint: Some("aa".to_owned()),
        };
        let (_folder, reader) = reader(vec![known]);
        let elsewhere = Path::new("/more/drakes.mkv");
        assert_eq!(reader.name(elsewhere, "bb"), "drakes-2");
        assert_eq!(reader.name(elsewhere, "aa"), "drakes", "moved");
        assert_eq!(
            reader.name(Path::new("/films/drakes.mp4"), "bb"),
            "drakes",
            "replaced"
        );
    }

    #[test]
    fn names_differ_on_every_disk_and_can_be_folders() {
        let known = KnownSource {
            name: "Drakes".to_owned(),
            origin: None,
            fingerprint: None,
        };
        let (_folder, reader) = reader(vec![known]);
        assert_eq!(
            reader.name(Path::new("/films/drakes.mp4"), "aa"),
            "drakes-2"
        );
        assert_eq!(reader.name(Path::new("/films/who?.mp4"), "aa"), "who_");
        let long = format!("/films/{}.mp4", "n".repeat(250));
        assert_eq!(reader.name(Path::new(&long), "aa").len(), 140);
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
