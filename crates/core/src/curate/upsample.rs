//! Which copies the images of upsampled sources have, and the copies as files where somebody asks for them.

use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use image::ImageFormat;
use rayon::prelude::*;

use super::known::Known;
use crate::catalog::facts::{Fact, FactKind, FactValue};
use crate::catalog::{Catalog, ContentHash, Decision, ImageRecord, Snapshot, SourceId};
use crate::error::{Error, Result};
use crate::media::recipe::Recipe;
use crate::media::upsampling::Copies;
use crate::progress::Progress;

/// Images after which their facts are handed over; a kill loses no more.
const BATCH: usize = 64;

/// Images of which nobody has looked which copies show something, as values for a worker.
#[derive(Clone, Debug)]
pub struct CopySearch {
    images: Vec<(PathBuf, ContentHash)>,
}

impl CopySearch {
    /// Of these sources.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn plan(catalog: &Catalog, snapshot: &Snapshot, sources: &[SourceId]) -> Result<Self> {
        let known = Known::load(catalog, snapshot, &[FactKind::Copies])?;
        let images = snapshot.images.iter().enumerate();
        let unknown = images.filter(|(at, image)| {
            sources.contains(&image.source) && !known.has(FactKind::Copies, *at)
        });
        let images = unknown.filter_map(|(_, image)| {
            let content = ContentHash::from_hex(&image.hash)?;
            Some((image.path.clone(), content))
        });
        Ok(Self {
            images: images.collect(),
        })
    }

    /// Looks at all; `sink` gets facts in order. A file that cannot be read is a warning.
    ///
    /// # Errors
    /// `Cancelled`, after handing over what was ready; any error of `sink`.
    pub fn run(
        &self,
        progress: &Progress,
        sink: &mut dyn FnMut(Vec<Fact>) -> Result<()>,
    ) -> Result<()> {
        progress.stage(
            "looking which copies show something",
            Some(self.images.len() as u64),
        );
        for batch in self.images.chunks(BATCH) {
            let facts = batch
                .par_iter()
                .filter(|_image| !progress.is_cancelled())
                .filter_map(|(path, content)| {
                    let image = Recipe::default().decode(path);
                    progress.advance(1);
                    match image {
                        Ok(image) => Some(Fact {
                            content: *content,
                            kind: FactKind::Copies,
                            value: FactValue::Bytes(vec![Copies::of(&image).to_byte()]),
                        }),
                        Err(error) => {
                            progress.warn(path.display().to_string(), error.to_string());
                            None
                        }
                    }
                })
                .collect();
            sink(facts)?;
            progress.check()?;
        }
        Ok(())
    }
}

/// What upsampling a source comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceCopies {
    pub source: SourceId,
    /// That are not rejected.
    pub images: usize,
    pub copies: usize,
    /// Images that could not be read, so they have no copies.
    pub unread: usize,
}

/// # Errors
/// `Catalog` if it cannot be read.
pub fn count(
    catalog: &Catalog,
    snapshot: &Snapshot,
    sources: &[SourceId],
) -> Result<Vec<SourceCopies>> {
    let known = Known::load(catalog, snapshot, &[FactKind::Copies])?;
    let of_source = |&source: &SourceId| {
        let mut counts = SourceCopies {
            source,
            images: 0,
            copies: 0,
            unread: 0,
        };
        for (at, image) in snapshot.images.iter().enumerate() {
            if image.source != source || image.decision == Decision::Reject {
                continue;
            }
            counts.images += 1;
            match known.bytes(FactKind::Copies, at).and_then(<[u8]>::first) {
                Some(bits) => counts.copies += Copies::from_byte(*bits).len(),
                None => counts.unread += 1,
            }
        }
        counts
    };
    Ok(sources.iter().map(of_source).collect())
}

/// Writes the copies of all images of the sources that are not rejected as PNG files into `dir`, which is empty or not
/// there: CLASS/SOURCE-NAME-COPY.png. Returns how many there are.
///
/// # Errors
/// [`Error::Invalid`] for a folder with something in it, one in a source's folder or in a project's; [`Error::Io`];
/// `Cancelled`. An image that cannot be read is a warning.
pub fn write_copies(
    snapshot: &Snapshot,
    sources: &[SourceId],
    dir: &Path,
    progress: &Progress,
) -> Result<usize> {
    check_folder(snapshot, dir)?;
    let images: Vec<&ImageRecord> = snapshot
        .images
        .iter()
        .filter(|image| sources.contains(&image.source) && image.decision != Decision::Reject)
        .collect();
    progress.stage("writing copies", Some(images.len() as u64));
    let written = images
        .par_iter()
        .map(|image| {
            progress.check()?;
            let written = write_of_image(snapshot, image, dir, progress);
            progress.advance(1);
            written
        })
        .collect::<Result<Vec<usize>>>()?;
    Ok(written.iter().sum())
}

fn write_of_image(
    snapshot: &Snapshot,
    image: &ImageRecord,
    dir: &Path,
    progress: &Progress,
) -> Result<usize> {
    let whole = match image.recipe().decode(&image.path) {
        Ok(whole) => whole,
        Err(error) => {
            progress.warn(image.origin.clone(), error.to_string());
            return Ok(0);
        }
    };
    let class = image.class.and_then(|class| snapshot.class_name(class));
    let folder = dir.join(plain(class.unwrap_or("no class")));
    fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
    let source = snapshot.source(image.source);
    let source = source.map_or("", |source| source.name.as_str());
    // With its ending: a.jpg and a.png may lie beside each other.
    let stem = plain(&format!("{source}-{}", image.origin));
    let mut written = 0;
    for copy in Copies::of(&whole).iter() {
        let path = folder.join(format!("{stem}-{}.png", copy.suffix()));
        let mut png = Cursor::new(Vec::new());
        copy.of(&whole)
            .write_to(&mut png, ImageFormat::Png)
            .map_err(|error| Error::Image {
                reason: format!("cannot be written as PNG: {error}"),
                path: path.clone(),
            })?;
        let write = |path: &Path| File::create_new(path)?.write_all(png.get_ref());
        write(&path).map_err(Error::io("write the copy", &path))?;
        written += 1;
    }
    Ok(written)
}

/// In letters that every file system takes.
fn plain(text: &str) -> String {
    let letters = text.chars();
    letters
        .map(|letter| match letter {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            letter if letter.is_control() => '-',
            letter => letter,
        })
        .collect()
}

fn check_folder(snapshot: &Snapshot, dir: &Path) -> Result<()> {
    let refuse = |why: &str| {
        Err(Error::Invalid(format!(
            "no copy was written, because {why}; choose a new folder instead of {}",
            dir.display()
        )))
    };
    match fs::read_dir(dir) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return refuse("there is something in the folder");
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io("read the folder", dir)(error)),
    }
    let place = absolute(dir);
    let mut ancestors = place.ancestors();
    if ancestors.any(|folder| folder.join("project.toml").is_file()) {
        return refuse("it would lie in a project");
    }
    let is_source =
        |folder: &Path| place.starts_with(folder.canonicalize().as_deref().unwrap_or(folder));
    if snapshot
        .sources
        .iter()
        .any(|source| is_source(&source.origin))
    {
        return refuse("it would lie in a folder that images were imported from");
    }
    Ok(())
}

/// Of a folder that need not be there yet.
fn absolute(dir: &Path) -> PathBuf {
    let whole = std::path::absolute(dir).unwrap_or_else(|_| dir.to_path_buf());
    let mut rest = Vec::new();
    for folder in whole.ancestors() {
        if let Ok(real) = folder.canonicalize() {
            return rest
                .into_iter()
                .rev()
                .fold(real, |path, part| path.join(part));
        }
        rest.extend(folder.file_name());
    }
    whole
}
