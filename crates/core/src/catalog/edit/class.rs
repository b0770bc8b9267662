//! Classes: which images have which, their names, and whether they are trained on.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use crate::catalog::change::{Change, Step, grouped, non_empty};
use crate::catalog::name;
use crate::catalog::record::{ClassId, ImageId, SourceId, SourceKind};
use crate::catalog::words::{self, unknown};
use crate::error::{Error, Result};
use crate::number::counted;

pub(super) fn plan_set(connection: &Connection, images: &[ImageId], class: &str) -> Result<Step> {
    let class = intern_named_class(connection, class)?;
    let text_class = class.1.clone();
    let (mut step, changed) = plan_images(connection, images, class)?;
    step.text = words::class_set(connection, &changed, &text_class)?;
    Ok(step)
}

pub(super) fn plan_set_source(
    connection: &Connection,
    source: SourceId,
    class: &str,
) -> Result<Step> {
    let name = words::source_name(connection, source)?;
    let class = intern_named_class(connection, class)?;
    let images = ids(
        connection,
        "SELECT id FROM image WHERE source = ?1",
        source.0,
    )?;
    let (mut step, _changed) = plan_images(connection, &images, class.clone())?;
    step.text = format!("Set the class of {name} to {}", class.1);
    let (kind, before): (SourceKind, Option<String>) = connection.query_row(
        "SELECT kind, class FROM source WHERE id = ?1",
        [source],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if let Some(before) = before
        && kind == SourceKind::Film
        && !step.forward.is_empty()
    {
        let change = |class| Change::FilmClass { source, class };
        step.forward.push(change(class.1));
        step.backward.push(change(before));
    }
    Ok(step)
}

/// All of `images` to `class`; without a text. Also returns the images that did not have it before.
fn plan_images(
    connection: &Connection,
    images: &[ImageId],
    class: (ClassId, String),
) -> Result<(Step, Vec<ImageId>)> {
    let mut changed = Vec::new();
    let mut select = connection.prepare_cached(
        "SELECT class.id, class.name FROM image LEFT JOIN class ON class.id = image.class
         WHERE image.id = ?1",
    )?;
    for image in images.iter().collect::<BTreeSet<_>>() {
        let before: Option<(Option<ClassId>, Option<String>)> = select
            .query_row([image], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (id, name) = before.ok_or_else(|| unknown("image", image.0))?;
        let before = id.zip(name);
        if before.as_ref() != Some(&class) {
            changed.push((*image, before));
        }
    }
    let images: Vec<ImageId> = changed.iter().map(|(image, _)| *image).collect();
    let step = Step {
        text: String::new(),
        forward: non_empty(images.clone(), |images| Change::Class {
            images,
            class: Some(class),
        }),
        backward: grouped(changed)
            .into_iter()
            .map(|(class, images)| Change::Class { images, class })
            .collect(),
    };
    Ok((step, images))
}

pub(super) fn plan_rename(connection: &Connection, class: ClassId, name: &str) -> Result<Step> {
    let old = class_name(connection, class)?;
    let new = name::composed(check_class_name(name)?);
    let change = |class, name| Change::ClassName { class, name };
    let mut step = Step {
        text: format!("Renamed {old} to {new}"),
        forward: Vec::new(),
        backward: Vec::new(),
    };
    if new == old {
        return Ok(step);
    }
    let is_taken = classes_by_use(connection)?
        .iter()
        .any(|((id, known), is_used)| {
            *is_used && *id != class && name::key(known) == name::key(&new)
        });
    if is_taken {
        return Err(Error::Invalid(format!(
            "there is a class {new} already; choose another name, or merge {old} into it"
        )));
    }
    step.forward.push(change(class, new.clone()));
    step.backward.push(change(class, old.clone()));
    add_film_classes(connection, &mut step, [&old, &new])?;
    Ok(step)
}

pub(super) fn plan_merge(connection: &Connection, class: ClassId, into: ClassId) -> Result<Step> {
    let (old, new) = (
        class_name(connection, class)?,
        class_name(connection, into)?,
    );
    // Those of removed sources too: they would bring the class back.
    let images = ids(connection, "SELECT id FROM image WHERE class = ?1", class.0)?;
    let (mut step, changed) = plan_images(connection, &images, (into, new.clone()))?;
    if !step.forward.is_empty() {
        add_film_classes(connection, &mut step, [&old, &new])?;
    }
    step.text = format!(
        "Merged {old} into {new}: {}",
        counted(changed.len(), "image")
    );
    Ok(step)
}

pub(super) fn plan_drop(connection: &Connection, class: ClassId) -> Result<Step> {
    let name = class_name(connection, class)?;
    // Those of removed sources too: they would bring the class back.
    let images = ids(connection, "SELECT id FROM image WHERE class = ?1", class.0)?;
    let change = |class| {
        non_empty(images.clone(), |images: Vec<ImageId>| Change::Class {
            images,
            class,
        })
    };
    Ok(Step {
        text: format!(
            "Dropped the class {name}: {} without a class",
            counted(images.len(), "image")
        ),
        forward: change(None),
        backward: change(Some((class, name))),
    })
}

pub(super) fn plan_exclude(
    connection: &Connection,
    class: ClassId,
    is_excluded: bool,
) -> Result<Step> {
    let name = class_name(connection, class)?;
    let before: bool = connection.query_row(
        "SELECT is_excluded FROM class WHERE id = ?1",
        [class],
        |row| row.get(0),
    )?;
    let changes = |is_excluded| vec![Change::Excluded { class, is_excluded }];
    Ok(Step {
        text: if is_excluded {
            format!("Excluded the class {name}")
        } else {
            format!("Included the class {name} again")
        },
        forward: if before == is_excluded {
            Vec::new()
        } else {
            changes(is_excluded)
        },
        backward: changes(before),
    })
}

/// Films whose new frames would get the old name get the new one.
fn add_film_classes(connection: &Connection, step: &mut Step, [old, new]: [&str; 2]) -> Result<()> {
    let mut select = connection.prepare_cached("SELECT id FROM source WHERE class = ?1")?;
    for source in select.query_map([old], |row| row.get(0))? {
        let source: SourceId = source?;
        let change = |class: &str| Change::FilmClass {
            source,
            class: class.to_owned(),
        };
        step.forward.push(change(new));
        step.backward.push(change(old));
    }
    Ok(())
}

fn class_name(connection: &Connection, class: ClassId) -> Result<String> {
    let mut select = connection.prepare_cached("SELECT name FROM class WHERE id = ?1")?;
    let name: Option<String> = select.query_row([class], |row| row.get(0)).optional()?;
    name.ok_or_else(|| unknown("class", class.0))
}

fn ids(connection: &Connection, select: &str, of: i64) -> Result<Vec<ImageId>> {
    let mut select = connection.prepare_cached(select)?;
    let ids = select.query_map([of], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// The id of the class with this name, made if there is none. Names that differ only in case or Unicode form are one.
///
/// # Errors
/// As [`check_class_name`].
pub(in crate::catalog) fn intern_class(connection: &Connection, name: &str) -> Result<ClassId> {
    Ok(intern_named_class(connection, name)?.0)
}

/// As [`intern_class`], with what the class is called.
fn intern_named_class(connection: &Connection, name: &str) -> Result<(ClassId, String)> {
    let name = check_class_name(name)?;
    if let Some(known) = find_class(connection, name)? {
        return Ok(known);
    }
    let composed = name::composed(name);
    let id = connection
        .prepare_cached("INSERT INTO class (name) VALUES (?1) RETURNING id")?
        .query_row([&composed], |row| row.get(0))?;
    Ok((id, composed))
}

/// The class of this very name, or else one whose name differs only in case or Unicode form, rather one that images have.
pub(in crate::catalog) fn find_class(
    connection: &Connection,
    name: &str,
) -> Result<Option<(ClassId, String)>> {
    let mut select = connection.prepare_cached("SELECT id, name FROM class WHERE name = ?1")?;
    let exact = select
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if exact.is_some() {
        return Ok(exact);
    }
    let key = name::key(name);
    let classes = classes_by_use(connection)?.into_iter();
    Ok(classes
        .map(|(class, _is_used)| class)
        .find(|(_, known)| name::key(known) == key))
}

/// Those that images have first, and whether they do.
fn classes_by_use(connection: &Connection) -> Result<Vec<((ClassId, String), bool)>> {
    let mut select = connection.prepare_cached(
        "SELECT id, name, EXISTS (SELECT 1 FROM image WHERE image.class = class.id) AS is_used
         FROM class ORDER BY is_used DESC, id",
    )?;
    let classes = select.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(classes.collect::<rusqlite::Result<_>>()?)
}

/// Letters of a class's name: a folder cannot have a longer one.
const MOST_LETTERS: usize = 255;

/// The name without the space around it.
///
/// # Errors
/// `Invalid` if nothing is left, if it is not one line, or too long.
pub(crate) fn check_class_name(name: &str) -> Result<&str> {
    let refused = |reason: String| Err(Error::Invalid(reason));
    let name = name.trim();
    if name::is_blank(name) {
        return refused("the class has no name; type at least one letter".to_owned());
    }
    if name.chars().any(char::is_control) {
        return refused(format!(
            "a class's name is one line; call it {:?}",
            name::class_name(name)
        ));
    }
    let letters = name.chars().count();
    if letters > MOST_LETTERS {
        return refused(format!(
            "a class's name of {letters} letters is too long; use at most {MOST_LETTERS}"
        ));
    }
    Ok(name)
}
