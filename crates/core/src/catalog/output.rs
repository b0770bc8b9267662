//! Where a command may write what it makes: never over an input, an original, or a part of a project.
//!
//! A file that is there is only replaced if an earlier command has written it: by the name of the program in a PNG, the order of the
//! keys in an array, the first line of a text.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::snapshot::Snapshot;
use crate::error::{Error, Result};

/// What PNG files say of the program that wrote them.
pub const SOFTWARE: &str = "Cutting Room";
/// In which part of a file it says what wrote it.
const HEAD_BYTES: u64 = 128;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    Png,
    /// An array for NumPy.
    Npy,
    /// A table of credits.
    CreditsTable,
    /// A text with credits.
    CreditsText,
}

/// Folders of a project that hold only what the program put there.
const PROJECT_FOLDERS: [&str; 5] = ["frames", "images", "runs", "cache", "backups"];
/// Beginnings of the names of a project's files.
const PROJECT_FILES: [&str; 3] = ["project.toml", "catalog", ".lock"];

impl OutputKind {
    /// Whether a file that begins like this is an earlier one of this kind.
    fn wrote(self, head: &[u8]) -> bool {
        match self {
            Self::Png => {
                let text = format!("tEXtSoftware\0{SOFTWARE}");
                head.starts_with(b"\x89PNG\r\n\x1a\n")
                    && head.windows(text.len()).any(|part| part == text.as_bytes())
            }
            Self::Npy => head.starts_with(b"\x93NUMPY") && head.get(10..18) == Some(b"{'shape'"),
            Self::CreditsTable => head.starts_with(b"file,class,source,decision,"),
            Self::CreditsText => head.starts_with(b"# Image credits"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Png => "picture",
            Self::Npy => "array",
            Self::CreditsTable => "table of credits",
            Self::CreditsText => "text with credits",
        }
    }
}

impl Snapshot {
    /// Whether `out` may be written; `inputs` are files that the command reads or has written.
    ///
    /// # Errors
    /// `Invalid`, saying what would be lost; `Missing` if the folder that it would lie in is not there.
    pub fn check_output(&self, out: &Path, kind: OutputKind, inputs: &[&Path]) -> Result<()> {
        let refuse = |why: &str| {
            Err(Error::Invalid(format!(
                "nothing was written, because {why}; choose another file than {}",
                out.display()
            )))
        };
        let places = places(out);
        if places.iter().any(|place| is_part_of_a_project(place)) {
            return refuse("the file would be among those of a project");
        }
        if inputs.iter().any(|input| places.contains(&place(input))) {
            return refuse("it is another file of this command");
        }
        // From here on it is about files that are there, links included.
        let Ok(about) = fs::metadata(out) else {
            return require_place(out);
        };
        if !about.is_file() {
            return refuse("it is no ordinary file");
        }
        if inputs
            .iter()
            .any(|input| is_same_file(&about, &places, input))
        {
            return refuse("it is another file of this command");
        }
        if self
            .precious()
            .any(|path| is_same_file(&about, &places, &path))
        {
            return refuse("it is an image or a film of the project");
        }
        let mut head = Vec::new();
        let read =
            fs::File::open(out).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
        if about.len() > 0 && !(read.is_ok() && kind.wrote(&head)) {
            return refuse(&format!(
                "the file that is there is no {} of {SOFTWARE}",
                kind.name()
            ));
        }
        Ok(())
    }

    /// Whether a folder may be made at `out`: nothing is there, or an empty folder, and it is no part of a project and of no
    /// folder that is imported.
    ///
    /// # Errors
    /// `Invalid`, saying why not; `Missing` if the folder that it would lie in is not there.
    pub fn check_output_folder(&self, out: &Path) -> Result<()> {
        let refuse = |why: &str| {
            Err(Error::Invalid(format!(
                "nothing was written, because {why}; choose a new folder elsewhere instead of {}",
                out.display()
            )))
        };
        if out.exists() && !out.is_dir() {
            return refuse("a file is there");
        }
        if out.is_symlink() && !out.exists() {
            return refuse("a link is there that leads nowhere");
        }
        let mut places = places(out);
        if places
            .iter()
            .any(|place| is_part_of_a_project(&place.join("x")))
        {
            return refuse("the folder would be among those of a project");
        }
        if out.is_dir() {
            let mut entries = fs::read_dir(out).map_err(Error::io("read the folder", out))?;
            if entries.next().is_some() {
                return refuse("the folder is not empty");
            }
        }
        places.retain(|place| place.is_absolute());
        let imported = self.sources.iter().find(|source| {
            let folder = source.origin.canonicalize();
            folder.is_ok_and(|folder| {
                folder.is_dir() && places.iter().any(|place| place.starts_with(&folder))
            })
        });
        if let Some(source) = imported {
            let name = &source.name;
            return refuse(&format!(
                "the folder would be in that of {name}, whose next import would take it in"
            ));
        }
        require_place(out)
    }

    /// Frames, images, and the films and files that they were made from.
    fn precious(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let sources = self.sources.iter().map(|source| source.origin.clone());
        let images = self.images.iter().map(|image| image.path.clone());
        let originals = self.images.iter().filter_map(|image| {
            let source = self.source(image.source)?;
            Some(source.origin.join(&image.origin))
        });
        sources.chain(images).chain(originals)
    }
}

/// Folders are not made on the way to a file: a misspelled one would be. And its name must be one that the disk takes.
fn require_place(out: &Path) -> Result<()> {
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
        return Err(match parent.ancestors().find(|place| place.is_file()) {
            Some(file) => Error::Invalid(format!(
                "nothing was written, because a file is there where a folder would have to be ({}); choose another place than {}",
                file.display(),
                out.display()
            )),
            None => Error::Missing {
                path: parent.to_path_buf(),
            },
        });
    }
    match fs::symlink_metadata(out) {
        Err(error) if error.kind() == ErrorKind::InvalidFilename => Err(Error::Invalid(format!(
            "nothing was written, because the disk takes no name like that, it may be too long ({error}); choose a shorter one than {}",
            out.display()
        ))),
        _there_or_not => Ok(()),
    }
}

/// Where a file would be written, and where a link in its place leads.
fn places(out: &Path) -> Vec<PathBuf> {
    let mut places = vec![place(out)];
    places.extend(out.canonicalize());
    places
}

/// The absolute path of a file that need not be there.
fn place(path: &Path) -> PathBuf {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new(".")).canonicalize();
    match (parent, path.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _nowhere => path.to_path_buf(),
    }
}

fn is_part_of_a_project(place: &Path) -> bool {
    place.ancestors().skip(1).any(|root| {
        let Ok(inside) = place.strip_prefix(root) else {
            return false;
        };
        let mut parts = inside
            .iter()
            .map(|part| part.to_string_lossy().to_lowercase());
        let (Some(first), rest) = (parts.next(), parts.next()) else {
            return false;
        };
        let is_reserved = match rest {
            Some(_) => PROJECT_FOLDERS.contains(&first.as_str()),
            None => PROJECT_FILES.iter().any(|name| first.starts_with(name)),
        };
        is_reserved && root.join("project.toml").is_file()
    })
}

/// Whether the file, which is described by `about` and lies at `places`, is the one at `path`, also by another name.
fn is_same_file(about: &fs::Metadata, places: &[PathBuf], path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let same = |other: fs::Metadata| (other.dev(), other.ino()) == (about.dev(), about.ino());
        if fs::metadata(path).is_ok_and(same) {
            return true;
        }
    }
    #[cfg(not(unix))]
    let _ = about;
    places.iter().any(|place| place == path)
        || path.canonicalize().is_ok_and(|real| places.contains(&real))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::catalog::import::{ImportImages, Layout, Placement};
    use crate::progress::Progress;
    use crate::project::Project;

    #[test]
    fn nothing_of_value_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("in place/elves")).unwrap();
        let pixels = image::RgbImage::from_pixel(4, 3, image::Rgb([9, 8, 7]));
        for name in ["in place/elves/a.png", "mine.png", "photo.jpg"] {
            pixels.save(at(name)).unwrap();
        }
        let project = Project::create(&at("project")).unwrap();
        let mut catalog = Catalog::open(&project).unwrap();
        for (source, placement) in [("copies", Placement::Copy), ("links", Placement::InPlace)] {
            let import = ImportImages {
                folder: at("in place"),
                source: source.to_owned(),
                placement,
                is_test: false,
                layout: Layout::default(),
            };
            catalog
                .import_images(&project, &import, &Progress::silent())
                .unwrap();
        }
        let snapshot = catalog.snapshot().unwrap();
        #[cfg(unix)]
        {
            fs::hard_link(at("in place/elves/a.png"), at("hard.png")).unwrap();
            std::os::unix::fs::symlink(at("in place/elves/a.png"), at("soft.png")).unwrap();
        }
        let allowed = |out: PathBuf| {
            let input = at("mine.png");
            snapshot
                .check_output(&out, OutputKind::Png, &[&input])
                .is_ok()
        };
        for name in [
            "mine.png",
            "./mine.png",
            "in place/elves/a.png",
            "photo.jpg",
            "project/project.toml",
            "project/catalog.sqlite",
            "project/catalog.sqlite-wal",
            "project/images/copies/elves/a.png",
            "project/runs/1/heat.png",
            "project/frames/new.png",
            #[cfg(unix)]
            "hard.png",
            #[cfg(unix)]
            "soft.png",
            "project",
        ] {
            assert!(!allowed(at(name)), "{name}");
        }
        // An earlier heatmap is replaced.
        let mut heat = fs::read(at("mine.png")).unwrap();
        heat.splice(33..33, *b"tEXtSoftware\0Cutting Room");
        fs::write(at("heat.png"), heat).unwrap();
        pixels.save(at("other.png")).unwrap();
        assert!(!allowed(at("other.png")), "a picture of the user's own");
        for name in [
            "heat.png",
            "new.png",
            "project/heat.png",
            "in place/elves/heat.png",
        ] {
            assert!(allowed(at(name)), "{name}");
        }
        let raw = |out: &str, inputs: &[&Path]| {
            snapshot
                .check_output(&at(out), OutputKind::Npy, inputs)
                .is_ok()
        };
        assert!(raw("heat.npy", &[&at("new.png")]));
        assert!(
            !raw("new.png", &[&at("new.png")]),
            "both outputs in one file"
        );
        assert!(!raw("heat.png", &[]), "no array");
        let made = |out: &str| snapshot.check_output_folder(&at(out)).is_ok();
        fs::create_dir(at("empty")).unwrap();
        for name in ["empty", "new folder", "project/new folder"] {
            assert!(made(name), "{name}");
        }
        for name in [
            "in place",
            "in place/elves/new folder",
            "mine.png",
            "project",
            "project/frames",
            "project/runs/new folder",
            "nowhere/new folder",
        ] {
            assert!(!made(name), "{name}");
        }
    }

    #[test]
    fn a_place_where_nothing_can_be_made_is_named_before_any_work() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "mine").unwrap();
        let snapshot = Snapshot::default();
        let long = "n".repeat(300);
        for (name, said) in [
            ("file/new", "a file is there where a folder"),
            ("file/new/in it", "a file is there where a folder"),
            (&long, "choose a shorter one"),
        ] {
            let folder = snapshot.check_output_folder(&at(name)).unwrap_err();
            let file = snapshot.check_output(&at(name), OutputKind::Png, &[]);
            for error in [folder, file.unwrap_err()] {
                assert!(error.to_string().contains(said), "{name}: {error}");
            }
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("gone"), at("link")).unwrap();
            let error = snapshot.check_output_folder(&at("link")).unwrap_err();
            assert!(error.to_string().contains("leads nowhere"), "{error}");
        }
    }
}
