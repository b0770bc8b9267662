//! All folders that the open project watches, and which ones they are the next time.

use std::path::Path;

use super::event::Event;
use super::folder_watch::WatchedFolder;
use super::queue::Queue;
use super::view::WatchView;
use crate::catalog::Catalog;
use crate::collect::watch::{WatchRequest, is_same_folder};
use crate::error::{Error, Result};
use crate::jobs::Waker;
use crate::project::Project;

/// Under this name the catalog keeps a list of what is watched.
const NOTE: &str = "watched-folders";
/// The same of versions that watched one folder at most: it, or null.
const OLDER_NOTE: &str = "watched-folder";

/// In the order in which a person chose them.
#[derive(Default)]
pub(super) struct WatchedFolders {
    list: Vec<WatchedFolder>,
}

impl WatchedFolders {
    /// Those that were watched when the project was open last. A folder whose name was given to another source meanwhile is
    /// watched no more.
    pub fn as_before(project: &Project, catalog: &Catalog, waker: &Waker) -> Self {
        let mut watched = Self::default();
        for request in requests(catalog) {
            match WatchedFolder::begin(&request, project, catalog, waker) {
                Ok(folder) => watched.list.push(folder),
                Err(error) => tracing::warn!("a folder is not watched any more: {error}"),
            }
        }
        watched
    }

    /// Watches one more, or the same one in another way.
    ///
    /// # Errors
    /// `Missing` if it is not there; `Invalid` beside what is watched already, or if the source's name is taken; `Io` if the
    /// system gives no thread; `Catalog` if it cannot be kept.
    pub fn add(
        &mut self,
        request: &WatchRequest,
        project: &Project,
        catalog: &mut Catalog,
        waker: &Waker,
    ) -> Result<()> {
        if !request.folder.is_dir() {
            let path = request.folder.clone();
            return Err(Error::Missing { path });
        }
        let is_other =
            |watched: &&WatchedFolder| !is_same_folder(&watched.request.folder, &request.folder);
        let others = self.list.iter().filter(is_other);
        request.check_beside(others.map(|other| &other.request))?;
        let begun = WatchedFolder::begin(request, project, catalog, waker)?;
        self.list.retain(|watched| is_other(&watched));
        self.list.push(begun);
        self.keep(catalog)
    }

    /// # Errors
    /// `Catalog` if that cannot be kept.
    pub fn remove(&mut self, folder: &Path, catalog: &mut Catalog) -> Result<()> {
        self.list.retain(|watched| watched.request.folder != folder);
        self.keep(catalog)
    }

    pub fn views(&self) -> Vec<WatchView> {
        self.list.iter().map(WatchedFolder::view).collect()
    }

    /// Starts imports of what came into the folders.
    pub fn import(
        &mut self,
        events: &[Event],
        (queue, project, catalog): (&mut Queue, &Project, &Catalog),
    ) {
        for watched in &mut self.list {
            watched.follow(events);
            let Some(import) = watched.next_import() else {
                continue;
            };
            match queue.add_job(import, project, catalog) {
                Ok(job) => watched.began(job),
                Err(error) => watched.fail(&error),
            }
        }
    }

    fn keep(&self, catalog: &mut Catalog) -> Result<()> {
        let requests: Vec<&WatchRequest> =
            self.list.iter().map(|watched| &watched.request).collect();
        let text = serde_json::to_string(&requests).unwrap_or_default();
        catalog.set_note(NOTE, &text)
    }
}

/// None if they cannot be read: to watch is a convenience.
fn requests(catalog: &Catalog) -> Vec<WatchRequest> {
    let note = |key| catalog.note(key).ok().flatten();
    if let Some(text) = note(NOTE) {
        return serde_json::from_str(&text).unwrap_or_default();
    }
    let one: Option<Option<WatchRequest>> =
        note(OLDER_NOTE).and_then(|text| serde_json::from_str(&text).ok());
    one.flatten().into_iter().collect()
}
