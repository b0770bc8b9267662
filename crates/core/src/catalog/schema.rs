//! Tables, their migrations, and how ids and enums are written in them.
//!
//! Paths inside the project are stored relative to its root, with `/`, so that the folder can be moved; paths outside
//! are absolute. Rows are never deleted except scenes that a better scene search no longer finds; what is removed is
//! marked ([`super::removal`]).

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite_migration::{M, Migrations};

use super::record::{ClassId, Decision, GroupId, ImageId, SceneId, Side, SourceId, SourceKind};
use super::{character, copies, crop, decided, dismissal, provenance, removal};
use crate::error::{Error, Result};
use crate::media::scene::Transition;

/// `PRAGMA user_version` of a catalog that this program wrote: the number of migrations.
pub(super) const FORMAT: u32 = MIGRATIONS.len() as u32;

/// One entry a format; an entry that was ever released is never changed.
const MIGRATIONS: &[M<'static>] = &[
    M::up(FORMAT_1),
    M::up(FORMAT_2),
    M::up(removal::COLUMNS),
    M::up(IMAGE_SIDE),
    M::up(STRAY),
    M::up(dismissal::TABLE),
    M::up(crop::COLUMN),
    M::up(provenance::TABLE),
    M::up(copies::COLUMN),
    M::up(decided::COLUMNS),
    M::up(character::COLUMN),
];

const FORMAT_1: &str = "CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO meta VALUES ('version', '0'), ('split-mode', '\"scenes\"');

    -- Interned names: a class exists for the user as long as an image has it.
    CREATE TABLE class (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    );

    CREATE TABLE source (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL UNIQUE,
        origin TEXT NOT NULL,
        is_test INTEGER NOT NULL DEFAULT 0,
        film TEXT,          -- films: FilmInfo as JSON
        broken TEXT,        -- films: where it broke
        fingerprint TEXT,   -- films: hash of size, head and tail
        class TEXT          -- films: the class that new frames get
    );

    CREATE TABLE scene (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source,
        position INTEGER NOT NULL,
        first_frame INTEGER NOT NULL,
        last_frame INTEGER NOT NULL,
        transition TEXT NOT NULL,
        side TEXT NOT NULL DEFAULT 'train',
        UNIQUE (source, first_frame)
    );

    CREATE TABLE image (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source,
        class INTEGER REFERENCES class,
        scene INTEGER REFERENCES scene,
        path TEXT NOT NULL,
        origin TEXT NOT NULL,
        hash TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        frame INTEGER,
        time_secs REAL,
        decision TEXT NOT NULL DEFAULT 'undecided',
        UNIQUE (source, origin)
    );
    CREATE INDEX image_scene ON image (scene);

    -- Undone steps have the highest ids; a new edit removes them.
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        text TEXT NOT NULL,
        forward TEXT NOT NULL,
        backward TEXT NOT NULL,
        is_undone INTEGER NOT NULL DEFAULT 0
    );";

/// Facts about contents, see [`super::facts`], and groups of scenes.
const FORMAT_2: &str = "CREATE TABLE content (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE   -- as image.hash, 32 bytes
    );

    CREATE TABLE fact (
        kind INTEGER NOT NULL,
        content INTEGER NOT NULL REFERENCES content,
        version INTEGER NOT NULL,
        value NOT NULL,             -- real or blob
        PRIMARY KEY (kind, content)
    ) WITHOUT ROWID;

    -- From equal pixels (kind 1) to contents, and from there to images.
    CREATE INDEX fact_pixel_hash ON fact (value) WHERE kind = 1;
    CREATE INDEX image_hash ON image (hash);

    CREATE TABLE scene_group (
        id INTEGER PRIMARY KEY
    );
    ALTER TABLE scene ADD COLUMN scene_group INTEGER REFERENCES scene_group;
    CREATE INDEX scene_of_group ON scene (scene_group) WHERE scene_group IS NOT NULL;";

/// The side of an image that is in no scene, from a folder that holds a split; null means training.
const IMAGE_SIDE: &str = "ALTER TABLE image ADD COLUMN side TEXT;";

/// Files of imported folders that are no images, since format 5: see [`super::stray`].
const STRAY: &str = "CREATE TABLE stray (
        source INTEGER NOT NULL REFERENCES source,
        origin TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        modified_nanos INTEGER NOT NULL,   -- since 1970
        hash BLOB NOT NULL,                -- as content.hash
        PRIMARY KEY (source, origin)
    ) WITHOUT ROWID;";

/// Brings the tables up to date; the connection must be the writer's.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    check_format(connection)?;
    Ok(Migrations::from_slice(MIGRATIONS).to_latest(connection)?)
}

/// Refuses a catalog of a newer program; returns the format found.
pub(super) fn check_format(connection: &Connection) -> Result<u32> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > FORMAT {
        return Err(Error::NewerFormat {
            found,
            known: FORMAT,
        });
    }
    Ok(found)
}

/// A catalog of an older format as it looks in this one, in memory: for readers, which must not change the file.
pub(super) fn migrated_copy(older: &Connection) -> Result<Connection> {
    let mut copy = Connection::open_in_memory()?;
    Backup::new(older, &mut copy)?.run_to_completion(i32::MAX, Duration::ZERO, None)?;
    migrate(&mut copy)?;
    Ok(copy)
}

/// As stored in the `path` columns. `None` if the name is not valid Unicode.
pub(super) fn stored_path(root: &Path, path: &Path) -> Option<String> {
    match path.strip_prefix(root) {
        Ok(inside) => {
            let parts: Option<Vec<&str>> = inside
                .components()
                .map(|part| part.as_os_str().to_str())
                .collect();
            Some(parts?.join("/"))
        }
        Err(_outside) => path.to_str().map(str::to_owned),
    }
}

/// The absolute path of a stored one. `Path::join` leaves absolute paths as they are.
pub(super) fn absolute_path(root: &Path, stored: &str) -> PathBuf {
    root.join(stored)
}

macro_rules! id_column {
    ($($id:ident),+) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }
        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }
    )+};
}
id_column!(ClassId, GroupId, ImageId, SceneId, SourceId);

macro_rules! word_column {
    ($kind:ty { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl ToSql for $kind {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(match self { $(Self::$variant => $word,)+ }.into())
            }
        }
        impl FromSql for $kind {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($word => Ok(Self::$variant),)+
                    _unknown => Err(FromSqlError::InvalidType),
                }
            }
        }
    };
}
word_column!(Decision { Keep = "keep", Reject = "reject", Undecided = "undecided" });
word_column!(Side { Train = "train", Valid = "valid" });
word_column!(SourceKind { Film = "film", Scraped = "scraped" });
word_column!(Transition { Start = "start", Cut = "cut", Dissolve = "dissolve" });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::facts::FactKind;
    use crate::catalog::{Catalog, CharacterCrop, ChosenCrop, CropOrigin, Edit, backup};
    use crate::media::crop_box::CropBox;
    use crate::project::Project;

    #[test]
    fn migrations_are_valid_sql() {
        Migrations::from_slice(MIGRATIONS).validate().unwrap();
    }

    /// A project whose catalog was written by the first release.
    fn project_of_format_1(folder: &Path) -> Project {
        let project = Project::create(&folder.join("project")).unwrap();
        let mut connection = Connection::open(project.catalog_path()).unwrap();
        connection
            .query_row("PRAGMA journal_mode = WAL", [], |_row| Ok(()))
            .unwrap();
        let first = Migrations::from_slice(&MIGRATIONS[..1]);
        first.to_latest(&mut connection).unwrap();
        connection
            .execute_batch(
                "INSERT INTO class VALUES (1, 'elves');
                 INSERT INTO source (id, kind, name, origin, film) VALUES (1, 'film', 'elves', '/e.mp4', NULL);
                 INSERT INTO scene (id, source, position, first_frame, last_frame, transition, side)
                 VALUES (1, 1, 0, 0, 99, 'start', 'valid');
                 INSERT INTO image (source, class, scene, path, origin, hash, width, height, frame, decision)
                 VALUES (1, 1, 1, 'frames/elves/000000.jpg', '000000.jpg', 'ab', 4, 3, 0, 'keep');",
            )
            .unwrap();
        project
    }

    #[test]
    fn a_catalog_of_the_first_format_is_read_as_it_is_and_migrated_by_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let project = project_of_format_1(folder.path());
        let read = Catalog::open_read_only(&project).unwrap().snapshot();
        let read = read.unwrap();
        assert_eq!(read.images[0].decision, Decision::Keep);
        assert_eq!(read.scenes[0].side, Side::Valid);
        assert_eq!(read.scenes[0].group, None);
        let format = || {
            let connection = Connection::open(project.catalog_path()).unwrap();
            check_format(&connection).unwrap()
        };
        assert_eq!(format(), 1, "a reader changes nothing");

        let catalog = Catalog::open(&project).unwrap();
        assert_eq!(catalog.snapshot().unwrap(), read);
        assert_eq!(catalog.facts(FactKind::PixelHash).unwrap().len(), 0);
        drop(catalog);
        assert_eq!(format(), FORMAT);

        let backups = backup::list(&project).unwrap();
        let content = backups[0].content.unwrap();
        assert_eq!((content.images, content.decided), (1, 1));
        let copy = Connection::open(&backups[0].path).unwrap();
        assert_eq!(check_format(&copy).unwrap(), 1, "as it was before");
    }

    #[test]
    fn images_of_format_10_are_whole_and_can_be_cropped_after_the_migration() {
        let folder = tempfile::tempdir().unwrap();
        let project = project_of_format_1(folder.path());
        let mut connection = Connection::open(project.catalog_path()).unwrap();
        let tenth = Migrations::from_slice(&MIGRATIONS[..10]);
        tenth.to_latest(&mut connection).unwrap();
        drop(connection);
        let read = Catalog::open_read_only(&project).unwrap().snapshot();
        assert_eq!(read.unwrap().images[0].character, None);

        let mut catalog = Catalog::open(&project).unwrap();
        let before = catalog.snapshot().unwrap();
        let crop = Some(CharacterCrop {
            part: CropBox::of_fractions([0.25, 0.0, 0.75, 1.0]).unwrap(),
            by: CropOrigin::Hand,
        });
        let image = before.images[0].id;
        let images = vec![ChosenCrop { image, crop }];
        let done = catalog.apply(&Edit::SetCharacterCrop { images });
        assert_eq!(
            done.unwrap(),
            "Cropped 1 image of scene elves:1 to the character"
        );
        assert_eq!(catalog.snapshot().unwrap().images[0].character, crop);
        catalog.undo().unwrap();
        let undone = catalog.snapshot().unwrap();
        assert_eq!(undone.images, before.images);
    }

    #[test]
    fn paths_inside_the_project_move_with_it() {
        let root = Path::new("/old/project");
        let stored = stored_path(root, Path::new("/old/project/frames/drakes/000048.jpg")).unwrap();
        assert_eq!(stored, "frames/drakes/000048.jpg");
        assert_eq!(
            absolute_path(Path::new("/new"), &stored),
            Path::new("/new/frames/drakes/000048.jpg")
        );
        let outside = stored_path(root, Path::new("/photos/a.jpg")).unwrap();
        assert_eq!(
            absolute_path(Path::new("/new"), &outside),
            Path::new("/photos/a.jpg")
        );
    }
}
