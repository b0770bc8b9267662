//! Whether the sources' files are still there, looked at on a thread: a disk may be slow, or gone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::catalog::{Snapshot, SourceId};
use crate::error::Result;
use crate::jobs::Waker;
use crate::jobs::slot::Latest;
use crate::progress::Progress;

/// A disk is plugged in and out while one looks at the page.
const LOOK_AGAIN_SECS: f64 = 20.0;

/// What of a source is not where it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// The film or folder that it came from.
    pub is_origin_missing: bool,
    /// Images of the project without a file.
    pub images: usize,
}

struct Asked {
    source: SourceId,
    origin: PathBuf,
    images: Vec<PathBuf>,
}

#[derive(Default)]
pub struct Presence {
    worker: Option<Latest<Vec<Asked>, BTreeMap<SourceId, Missing>>>,
    /// Version of the catalog and time of the last look.
    looked: Option<(u64, f64)>,
    missing: BTreeMap<SourceId, Missing>,
}

impl Presence {
    pub fn of(&self, source: SourceId) -> Missing {
        self.missing.get(&source).copied().unwrap_or_default()
    }

    pub fn follow(&mut self, snapshot: &Snapshot, now_secs: f64, waker: &Waker) {
        if self.worker.is_none() {
            self.worker = Latest::new("look-for-files", waker.clone(), look)
                .map_err(|error| tracing::error!("files cannot be looked for: {error}"))
                .ok();
        }
        let Some(worker) = &self.worker else { return };
        if let Some(Ok(missing)) = worker.take() {
            self.missing = missing;
        }
        let is_current = self.looked.is_some_and(|(version, at)| {
            version == snapshot.version && now_secs - at < LOOK_AGAIN_SECS
        });
        if is_current || worker.is_busy() {
            return;
        }
        self.looked = Some((snapshot.version, now_secs));
        let sources = snapshot.sources.iter();
        worker.request(
            sources
                .map(|source| Asked {
                    source: source.id,
                    origin: source.origin.clone(),
                    images: snapshot
                        .images_of_source(source.id)
                        .into_iter()
                        .map(|image| image.path.clone())
                        .collect(),
                })
                .collect(),
        );
    }
}

fn look(asked: Vec<Asked>, progress: &Progress) -> Result<BTreeMap<SourceId, Missing>> {
    let mut found = BTreeMap::new();
    for Asked {
        source,
        origin,
        images,
    } in asked
    {
        progress.check()?;
        let missing = Missing {
            is_origin_missing: !origin.exists(),
            images: images.iter().filter(|path| !path.exists()).count(),
        };
        found.insert(source, missing);
    }
    Ok(found)
}
