//! The open catalog and what can be read from it.
//!
//! A writer holds the project's lock and SQLite's write-ahead log lets readers work beside it. A reader that cannot
//! write at all (a read-only folder) opens the file as immutable: right, because then nobody else writes it either.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row};

pub use super::snapshot::{Snapshot, SplitMode};

use super::connection::{open_with, open_writer};
use super::meta::{split_mode, version};
use super::record::{ClassId, Decided, FRAME_SPACE, ImageRecord, Scene, Source};
use super::{backup, content, copies, dismissal, insets, schema};
use crate::error::{Error, Result};
use crate::media::border::Insets;
use crate::media::upsampling::Copies;
use crate::project::{Project, ProjectLock};

/// How long a statement waits for another process, such as a reader's checkpoint, before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Room for the contents of 100,000 images: to read the facts of all looks each content up, and SQLite's own two megabytes
/// would fetch every page of them again and again.
const CACHE_KIB: i32 = 32 << 10;

/// The one connection to `catalog.sqlite`.
pub struct Catalog {
    pub(super) connection: Connection,
    pub(super) root: PathBuf,
    /// Writers only; released after the connection, fields drop in order.
    pub(super) lock: Option<ProjectLock>,
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl Catalog {
    /// Opens for writing, checked, backed up if that is due, and brought up to date; holds the project's lock until
    /// dropped.
    ///
    /// # Errors
    /// `Locked` names who holds it; `NewerFormat`; `DamagedCatalog`; `MissingCatalog` if there is work in the project and
    /// no catalog; `Io` in a read-only folder.
    pub fn open(project: &Project) -> Result<Self> {
        let lock = project.lock()?;
        let path = project.catalog_path();
        backup::require_catalog(project)?;
        let connection = open_writer(&path, lock.is_taken())?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let mut catalog = Self {
            connection,
            root: project.root().to_path_buf(),
            lock: Some(lock),
        };
        catalog
            .prepare(project)
            .map_err(|error| name_bad_file(error, project))?;
        Ok(catalog)
    }

    /// False for a writer on a disk that cannot lock files: nothing keeps another one out.
    pub fn is_locked(&self) -> bool {
        self.lock.as_ref().is_none_or(ProjectLock::is_taken)
    }

    /// Tells others who want to write that this one is about to close, so that they wait.
    pub fn mark_leaving(&self) {
        if let Some(lock) = &self.lock {
            lock.mark_leaving();
        }
    }

    fn prepare(&mut self, project: &Project) -> Result<()> {
        // What it returns is the mode in force; some network file systems refuse WAL, and then the old one does. Without
        // locks readers could not follow a log.
        let mode = if self.is_locked() { "WAL" } else { "DELETE" };
        self.connection
            .pragma_update_and_check(None, "journal_mode", mode, |_row| Ok(()))?;
        // With WAL this survives a killed process; only the newest edits could go with the power.
        self.connection
            .pragma_update(None, "synchronous", "NORMAL")?;
        self.connection.pragma_update(None, "foreign_keys", true)?;
        backup::check(&self.connection, project)?;
        backup::make_if_due(&self.connection, project)?;
        schema::migrate(&mut self.connection)?;
        // A negative number is one of KiB.
        Ok(self
            .connection
            .pragma_update(None, "cache_size", -CACHE_KIB)?)
    }

    /// For readers beside a writer (train, evaluate, predict, explain while the window is open).
    ///
    /// # Errors
    /// `NewerFormat`; `DamagedCatalog`; `MissingCatalog`.
    pub fn open_read_only(project: &Project) -> Result<Self> {
        let path = project.catalog_path();
        backup::require_catalog(project)?;
        let connection = if path.exists() {
            open_reader(&path, project.can_lock())
                .and_then(|connection| {
                    backup::check(&connection, project)?;
                    Ok(connection)
                })
                .map_err(|error| name_bad_file(error, project))?
        } else {
            // A project that nobody has opened for writing yet is empty.
            let mut empty = Connection::open_in_memory()?;
            schema::migrate(&mut empty)?;
            empty
        };
        let is_older = schema::check_format(&connection)? < schema::FORMAT;
        Ok(Self {
            connection: if is_older {
                schema::migrated_copy(&connection)?
            } else {
                connection
            },
            root: project.root().to_path_buf(),
            lock: None,
        })
    }

    /// All rows as they were at one moment, also while another process writes.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let moment = self.connection.unchecked_transaction()?;
        let sources = rows(&moment, SELECT_SOURCES, |row| {
            source_of_row(&self.root, row)
        })?;
        let mut images = rows(&moment, SELECT_IMAGES, |row| image_of_row(&self.root, row))?;
        let unmeasured = insets::fill(&moment, &sources, &mut images)?;
        let without_copies = copies::fill(&moment, &sources, &mut images)?;
        let snapshot = Snapshot {
            version: version(&moment)?,
            root: self.root.clone(),
            classes: rows(&moment, SELECT_CLASSES, |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?,
            excluded: rows(&moment, SELECT_EXCLUDED, |row| row.get(0))?
                .into_iter()
                .collect(),
            sources,
            scenes: rows(&moment, SELECT_SCENES, scene_of_row)?,
            images,
            unmeasured,
            without_copies,
            split_mode: split_mode(&moment)?,
            pixels: Arc::new(content::pixel_hashes(&moment)?),
            dismissed: Arc::new(dismissal::read(&moment)?.into_iter().collect()),
            ..Snapshot::default()
        };
        moment.finish()?;
        Ok(snapshot)
    }
}

const SELECT_CLASSES: &str = "SELECT id, name FROM class
    WHERE id IN (SELECT DISTINCT class FROM present_image) ORDER BY name";
const SELECT_EXCLUDED: &str = "SELECT id FROM class WHERE is_excluded";
const SELECT_SOURCES: &str =
    "SELECT id, kind, name, origin, is_test, film, broken, crop, is_upsampled FROM source
    WHERE NOT is_removed ORDER BY id";
const SELECT_SCENES: &str =
    "SELECT id, source, position, first_frame, last_frame, transition, side, scene_group
    FROM scene WHERE source IN (SELECT id FROM source WHERE NOT is_removed)
    AND (source IN (SELECT id FROM source WHERE kind = 'film')
         OR EXISTS (SELECT 1 FROM image WHERE image.scene = scene.id AND NOT image.is_removed))
    ORDER BY id";
const SELECT_IMAGES: &str =
    "SELECT id, source, class, scene, path, origin, hash, width, height, frame, time_secs,
    decision, side, decided_at, is_remembered, character FROM present_image ORDER BY id";

fn rows<T>(
    connection: &Connection,
    select: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(select)?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<Vec<T>>>()?)
}

fn source_of_row(root: &Path, row: &Row<'_>) -> rusqlite::Result<Source> {
    let film: Option<String> = row.get(5)?;
    Ok(Source {
        id: row.get(0)?,
        kind: row.get(1)?,
        name: row.get(2)?,
        origin: schema::absolute_path(root, row.get_ref(3)?.as_str()?),
        is_test: row.get(4)?,
        // A text that this program cannot read costs the film's description, not the project.
        film: film.and_then(|text| serde_json::from_str(&text).ok()),
        broken: row.get(6)?,
        crop: row.get(7)?,
        is_upsampled: row.get(8)?,
    })
}

fn scene_of_row(row: &Row<'_>) -> rusqlite::Result<Scene> {
    Ok(Scene {
        id: row.get(0)?,
        source: row.get(1)?,
        index: row.get(2)?,
        first_frame: row.get::<_, i64>(3)? as u64 % FRAME_SPACE,
        last_frame: row.get::<_, i64>(4)? as u64 % FRAME_SPACE,
        transition: row.get(5)?,
        side: row.get(6)?,
        group: row.get(7)?,
    })
}

fn image_of_row(root: &Path, row: &Row<'_>) -> rusqlite::Result<ImageRecord> {
    Ok(ImageRecord {
        id: row.get(0)?,
        source: row.get(1)?,
        class: row.get::<_, Option<ClassId>>(2)?,
        scene: row.get(3)?,
        path: schema::absolute_path(root, row.get_ref(4)?.as_str()?),
        origin: row.get(5)?,
        hash: row.get(6)?,
        width: row.get(7)?,
        height: row.get(8)?,
        crop: Insets::NONE,
        character: row.get(15)?,
        copies: Copies::default(),
        frame: row
            .get::<_, Option<i64>>(9)?
            .map(|frame| frame as u64 % FRAME_SPACE),
        time_secs: row.get(10)?,
        decision: row.get(11)?,
        decided: Decided {
            at: row.get(13)?,
            is_remembered: row.get(14)?,
        },
        side: row.get(12)?,
    })
}

fn open_reader(path: &Path, can_lock: bool) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let beside_a_writer = open_with(path, flags, can_lock).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_row| Ok(()))?;
        Ok(connection)
    });
    match beside_a_writer {
        Err(error) if needs_immutable(&error) => {
            let uri = format!(
                "file:{}?immutable=1",
                percent_encoded(&path.to_string_lossy())
            );
            Ok(Connection::open_with_flags(
                uri,
                flags | OpenFlags::SQLITE_OPEN_URI,
            )?)
        }
        other => Ok(other?),
    }
}

/// A reader has to make the log's index file; in a read-only folder it cannot.
fn needs_immutable(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, ReadOnly};
    matches!(error.sqlite_error_code(), Some(CannotOpen | ReadOnly))
}

/// For SQLite's URI file names, where `%`, `?` and `#` have a meaning.
fn percent_encoded(path: &str) -> String {
    path.replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}

fn name_bad_file(error: Error, project: &Project) -> Error {
    match error {
        Error::Catalog(error)
            if matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt)
            ) =>
        {
            backup::damaged(error.to_string(), project)
        }
        other => other,
    }
}
