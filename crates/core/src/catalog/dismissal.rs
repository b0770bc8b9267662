//! Findings that a person has called wrong: "not blurry", "not a copy of that one".
//!
//! Kept by content and not by image, so that the same file is not found again after it was imported again, moved or
//! scraped once more. An edit like any other: it is undone and done again.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::content::ContentHash;
use crate::error::Result;

/// Independent of the formats around it.
pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS dismissal (
        kind TEXT NOT NULL,
        content BLOB NOT NULL,   -- as content.hash
        other BLOB NOT NULL,     -- of a pair; otherwise empty
        PRIMARY KEY (kind, content, other)
    ) WITHOUT ROWID;";

/// A finding that is wrong: what one content, or a pair of them, is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dismissal {
    /// Name of the kind of finding.
    kind: String,
    content: ContentHash,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    other: Option<ContentHash>,
}

impl Dismissal {
    pub fn of_one(kind: &str, content: ContentHash) -> Self {
        Self {
            kind: kind.to_owned(),
            content,
            other: None,
        }
    }

    /// In whichever order the two are given.
    pub fn of_pair(kind: &str, one: ContentHash, other: ContentHash) -> Self {
        Self {
            kind: kind.to_owned(),
            content: one.min(other),
            other: Some(one.max(other)),
        }
    }

    pub fn kind(&self) -> &str {
        &self.kind
    }
}

/// All of them, sorted.
pub(super) fn read(connection: &Connection) -> Result<Vec<Dismissal>> {
    let mut select = connection.prepare_cached("SELECT kind, content, other FROM dismissal")?;
    let rows = select.query_map([], |row| {
        let other = row.get_ref(2)?.as_blob()?;
        Ok(Dismissal {
            kind: row.get(0)?,
            content: row.get(1)?,
            other: (!other.is_empty()).then(|| row.get(2)).transpose()?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn write(
    connection: &Connection,
    dismissals: &[Dismissal],
    is_dismissed: bool,
) -> Result<()> {
    let mut statement = connection.prepare_cached(if is_dismissed {
        "REPLACE INTO dismissal (kind, content, other) VALUES (?1, ?2, ?3)"
    } else {
        "DELETE FROM dismissal WHERE kind = ?1 AND content = ?2 AND other = ?3"
    })?;
    for dismissal in dismissals {
        statement.execute((&dismissal.kind, dismissal.content, other(dismissal)))?;
    }
    Ok(())
}

/// Whether it is known already.
pub(super) fn is_known(connection: &Connection, dismissal: &Dismissal) -> Result<bool> {
    let mut select = connection.prepare_cached(
        "SELECT 1 FROM dismissal WHERE kind = ?1 AND content = ?2 AND other = ?3",
    )?;
    Ok(select.exists((&dismissal.kind, dismissal.content, other(dismissal)))?)
}

fn other(dismissal: &Dismissal) -> Vec<u8> {
    let other = dismissal.other.as_ref();
    other.map_or_else(Vec::new, |other| other.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, ContentHash, Dismissal, Edit};
    use crate::project::Project;

    #[test]
    fn what_was_called_wrong_is_undone_and_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("project")).unwrap();
        let mut catalog = Catalog::open(&project).unwrap();
        let [one, other] = [b"one", b"two"].map(|bytes| ContentHash::of(bytes));
        let pair = Dismissal::of_pair("near-duplicate", one, other);
        assert_eq!(pair, Dismissal::of_pair("near-duplicate", other, one));
        let edit = Edit::Dismiss {
            dismissals: vec![Dismissal::of_one("blurry", one), pair.clone()],
            is_dismissed: true,
            text: "Called 2 findings wrong".to_owned(),
        };
        let mut snapshot = catalog.snapshot().unwrap();
        let applied = catalog.edit(&edit).unwrap().unwrap();
        applied.update(&mut snapshot);
        assert_eq!(snapshot.dismissed.len(), 2);
        assert_eq!(catalog.snapshot().unwrap(), snapshot);
        assert!(catalog.edit(&edit).unwrap().is_none(), "once is enough");

        assert_eq!(
            catalog.undo().unwrap().as_deref(),
            Some("Called 2 findings wrong")
        );
        assert!(catalog.snapshot().unwrap().dismissed.is_empty());
        catalog.redo().unwrap();
        drop(catalog);
        let catalog = Catalog::open(&project).unwrap();
        assert!(catalog.snapshot().unwrap().dismissed.contains(&pair));
    }
}
