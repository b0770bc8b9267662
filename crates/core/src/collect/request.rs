//! What a person asks a collection for.

use std::path::PathBuf;

use super::dates::Dates;
use super::licence::Licences;
use crate::catalog::Provenance;
use crate::catalog::edit::check_class_name;
use crate::error::{Error, Result};

/// What the source of collected images is called unless it is given a name.
pub const DEFAULT_SOURCE: &str = "web";

/// Most images that a search brings unless another number is asked for; a list brings all.
const SEARCH_LIMIT: usize = 100;

/// Where the addresses come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A text file with an address a line, or a CSV file with a column `url`.
    Urls(PathBuf),
    /// Keywords for the search of Openverse.
    Openverse(String),
    /// Keywords for the search of Wikimedia Commons.
    Commons(String),
}

/// A collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub origin: Origin,
    /// Of images whose list names none. Searches take their keywords if there is none.
    pub class: Option<String>,
    /// The source that the images come into.
    pub source: String,
    /// Empty: any.
    pub licences: Licences,
    /// When the works were made; of those whose date is not known none.
    pub dates: Dates,
    /// Pixels along the shorter side, by the decoded image.
    pub min_size: u32,
    /// Most images, those of earlier runs of the same collection included.
    pub limit: Option<usize>,
}

impl Request {
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            class: None,
            source: DEFAULT_SOURCE.to_owned(),
            licences: Licences::default(),
            dates: Dates::default(),
            min_size: 0,
            limit: None,
        }
    }

    /// "Wikimedia Commons: red fox"
    pub fn title(&self) -> String {
        match &self.origin {
            Origin::Urls(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                format!("addresses in {}", name.to_string_lossy())
            }
            Origin::Openverse(keywords) => format!("Openverse: {keywords}"),
            Origin::Commons(keywords) => format!("Wikimedia Commons: {keywords}"),
        }
    }

    /// The class of an image that names none itself.
    pub(super) fn class(&self) -> Option<&str> {
        let keywords = match &self.origin {
            Origin::Urls(_) => None,
            Origin::Openverse(keywords) | Origin::Commons(keywords) => Some(keywords.trim()),
        };
        self.class.as_deref().map(str::trim).or(keywords)
    }

    pub(super) fn limit(&self) -> Option<usize> {
        match &self.origin {
            Origin::Urls(_) => self.limit,
            Origin::Openverse(_) | Origin::Commons(_) => Some(self.limit.unwrap_or(SEARCH_LIMIT)),
        }
    }

    /// A list's images that name no licence have the one that the person names for the list.
    pub(super) fn licence_fits(&self, from: &mut Provenance) -> bool {
        let is_list = matches!(self.origin, Origin::Urls(_));
        if is_list && from.licence.is_none() && !self.licences.is_any() {
            from.licence = Some(self.licences.codes());
            return true;
        }
        self.licences.fits(from.licence.as_deref())
    }

    /// # Errors
    /// `Invalid` for a request that cannot work; `Missing` if there is no such list.
    pub(super) fn check(&self) -> Result<()> {
        match &self.origin {
            Origin::Urls(path) if !path.is_file() => {
                return Err(Error::Missing { path: path.clone() });
            }
            Origin::Openverse(keywords) | Origin::Commons(keywords)
                if keywords.trim().is_empty() =>
            {
                return Err(Error::Invalid(
                    "there is nothing to search for; give one or more keywords".to_owned(),
                ));
            }
            Origin::Urls(_) | Origin::Openverse(_) | Origin::Commons(_) => {}
        }
        if matches!(self.origin, Origin::Openverse(_)) && !self.dates.is_any() {
            return Err(Error::Invalid(
                "Openverse does not say when an image was made; ask without dates, or Wikimedia Commons, or give a list with a column date"
                    .to_owned(),
            ));
        }
        if self.dates.is_none() {
            return Err(Error::Invalid(format!(
                "no day is within {}; give the earlier one first",
                self.dates
            )));
        }
        if let Some(class) = self.class() {
            check_class_name(class)?;
        }
        if self.limit == Some(0) {
            return Err(Error::Invalid(
                "a limit of 0 brings no image; give a limit of 1 or more".to_owned(),
            ));
        }
        Ok(())
    }
}
