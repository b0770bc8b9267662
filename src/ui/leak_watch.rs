//! Has a split looked at for leaks after each change of it, and keeps what was found last, so that no number flickers.

use crate::jobs::JobId;
use crate::session::jobs::leaks::{FoundLeaks, LeakSearch, Look};
use crate::session::{Command, Job};
use crate::ui::context::ViewCtx;

#[derive(Default)]
pub struct LeakWatch {
    searched: Option<u64>,
    found: Option<FoundLeaks>,
    /// The search that found it.
    found_by: Option<JobId>,
    /// Jobs that have ended and may have left facts in the catalog or features in the cache.
    embedded: usize,
    /// Scans for leaks that have ended, whoever asked for them.
    scanned: usize,
    is_embedding: bool,
    /// The search before features were computed.
    before_embedding: Option<JobId>,
    /// Images that are without features after that: they cannot be read.
    unreadable: usize,
}

impl LeakWatch {
    /// `version`: of the catalog whose split is shown.
    pub fn follow(&mut self, ctx: &mut ViewCtx<'_>, version: u64) {
        let mut is_searching = false;
        let (mut embedded, mut scanned) = (0, 0);
        self.is_embedding = false;
        let mut newest = None;
        for view in ctx.session.jobs() {
            let search = match &*view.job {
                Job::FindLeaks(search) => search,
                Job::Honesty(_) | Job::CompareScenes(_) | Job::Scan(_) => {
                    embedded += usize::from(!view.is_running());
                    continue;
                }
                _other => continue,
            };
            // Computing features takes minutes, and what is known can be said meanwhile.
            match search.look {
                Look::Features => {
                    self.is_embedding |= view.is_running();
                    embedded += usize::from(!view.is_running());
                }
                Look::Scan => {
                    is_searching |= view.is_running();
                    scanned += usize::from(!view.is_running());
                }
                Look::Live | Look::Thorough => is_searching |= view.is_running(),
            }
            // Later searches have higher ids; also of the same version, for one may know more.
            let is_newer = newest.as_ref().is_none_or(|(id, _)| *id < view.id);
            if let Some(found) = search.found.as_ref().filter(|_| is_newer) {
                newest = Some((view.id, found.clone()));
            }
        }
        if let Some((id, found)) = newest {
            if self.before_embedding.is_some_and(|before| before != id) {
                self.before_embedding = None;
                self.unreadable = found.without_features;
            }
            // Also what another page had searched.
            if self.found.is_none() {
                self.searched = Some(found.version);
                self.embedded = embedded;
            } else if self.found_by != Some(id) && self.searched.is_some() {
                self.searched = Some(found.version);
            }
            self.found_by = Some(id);
            self.found = Some(found);
        }
        if is_searching {
            return;
        }
        if scanned != self.scanned {
            self.scanned = scanned;
            self.searched = None;
        }
        if embedded != self.embedded {
            self.embedded = embedded;
            if self.lacks_features() {
                self.before_embedding = self.found_by;
                self.searched = None;
            } else if self.found.as_ref().is_some_and(|found| found.unscanned > 0) {
                self.searched = None;
            }
        }
        // A search may know of facts that the view does not show yet, and then of a later version.
        if self.searched.is_some_and(|searched| searched >= version) {
            return;
        }
        self.searched = Some(version);
        self.search(ctx, Look::Live);
    }

    fn search(&self, ctx: &mut ViewCtx<'_>, look: Look) {
        let known = self.found.as_ref().and_then(|found| found.known.clone());
        ctx.send(Command::start(LeakSearch {
            look,
            known,
            ..LeakSearch::default()
        }));
    }

    /// Has what was not compared yet compared.
    pub fn compare(&mut self, ctx: &mut ViewCtx<'_>, look: Look) {
        // What comes after it knows more, though the split is the same.
        self.searched = match look {
            Look::Scan => None,
            Look::Live | Look::Thorough | Look::Features => self.searched,
        };
        self.search(ctx, look);
    }

    /// What was found last, perhaps of the split before.
    pub fn found(&self) -> Option<&FoundLeaks> {
        self.found.as_ref()
    }

    pub fn is_embedding(&self) -> bool {
        self.is_embedding
    }

    /// Features of images that can be read are missing.
    pub fn lacks_features(&self) -> bool {
        let found = self.found.as_ref();
        found.is_some_and(|found| found.without_features > self.unreadable)
    }
}
