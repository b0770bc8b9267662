//! The row of an image that an import read: new, known, moved or changed.
//!
//! Images are matched by origin, and by content where a file was moved. What a person decided survives a second import;
//! only an image whose content is really another one is undecided again,
//! unless that content was decided on before.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::NewImage;
use crate::catalog::decided::{Incoming, remembered};
use crate::catalog::edit::{find_class, intern_class};
use crate::catalog::name;
use crate::catalog::record::{ClassId, Decided, Decision, SourceId};
use crate::catalog::removal;
use crate::catalog::schema::stored_path;
use crate::error::{Error, Result};

/// What became of an image's row.
pub(super) enum Upsert {
    /// With what was decided on its content before.
    Added(Decision, Decided),
    Same,
    Changed,
    Moved,
}

/// # Errors
/// `Catalog`; `Image` for a path that is no Unicode.
pub(super) fn upsert_image(
    connection: &Connection,
    root: &Path,
    (source, import): (SourceId, i64),
    image: &NewImage,
) -> Result<Upsert> {
    let path = stored(root, &image.path)?;
    if let Some(from) = &image.moved_from
        && move_image(connection, source, image, &Move { from, path: &path })?
    {
        return Ok(Upsert::Moved);
    }
    let before: Option<(String, bool, Decision, Decided)> = connection
        .prepare_cached(
            "SELECT hash, is_removed, decision, decided_at FROM image WHERE source = ?1 AND origin = ?2",
        )?
        .query_row((source, &image.origin), |row| {
            let decided = Decided {
                at: row.get(3)?,
                is_remembered: true,
            };
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, decided))
        })
        .optional()?;
    let incoming = Incoming {
        hash: &image.hash,
        pixels: image.pixel_hash.as_ref(),
        origin: &image.origin,
    };
    let Some((before, was_removed, decision, decided)) = before else {
        let (decision, decided) = remembered(connection, &incoming)?;
        let class = match &image.class {
            Some(class) => Some(class_of_folder(connection, source, image, class)?),
            None => None,
        };
        connection
            .prepare_cached(
                "INSERT INTO image
                 (source, class, path, origin, hash, width, height, import, decision, side,
                  decided_at, is_remembered)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                source,
                class,
                path,
                &image.origin,
                &image.hash,
                image.width,
                image.height,
                import,
                decision,
                image.side,
                decided.at,
                decided.is_remembered,
            ))?;
        return Ok(Upsert::Added(decision, decided));
    };
    if image.side.is_some() {
        leave_class_of_side(connection, source, image)?;
    }
    let is_same = before == image.hash;
    // Before the row has the new content itself.
    let (decision, decided) = if is_same {
        (decision, decided)
    } else {
        remembered(connection, &incoming)?
    };
    connection
        .prepare_cached(
            "UPDATE image SET path = ?3, hash = ?4, width = ?5, height = ?6,
             side = coalesce(?7, side)
             WHERE source = ?1 AND origin = ?2",
        )?
        .execute((
            source,
            &image.origin,
            path,
            &image.hash,
            image.width,
            image.height,
            image.side,
        ))?;
    if !is_same {
        connection
            .prepare_cached(
                "UPDATE image SET decision = ?3, decided_at = ?4, is_remembered = ?5
                 WHERE source = ?1 AND origin = ?2",
            )?
            .execute((
                source,
                &image.origin,
                decision,
                decided.at,
                decided.is_remembered,
            ))?;
    }
    if was_removed {
        removal::bring_back(connection, (source, &image.origin), import)?;
    }
    Ok(if was_removed {
        Upsert::Added(decision, decided)
    } else if is_same {
        Upsert::Same
    } else {
        Upsert::Changed
    })
}

/// The class of a folder called `class`. If no image has that one any more, because the class was renamed or merged into
/// another since the folder came in, the one that the folder's images have now: who renamed it meant those to come, too.
fn class_of_folder(
    connection: &Connection,
    source: SourceId,
    image: &NewImage,
    class: &str,
) -> Result<ClassId> {
    // The class folder may be below one of a side, such as `train`.
    let key = name::key(class);
    let folder = image
        .origin
        .match_indices('/')
        .filter_map(|(end, _)| image.origin.get(..end))
        .find(|folder| name::key(folder.rsplit('/').next().unwrap_or(folder)) == key);
    let Some(folder) = folder else {
        return intern_class(connection, class);
    };
    let is_used: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM image JOIN class ON class.id = image.class
                            WHERE class.name = ?1)",
        )?
        .query_row([class], |row| row.get(0))?;
    if is_used {
        return intern_class(connection, class);
    }
    // '0' is the character after '/'.
    let now: Option<ClassId> = connection
        .prepare_cached(
            "SELECT class FROM image WHERE source = ?1 AND origin > ?2 || '/' AND origin < ?2 || '0'
             AND class IS NOT NULL GROUP BY class ORDER BY count(*) DESC, class LIMIT 1",
        )?
        .query_row((source, folder), |row| row.get(0))
        .optional()?;
    match now {
        Some(now) => Ok(now),
        None => intern_class(connection, class),
    }
}

/// An earlier import may have taken the folder of a side, such as `train`, for a class.
fn leave_class_of_side(connection: &Connection, source: SourceId, image: &NewImage) -> Result<()> {
    let side = image.origin.split('/').next().unwrap_or_default();
    let Some((side, _)) = find_class(connection, side)? else {
        return Ok(());
    };
    let class = match &image.class {
        Some(class) => Some(intern_class(connection, class)?),
        None => None,
    };
    connection
        .prepare_cached(
            "UPDATE image SET class = ?4 WHERE source = ?1 AND origin = ?2 AND class = ?3",
        )?
        .execute((source, &image.origin, side, class))?;
    Ok(())
}

/// A file that was known elsewhere in its folder.
struct Move<'a> {
    /// The origin it had.
    from: &'a str,
    /// Where its image is stored now.
    path: &'a str,
}

/// Gives the row of origin `from` the image's new origin and stored path. In another class folder it gets that class: to move
/// a file there is to say so. False if there is no such row any more.
fn move_image(
    connection: &Connection,
    source: SourceId,
    image: &NewImage,
    Move { from, path }: &Move<'_>,
) -> Result<bool> {
    let is_known: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM image WHERE source = ?1 AND origin = ?2)")?
        .query_row((source, &image.origin), |row| row.get(0))?;
    if is_known {
        return Ok(false);
    }
    let class = match &image.class {
        Some(class) => Some(intern_class(connection, class)?),
        None => None,
    };
    let moved = connection
        .prepare_cached(
            "UPDATE image SET origin = ?3, path = ?4, class = coalesce(?5, class),
             side = coalesce(?6, side) WHERE source = ?1 AND origin = ?2",
        )?
        .execute((source, from, &image.origin, path, class, image.side))?;
    Ok(moved > 0)
}

pub(super) fn stored(root: &Path, path: &Path) -> Result<String> {
    stored_path(root, path).ok_or_else(|| Error::Image {
        reason: "its name is not valid Unicode; rename it".to_owned(),
        path: path.to_path_buf(),
    })
}
