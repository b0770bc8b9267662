//! The open project's cache, looked after by a thread: measured for the settings page, kept below its limits, emptied.

use std::path::PathBuf;
use std::sync::Arc;

use crate::catalog::Snapshot;
use crate::jobs::slot::Latest;
use crate::project::cache::{CacheLimits, CacheUse, clear, trim, without_file};
use crate::session::{Session, Waker};

/// Later ones do what earlier ones do, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Care {
    Measure,
    Trim,
    Clear,
}

struct Asked {
    care: Care,
    cache: PathBuf,
    snapshot: Arc<Snapshot>,
}

struct Cared {
    cache: PathBuf,
    usage: CacheUse,
    /// Of a clearing, in bytes.
    freed: Option<u64>,
}

#[derive(Default)]
pub struct CacheKeeper {
    worker: Option<Latest<Asked, Cared>>,
    /// What was asked for while the worker is at something else.
    next: Option<Asked>,
    measured: Option<(PathBuf, CacheUse)>,
}

impl CacheKeeper {
    /// Brings the cache below the limits that hold now.
    pub fn trim(&mut self, session: &Session, waker: &Waker) {
        self.ask(Care::Trim, session, waker);
    }

    pub fn clear(&mut self, session: &Session, waker: &Waker) {
        self.ask(Care::Clear, session, waker);
    }

    pub fn measure(&mut self, session: &Session, waker: &Waker) {
        if !self.is_busy() {
            self.ask(Care::Measure, session, waker);
        }
    }

    /// What the cache of this project held when it was last looked at.
    pub fn usage(&self, session: &Session) -> Option<CacheUse> {
        let (cache, usage) = self.measured.as_ref()?;
        (*cache == session.project().cache_dir()).then_some(*usage)
    }

    pub fn is_busy(&self) -> bool {
        self.next.is_some() || self.worker.as_ref().is_some_and(Latest::is_busy)
    }

    fn ask(&mut self, care: Care, session: &Session, waker: &Waker) {
        if self.worker.is_none() {
            self.worker = Latest::new("cache", Arc::clone(waker), |asked, _| Ok(look_after(asked)))
                .map_err(|error| tracing::error!("the cache is not looked after: {error}"))
                .ok();
        }
        let asked = Asked {
            care,
            cache: session.project().cache_dir(),
            snapshot: Arc::clone(session.snapshot()),
        };
        let does_more = |next: &Asked| next.cache == asked.cache && next.care > care;
        if !self.next.as_ref().is_some_and(does_more) {
            self.next = Some(asked);
        }
        self.go_on();
    }

    /// Once a frame; the bytes that a clearing has freed.
    pub fn follow(&mut self) -> Option<u64> {
        let cared = self.worker.as_ref()?.take();
        self.go_on();
        let cared = cared?
            .map_err(|error| tracing::warn!("the cache was not looked after: {error}"))
            .ok()?;
        self.measured = Some((cared.cache, cared.usage));
        cared.freed
    }

    /// A waiting request would be forgotten for a newer one, so none waits there.
    fn go_on(&mut self) {
        if let Some(worker) = self.worker.as_ref().filter(|worker| !worker.is_busy())
            && let Some(asked) = self.next.take()
        {
            worker.request(asked);
        }
    }
}

fn look_after(asked: Asked) -> Cared {
    let Asked {
        care,
        cache,
        snapshot,
    } = asked;
    let mut usage = CacheUse::of(&cache);
    let spared = || {
        let images = snapshot.images.iter();
        without_file(images.map(|image| (image.hash.as_str(), image.path.as_path())))
    };
    let limits = CacheLimits::current();
    let is_too_large = usage.thumbnails_bytes > limits.thumbnails_bytes
        || usage.features_bytes > limits.features_bytes;
    let freed = match care {
        Care::Clear => Some(clear(&cache, &spared())),
        Care::Trim if is_too_large => {
            let freed = trim(&cache, limits, &spared());
            tracing::info!("{freed} bytes of the cache were not used for the longest time");
            None
        }
        Care::Trim | Care::Measure => None,
    };
    if care != Care::Measure {
        usage = CacheUse::of(&cache);
    }
    Cared {
        cache,
        usage,
        freed,
    }
}
