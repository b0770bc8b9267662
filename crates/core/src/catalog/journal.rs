//! The history of edits: undo and redo without limit, across restarts.
//!
//! A step holds the rows' new values and their previous ones, and is written in the transaction that changes the rows,
//! so that a killed process leaves both or neither. An import is a step of its own: undo marks the rows that it added as
//! removed ([`super::removal`]). What it brought up to date, because the files had changed, stays as the files are.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::change::{self, Change, Step};
use super::edit::{self, Edit};
use super::meta::{count_change, set_meta};
use super::query::{Catalog, Snapshot};
use super::record::SourceId;
use crate::error::{Error, Result};

/// What one step did to the rows, to bring a [`Snapshot`] up to date.
#[derive(Clone, Debug)]
pub struct Applied {
    /// "Rejected 14 images of scene drakes:7".
    pub text: String,
    changes: Vec<Change>,
    version: u64,
}

impl Applied {
    /// True if the snapshot shows everything up to just before the step, and the step brings or takes no rows: otherwise
    /// it has to be loaded again.
    pub fn follows(&self, snapshot: &Snapshot) -> bool {
        snapshot.version + 1 == self.version && !self.changes.iter().any(Change::is_of_rows)
    }

    /// Brings a snapshot that it [`follows`](Self::follows) to just after it.
    pub fn update(&self, snapshot: &mut Snapshot) {
        snapshot.take_over(&self.changes, self.version);
    }
}

/// Whether a step is taken back or done again.
#[derive(Clone, Copy)]
enum Direction {
    Undo,
    Redo,
}

struct Entry {
    id: i64,
    text: String,
    forward: String,
    backward: String,
}

impl Catalog {
    /// As [`Catalog::apply`], with what a snapshot needs to follow; `None` if it changes nothing.
    ///
    /// # Errors
    /// As [`Catalog::apply`].
    pub fn edit(&mut self, edit: &Edit) -> Result<Option<Applied>> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(step) = edit::plan(&transaction, edit)? else {
            return Ok(None);
        };
        change::write(&transaction, &step.forward)?;
        append(&transaction, &step)?;
        let version = count_change(&transaction)?;
        transaction.commit()?;
        Ok(Some(Applied {
            text: step.text,
            changes: step.forward,
            version,
        }))
    }

    /// What was undone, or `None` when there is nothing left.
    pub fn undo(&mut self) -> Result<Option<String>> {
        Ok(self.undo_step()?.map(|applied| applied.text))
    }

    /// What was done again, or `None` when there is nothing left.
    pub fn redo(&mut self) -> Result<Option<String>> {
        Ok(self.redo_step()?.map(|applied| applied.text))
    }

    /// As [`Catalog::undo`], with what a snapshot needs to follow.
    pub fn undo_step(&mut self) -> Result<Option<Applied>> {
        self.go(Direction::Undo)
    }

    /// As [`Catalog::redo`], with what a snapshot needs to follow.
    pub fn redo_step(&mut self) -> Result<Option<Applied>> {
        self.go(Direction::Redo)
    }

    /// What [`Catalog::undo`] would take back.
    pub fn undo_text(&self) -> Result<Option<String>> {
        Ok(next(&self.connection, Direction::Undo)?.map(|entry| entry.text))
    }

    /// What [`Catalog::redo`] would do again.
    pub fn redo_text(&self) -> Result<Option<String>> {
        Ok(next(&self.connection, Direction::Redo)?.map(|entry| entry.text))
    }

    fn go(&mut self, direction: Direction) -> Result<Option<Applied>> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(entry) = next(&transaction, direction)? else {
            return Ok(None);
        };
        let (json, is_undone) = match direction {
            Direction::Undo => (&entry.backward, true),
            Direction::Redo => (&entry.forward, false),
        };
        let changes: Vec<Change> = serde_json::from_str(json).map_err(|error| {
            Error::Invalid(format!("this step of the history cannot be read: {error}"))
        })?;
        change::write(&transaction, &changes)?;
        transaction.execute(
            "UPDATE journal SET is_undone = ?2 WHERE id = ?1",
            (entry.id, is_undone),
        )?;
        let version = count_change(&transaction)?;
        transaction.commit()?;
        Ok(Some(Applied {
            text: entry.text,
            changes,
            version,
        }))
    }
}

/// Makes it the newest step; what was undone cannot be done again then. Returns its id.
fn append(connection: &Connection, step: &Step) -> Result<i64> {
    connection.execute("DELETE FROM journal WHERE is_undone", [])?;
    let values = (
        &step.text,
        to_json(&step.forward)?,
        to_json(&step.backward)?,
    );
    Ok(connection.query_row(
        "INSERT INTO journal (text, forward, backward) VALUES (?1, ?2, ?3) RETURNING id",
        values,
        |row| row.get(0),
    )?)
}

/// The step of an import, which goes on batch by batch.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportStep {
    /// In `image.import`.
    pub(super) import: i64,
    id: i64,
    forward: String,
}

impl ImportStep {
    /// `new_source`: the source, if it was not there before this import.
    pub(super) fn begin(
        connection: &Connection,
        import: i64,
        new_source: Option<SourceId>,
        text: String,
    ) -> Result<Self> {
        let changes = |is_removed| -> Vec<Change> {
            let images = Change::ImportRemoved { import, is_removed };
            let source = new_source.map(|source| Change::Removed { source, is_removed });
            [images].into_iter().chain(source).collect()
        };
        let step = Step {
            text,
            forward: changes(false),
            backward: changes(true),
        };
        Ok(Self {
            import,
            id: append(connection, &step)?,
            forward: to_json(&step.forward)?,
        })
    }

    /// `text`: of all that has come so far.
    ///
    /// # Errors
    /// `Cancelled` if the step was undone meanwhile: then nobody wants the rest.
    pub(super) fn go_on(&self, connection: &Connection, text: &str) -> Result<()> {
        // The id of a step that was undone and then removed is given to another one.
        let changed = connection.execute(
            "UPDATE journal SET text = ?3 WHERE id = ?1 AND forward = ?2 AND NOT is_undone",
            (self.id, &self.forward, text),
        )?;
        if changed == 0 {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}

/// The number of a new import.
pub(super) fn number_import(connection: &Connection) -> Result<i64> {
    let last: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE key = 'imports'", [], |row| {
            row.get(0)
        })
        .optional()?;
    let number = last
        .and_then(|text| text.parse::<i64>().ok())
        .unwrap_or_default()
        + 1;
    set_meta(connection, "imports", &number.to_string())?;
    Ok(number)
}

/// The newest done step, or the oldest undone one.
fn next(connection: &Connection, direction: Direction) -> Result<Option<Entry>> {
    let mut select = connection.prepare_cached(match direction {
        Direction::Undo => {
            "SELECT id, text, forward, backward FROM journal WHERE NOT is_undone ORDER BY id DESC LIMIT 1"
        }
        Direction::Redo => {
            "SELECT id, text, forward, backward FROM journal WHERE is_undone ORDER BY id LIMIT 1"
        }
    })?;
    let entry = select.query_row([], |row| {
        Ok(Entry {
            id: row.get(0)?,
            text: row.get(1)?,
            forward: row.get(2)?,
            backward: row.get(3)?,
        })
    });
    Ok(entry.optional()?)
}

fn to_json(changes: &[Change]) -> Result<String> {
    serde_json::to_string(changes).map_err(|error| Error::Invalid(error.to_string()))
}
