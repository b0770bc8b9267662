//! ONNX Runtime Web, which runs a net in a browser: two files of an npm package, fetched once into the user's cache, or taken
//! from a folder.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::download::{self, Expected};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::project::temporary_file;
use std::io::Write as _;

/// Under this name registries of one's own are known to npm too.
const REGISTRY_VARIABLE: &str = "NPM_CONFIG_REGISTRY";
const REGISTRY: &str = "https://registry.npmjs.org";

/// An npm package, and what is needed of it.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    pub archive: Expected<'static>,
    /// Files in its folder `dist`.
    pub files: &'static [PackageFile],
}

#[derive(Clone, Copy, Debug)]
pub struct PackageFile {
    pub name: &'static str,
    pub sha256: &'static str,
}

/// The one that pages are made for. Its checksums are of the package as npm serves it.
pub const ONNX_RUNTIME_WEB: Package = Package {
    name: "onnxruntime-web",
    version: "1.30.0",
    archive: Expected {
        size_bytes: 33_106_585,
        sha256: "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71",
    },
    files: &[
        PackageFile {
            name: "ort.wasm.bundle.min.mjs",
            sha256: "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
        },
        PackageFile {
            name: "ort-wasm-simd-threaded.wasm",
            sha256: "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
        },
    ],
};

impl Package {
    /// `onnxruntime-web@1.30.0`
    pub fn title(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// Where the package is had from, and where its files are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime {
    package: Package,
    registry: String,
    cache: PathBuf,
}

impl Runtime {
    /// From npm's registry (or that of the variable `NPM_CONFIG_REGISTRY`) into the user's cache folder.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the system knows no such folder.
    pub fn of_user() -> Result<Self> {
        let folders = directories::ProjectDirs::from("", "", "cutting-room").ok_or_else(|| {
            Error::Invalid(format!(
                "this user has no folder for downloads; {}",
                by_hand(&ONNX_RUNTIME_WEB)
            ))
        })?;
        let registry = std::env::var(REGISTRY_VARIABLE).unwrap_or_else(|_| REGISTRY.to_owned());
        let cache = folders.cache_dir().join("runtime");
        Ok(Self::new(ONNX_RUNTIME_WEB, &registry, &cache))
    }

    pub fn new(package: Package, registry: &str, cache: &Path) -> Self {
        Self {
            package,
            registry: registry.trim_end_matches('/').to_owned(),
            cache: cache.join(package.title()),
        }
    }

    /// The package's files by name, fetched unless they were before.
    ///
    /// # Errors
    /// [`Error::Invalid`], saying how to do without the network; [`Error::Io`]; [`Error::Cancelled`].
    pub fn files(&self, progress: &Progress) -> Result<Vec<(&'static str, Vec<u8>)>> {
        if let Some(files) = self.kept() {
            return Ok(files);
        }
        self.fetch(progress)?;
        self.kept()
            .ok_or_else(|| self.failed("its files cannot be read where they were unpacked"))
    }

    /// Nothing where one is missing or is not what it was.
    fn kept(&self) -> Option<Vec<(&'static str, Vec<u8>)>> {
        files_in(&self.package, &self.cache).ok()
    }

    fn fetch(&self, progress: &Progress) -> Result<()> {
        let Package {
            name,
            version,
            archive,
            ..
        } = self.package;
        progress.stage(
            format!("downloading {} (MIT), kilobytes", self.package.title()),
            Some(archive.size_bytes / 1000),
        );
        let address = format!("{}/{name}/-/{name}-{version}.tgz", self.registry);
        let path = self.cache.join("package.tgz");
        let failed = |reason: String| self.failed(&reason);
        download::fetch(
            &download::agent(),
            (&address, &path),
            archive,
            failed,
            progress,
        )?;
        let unpacked = self.unpack(&path, progress);
        // All that is needed of it lies beside it now, or it is of no use.
        let _ = std::fs::remove_file(&path);
        unpacked
    }

    fn unpack(&self, path: &Path, progress: &Progress) -> Result<()> {
        progress.stage("unpacking it", None);
        let bad = |error: std::io::Error| self.failed(&format!("it cannot be unpacked ({error})"));
        let file = File::open(path).map_err(Error::io("read the download", path))?;
        let mut archive = tar::Archive::new(GzDecoder::new(file));
        for entry in archive.entries().map_err(bad)? {
            progress.check()?;
            let mut entry = entry.map_err(bad)?;
            let inside = entry.path().map_err(bad)?.into_owned();
            let is_it = |file: &&PackageFile| inside == Path::new("package/dist").join(file.name);
            let Some(wanted) = self.package.files.iter().find(is_it) else {
                continue;
            };
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(bad)?;
            let place = self.cache.join(wanted.name);
            let write = || {
                let mut part = temporary_file(&self.cache, ".tmp-")?;
                part.write_all(&bytes)?;
                part.as_file().sync_all()?;
                part.persist(&place).map_err(|error| error.error)
            };
            write().map_err(Error::io("write the runtime", &place))?;
        }
        Ok(())
    }

    fn failed(&self, reason: &str) -> Error {
        Error::Invalid(format!(
            "{}, which runs the net in the browser, could not be had: {reason}; try again, or {}",
            self.package.title(),
            by_hand(&self.package)
        ))
    }
}

fn by_hand(package: &Package) -> String {
    format!(
        "fetch it elsewhere with `npm pack {}`, unpack it, and name its folder dist in the export's form (on the command line: `--runtime FOLDER`)",
        package.title()
    )
}

/// The package's files in `folder`, or in `dist` in it.
///
/// # Errors
/// [`Error::Invalid`] if one is missing, or of another version.
pub fn files_in(package: &Package, folder: &Path) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let dist = folder.join("dist");
    let folder = if dist.is_dir() { &dist } else { folder };
    let read = |file: &PackageFile| {
        let path = folder.join(file.name);
        let problem = match std::fs::read(&path) {
            Ok(bytes) if download::sha256(&bytes) == file.sha256 => return Ok((file.name, bytes)),
            Ok(_other) => format!("is not that of {}", package.title()),
            Err(error) => format!("cannot be read ({error})"),
        };
        Err(Error::Invalid(format!(
            "{} {problem}; `npm pack {}` fetches it, and its folder dist is what is to be named; folder {}",
            file.name,
            package.title(),
            folder.display()
        )))
    };
    package.files.iter().map(read).collect()
}
