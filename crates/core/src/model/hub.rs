//! ImageNet weights from the hub (huggingface.co), when a person asks for them.
//!
//! One file of one of timm's repositories per net. The hub's description of the repository tells the file's size, its
//! SHA-256 and its licence; the file is streamed into the user's cache folder and gets its name only when it is whole
//! and as described, so what lies there needs no network ever after. (ureq and not hf-hub: that needs an async runtime
//! since 1.0, and does not check what it fetched.)

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Arch;
use crate::download::{self, Expected};
use crate::error::{Error, Result};
use crate::progress::Progress;

/// What stands for a file's path where the hub is meant.
pub const FROM_HUB: &str = "hub";

const ENDPOINT: &str = "https://huggingface.co";
/// Under this name hubs of one's own are known to other programs too.
const ENDPOINT_VARIABLE: &str = "HF_ENDPOINT";
const FILE: &str = "model.safetensors";

/// Descriptions are a few kilobytes.
const MAX_DESCRIPTION_BYTES: u64 = 4 << 20;

impl Arch {
    /// The repository with torchvision's first ImageNet weights; `None` for a net that has none there.
    pub fn hub_repository(self) -> Option<&'static str> {
        match self {
            Self::Resnet18 => Some("timm/resnet18.tv_in1k"),
            Self::Resnet34 => Some("timm/resnet34.tv_in1k"),
            Self::Resnet50 => Some("timm/resnet50.tv_in1k"),
            Self::Resnet101 => Some("timm/resnet101.tv_in1k"),
            Self::Resnet152 => Some("timm/resnet152.tv_in1k"),
            Self::Resnext50 => Some("timm/resnext50_32x4d.tv_in1k"),
            Self::Densenet121 => Some("timm/densenet121.tv_in1k"),
            Self::EfficientnetLite0 | Self::Squeezenet11 => None,
        }
    }

    /// That its weights are not inside the program, and where they are.
    pub(crate) fn no_weights(self) -> Error {
        let remedy = if self.hub_repository().is_some() {
            "download its ImageNet weights on the Train page (on the command line: `--weights hub`), or name a file with torchvision's or timm's"
        } else {
            "download torchvision's or timm's ImageNet weights and name the file"
        };
        Error::NoWeights {
            arch: self.title(),
            remedy,
        }
    }
}

/// The hub, and the folder in which its files are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    endpoint: String,
    cache: PathBuf,
    agent: ureq::Agent,
}

/// A weights file of the hub's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub path: PathBuf,
    /// As its repository names it ("bsd-3-clause"); `None` if it does not, or if the file was here already.
    pub licence: Option<String>,
}

/// Of the hub's description of a repository, what is used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    /// Its newest commit.
    sha: String,
    card_data: Option<Card>,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Card {
    /// Mostly a text; whatever else it may be is no reason to fail.
    license: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    lfs: Option<LargeFile>,
}

#[derive(Deserialize)]
struct LargeFile {
    size: u64,
    sha256: String,
}

impl Description {
    fn licence(&self) -> Option<&str> {
        self.card_data.as_ref()?.license.as_ref()?.as_str()
    }
}

impl Hub {
    /// The public one (or that of the variable `HF_ENDPOINT`), with the user's cache folder.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the system knows no such folder.
    pub fn of_user() -> Result<Self> {
        let folders = directories::ProjectDirs::from("", "", "cutting-room").ok_or_else(|| {
            Error::Invalid("this user has no folder for downloads; download the weights yourself and name the file in Weights on the Train page (on the command line: `--weights FILE`)".into())
        })?;
        let endpoint = std::env::var(ENDPOINT_VARIABLE).unwrap_or_else(|_| ENDPOINT.to_owned());
        Ok(Self::new(&endpoint, &folders.cache_dir().join("weights")))
    }

    pub fn new(endpoint: &str, cache: &Path) -> Self {
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            cache: cache.to_path_buf(),
            agent: download::agent(),
        }
    }

    /// The file, if it was downloaded before.
    pub fn cached(&self, arch: Arch) -> Option<PathBuf> {
        let path = self.path(arch.hub_repository()?);
        path.is_file().then_some(path)
    }

    fn path(&self, repository: &str) -> PathBuf {
        let name = repository.rsplit('/').next().unwrap_or(repository);
        self.cache.join(format!("{name}.safetensors"))
    }

    /// The file, downloaded unless it was before.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a net that is not there; [`Error::Hub`], saying how to do without; [`Error::Cancelled`].
    pub fn fetch(&self, arch: Arch, progress: &Progress) -> Result<Fetched> {
        let Some(repository) = arch.hub_repository() else {
            return Err(if arch.has_embedded_weights() {
                let text = format!(
                    "{} has its weights inside the program; leave `--weights hub` out",
                    arch.title()
                );
                Error::Invalid(text)
            } else {
                arch.no_weights()
            });
        };
        if let Some(path) = self.cached(arch) {
            return Ok(Fetched {
                path,
                licence: None,
            });
        }
        progress.stage(format!("asking the hub for {repository}"), None);
        let description = self.describe(repository)?;
        let licence = description.licence().map(str::to_owned);
        self.download(repository, &description, progress)?;
        Ok(Fetched {
            path: self.path(repository),
            licence,
        })
    }

    fn describe(&self, repository: &str) -> Result<Description> {
        let failed = |reason: String| self.error(repository, reason);
        let address = format!("{}/api/models/{repository}?blobs=true", self.endpoint);
        let mut response = self
            .agent
            .get(&address)
            .call()
            .map_err(|error| failed(error.to_string()))?;
        let text = response
            .body_mut()
            .with_config()
            .limit(MAX_DESCRIPTION_BYTES)
            .read_to_string()
            .map_err(|error| failed(error.to_string()))?;
        serde_json::from_str(&text)
            .map_err(|error| failed(format!("its response is not understood ({error})")))
    }

    fn download(
        &self,
        repository: &str,
        description: &Description,
        progress: &Progress,
    ) -> Result<()> {
        let failed = |reason: String| self.error(repository, reason);
        let file = description
            .siblings
            .iter()
            .find(|file| file.rfilename == FILE);
        let Some(expected) = file.and_then(|file| file.lfs.as_ref()) else {
            return Err(failed(format!("it has no {FILE} there any more")));
        };
        let licence = match description.licence() {
            Some(licence) => format!("licence {licence}"),
            None => "no licence named".to_owned(),
        };
        progress.stage(
            format!("downloading {repository} ({licence}), kilobytes"),
            Some(expected.size / 1000),
        );
        // Of this very commit, which the description is of.
        let address = format!(
            "{}/{repository}/resolve/{}/{FILE}",
            self.endpoint, description.sha
        );
        let expected = Expected {
            size_bytes: expected.size,
            sha256: &expected.sha256,
        };
        let path = self.path(repository);
        download::fetch(&self.agent, (&address, &path), expected, failed, progress)
    }

    fn error(&self, repository: &str, reason: String) -> Error {
        Error::Hub {
            reason,
            address: format!("{}/{repository}/resolve/main/{FILE}", self.endpoint),
        }
    }
}
