//! The slow half of a collection: fetch, examine, store. What came is handed over image by image, so that a collection
//! that is cancelled or killed loses at most one and goes on where it stopped.

use std::path::Path;

use url::Url;

use super::address;
use super::client::Client;
use super::examine::{Seen, examine};
use super::memory::{Memory, Remembered};
use super::report::CollectReport;
use super::request::Request;
use super::search::Search;
use super::settings::Settings;
use super::trouble::{Attempt, Trouble};
use super::turns::Turns;
use super::wanted::Wanted;
use crate::catalog::import::{Arrived, ImageStore, ImportImages, NewImage};
use crate::catalog::{Catalog, Fetched, Outcome};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::project::Project;
use crate::timestamp::unix_secs;

/// What has come, for [`Catalog::insert_fetched`].
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub images: Vec<NewImage>,
    pub fetched: Vec<Fetched>,
    /// Of the collection so far.
    pub report: CollectReport,
}

/// A collection, with what the worker must know of the project.
pub struct Collector {
    request: Request,
    client: Client,
    store: ImageStore,
    memory: Memory,
    report: CollectReport,
    /// Addresses that no class is named for.
    without_class: usize,
}

const NO_CLASS: &str = "no class is named for it; name one for all (on the command line: `--class C`), or in a column class of the list";

/// An image that came, and what became of it.
struct Verdict {
    outcome: Outcome,
    reason: Option<String>,
    seen: Option<Seen>,
    image: Option<NewImage>,
}

impl Collector {
    /// Gathers what the worker needs.
    ///
    /// # Errors
    /// `Invalid` or `Missing` for a request that cannot work; `Catalog`.
    pub fn new(
        catalog: &Catalog,
        project: &Project,
        request: Request,
        settings: Settings,
    ) -> Result<Self> {
        request.check()?;
        settings.check()?;
        let report = CollectReport {
            source: request.source.clone(),
            ..CollectReport::default()
        };
        Ok(Self {
            client: Client::new(settings),
            store: catalog.image_store(project, &request.source)?,
            memory: Memory::new(catalog.known_content()?, request.min_size),
            report,
            request,
            without_class: 0,
        })
    }

    /// For the rows of what it stores.
    pub fn import(&self) -> &ImportImages {
        self.store.import()
    }

    /// Fetches until there is no more or enough. What is refused or fails is a warning.
    ///
    /// # Errors
    /// `Web` if a search does not answer; `Invalid` if no image has a class; `Io` if nothing can be written; `Cancelled`;
    /// any error of `sink`.
    pub fn run(
        mut self,
        progress: &Progress,
        sink: &mut dyn FnMut(Batch) -> Result<()>,
    ) -> Result<CollectReport> {
        let mut search = Search::begin(&self.request, &self.client)?;
        let limit = self.request.limit();
        let listed = search.count();
        // A list that is shorter is gone through to its end, whatever comes of it.
        let ends_by_limit = limit.is_some_and(|limit| listed.is_none_or(|listed| listed > limit));
        let total = match (listed, limit) {
            (Some(listed), Some(limit)) => Some(listed.min(limit)),
            (listed, limit) => listed.or(limit),
        };
        progress.stage(
            format!("fetching images ({})", self.request.title()),
            total.map(|total| total as u64),
        );
        while !self.is_enough()
            && let Some(wanted) = self.next(&mut search, progress)?
        {
            let mut turns = Turns::new(wanted, |wanted| host(&wanted.from.url));
            while !self.is_enough()
                && let Some(wanted) = turns.next(|host| self.client.ready(host))
            {
                progress.check()?;
                self.take(wanted, progress, sink)?;
                let done = if ends_by_limit {
                    self.report.there()
                } else {
                    self.report.handled()
                };
                progress.set_done(done as u64);
            }
        }
        if self.without_class > 0 && self.without_class == self.report.handled() {
            return Err(Error::Invalid(format!("nothing was fetched: {NO_CLASS}")));
        }
        Ok(self.report)
    }

    /// A search that stops answering after it has brought something is worth a warning only.
    fn next(&mut self, search: &mut Search, progress: &Progress) -> Result<Option<Vec<Wanted>>> {
        match search.next(&mut self.client, progress) {
            Err(Error::Web { reason, address }) if self.report.handled() > 0 => {
                progress.warn(address, reason);
                Ok(None)
            }
            other => other,
        }
    }

    fn is_enough(&self) -> bool {
        let there = self.report.there();
        self.request.limit().is_some_and(|limit| there >= limit)
    }

    fn take(
        &mut self,
        mut wanted: Wanted,
        progress: &Progress,
        sink: &mut dyn FnMut(Batch) -> Result<()>,
    ) -> Result<()> {
        let address = wanted.from.url.clone();
        let attempt = match address::parse(&address) {
            Ok(url) => {
                wanted.from.url = url.to_string();
                if let Some(remembered) = self.memory.of_url(url.as_str()) {
                    self.recall(remembered, address, progress);
                    return Ok(());
                }
                self.fetch(&url, &mut wanted, progress)?
            }
            Err(trouble) => Err(trouble),
        };
        let verdict = match attempt {
            Ok(verdict) => verdict,
            Err(Trouble::Cancelled) => return Err(Error::Cancelled),
            Err(Trouble::Declined(reason)) => {
                self.report.count(Outcome::Refused);
                progress.warn(address, reason);
                return Ok(());
            }
            Err(Trouble::Refused(reason)) => Verdict::without_image(Outcome::Refused, reason),
            Err(Trouble::Failed(reason)) => Verdict::without_image(Outcome::Failed, reason),
        };
        if let Some(reason) = &verdict.reason {
            progress.warn(address, reason.clone());
        }
        match verdict.seen.and_then(|seen| self.memory.rejected(&seen)) {
            Some(rejection) => self.report.count_rejected(rejection.at),
            None => self.report.count(verdict.outcome),
        }
        wanted.from.fetched_secs = unix_secs();
        let fetched = Fetched {
            outcome: verdict.outcome,
            reason: verdict.reason,
            content: verdict.seen.map(|seen| seen.content),
            shorter_side: verdict.seen.map(|seen| seen.shorter_side),
            provenance: wanted.from,
        };
        self.memory.note(&fetched, verdict.seen.as_ref());
        sink(Batch {
            images: verdict.image.into_iter().collect(),
            fetched: vec![fetched],
            report: self.report.clone(),
        })
    }

    fn recall(&mut self, remembered: Remembered, address: String, progress: &Progress) {
        match remembered {
            Remembered::Present => self.report.already += 1,
            Remembered::Rejected(at) => self.report.count_rejected(at),
            Remembered::Refused(reason) => {
                self.report.refused += 1;
                let reason = reason.unwrap_or_else(|| "it was refused before".to_owned());
                progress.warn(address, reason);
            }
        }
    }

    /// The inner result is about this address alone.
    fn fetch(
        &mut self,
        url: &Url,
        wanted: &mut Wanted,
        progress: &Progress,
    ) -> Result<Attempt<Verdict>> {
        let class = wanted.class.as_deref().or(self.request.class());
        let Some(class) = class.map(str::to_owned) else {
            self.without_class += 1;
            return Ok(Err(Trouble::Declined(NO_CLASS.to_owned())));
        };
        if let Some(reason) = self.declined(wanted) {
            return Ok(Err(Trouble::Declined(reason)));
        }
        let bytes = match self.client.image(url, progress) {
            Ok(bytes) => bytes,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let (seen, decoded) = match examine(&bytes) {
            Ok(examined) => examined,
            Err(reason) => return Ok(Err(Trouble::Refused(reason))),
        };
        let (outcome, reason) = self.memory.judge(&seen);
        let image = if outcome == Outcome::Taken {
            let name = Path::new(url.path()).file_stem().unwrap_or_default();
            let arrived = Arrived {
                class: Some(&class),
                name: &name.to_string_lossy(),
                bytes: &bytes,
                decoded: &decoded,
            };
            Some(self.store.store(&arrived, progress)?)
        } else {
            None
        };
        Ok(Ok(Verdict {
            outcome,
            reason,
            seen: Some(seen),
            image,
        }))
    }

    /// Why it need not be fetched, by what its list or search says of it.
    fn declined(&self, wanted: &mut Wanted) -> Option<String> {
        if !self.request.licence_fits(&mut wanted.from) {
            let licence = wanted.from.licence.as_deref().unwrap_or("none is named");
            let licences = &self.request.licences;
            return Some(format!("its licence ({licence}) is none of {licences}"));
        }
        if let Some(reason) = self.request.dates.misfit(wanted.from.date.as_deref()) {
            return Some(reason);
        }
        self.memory.too_small(wanted.shorter_side?)
    }
}

impl Verdict {
    fn without_image(outcome: Outcome, reason: String) -> Self {
        Self {
            outcome,
            reason: Some(reason),
            seen: None,
            image: None,
        }
    }
}

fn host(address: &str) -> String {
    let url = address::parse(address).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.unwrap_or_default().to_owned()
}
