//! Where the wanted images come from, batch by batch.

use std::collections::VecDeque;

use url::Url;

use super::client::Client;
use super::commons::Commons;
use super::list;
use super::openverse::Openverse;
use super::request::{Origin, Request};
use super::trouble::{Attempt, Trouble};
use super::wanted::Wanted;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// Pages of a search that bring nothing new end it.
const MOST_PAGES: usize = 500;

pub enum Search {
    List(VecDeque<Vec<Wanted>>),
    Openverse(Openverse),
    Commons(Commons),
}

impl Search {
    /// # Errors
    /// As [`list::read`]; `Invalid` if an address in the settings is none.
    pub fn begin(request: &Request, client: &Client) -> Result<Self> {
        let settings = client.settings();
        Ok(match &request.origin {
            Origin::Urls(path) => Self::List(VecDeque::from([list::read(path)?])),
            Origin::Openverse(keywords) => {
                let base = base(&settings.openverse)?;
                Self::Openverse(Openverse::new(base, keywords, &request.licences))
            }
            Origin::Commons(keywords) => {
                Self::Commons(Commons::new(base(&settings.commons)?, keywords))
            }
        })
    }

    /// How many there are, where that is known.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::List(batches) => Some(batches.iter().map(Vec::len).sum()),
            Self::Openverse(_) | Self::Commons(_) => None,
        }
    }

    /// The next ones, in order; `None` when there are no more.
    ///
    /// # Errors
    /// `Web` if the search does not answer; `Cancelled`.
    pub fn next(
        &mut self,
        client: &mut Client,
        progress: &Progress,
    ) -> Result<Option<Vec<Wanted>>> {
        for _page in 0..MOST_PAGES {
            let (url, name) = match self {
                Self::List(batches) => return Ok(batches.pop_front()),
                Self::Openverse(search) => (search.next_url(), "Openverse"),
                Self::Commons(search) => (search.next_url(), "Wikimedia Commons"),
            };
            let Some(url) = url else {
                return Ok(None);
            };
            let failed = |reason: String| Error::Web {
                reason: format!("{name} could not be searched: {reason}"),
                address: url.to_string(),
            };
            let answer = match client.search(&url, progress) {
                Ok(answer) => answer,
                Err(Trouble::Cancelled) => return Err(Error::Cancelled),
                Err(
                    Trouble::Refused(reason) | Trouble::Declined(reason) | Trouble::Failed(reason),
                ) => {
                    return Err(failed(reason));
                }
            };
            let found = self.read(&answer).map_err(|trouble| match trouble {
                Trouble::Refused(reason) | Trouble::Declined(reason) | Trouble::Failed(reason) => {
                    failed(reason)
                }
                Trouble::Cancelled => Error::Cancelled,
            })?;
            if !found.is_empty() {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn read(&mut self, answer: &[u8]) -> Attempt<Vec<Wanted>> {
        match self {
            Self::List(_) => Ok(Vec::new()),
            Self::Openverse(search) => search.read(answer),
            Self::Commons(search) => search.read(answer),
        }
    }
}

fn base(address: &str) -> Result<Url> {
    Url::parse(address)
        .map_err(|error| Error::Invalid(format!("{address} is no web address ({error})")))
}
