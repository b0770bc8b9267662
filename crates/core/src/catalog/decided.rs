//! When a decision was made, and the decisions on a content that comes into the project once more.
//!
//! Decisions belong to rows, and rows are never deleted (see [`super::removal`]), so what was decided on a content, by its
//! bytes or its pixels, can be read from the rows that have it. The rules, from certain to careful:
//!
//! * A row that left the project with the same path in its folder: the image gets what that one had.
//! * Rows that are in the project: a copy of images that are all rejected is rejected, too. Any other copy is undecided, and
//!   the scan finds it as a copy.
//! * Rows that left the project, those of the source that came last: if all agree. Of copies, one of which was kept and the
//!   others rejected, nothing follows for another copy.

use rusqlite::Connection;
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;

use super::content::FactKind;
use super::record::{Decided, Decision, Moment, SourceId};
use crate::error::Result;

/// Of format 10.
pub(super) const COLUMNS: &str =
    "ALTER TABLE image ADD COLUMN decided_at INTEGER;   -- seconds since 1970
    ALTER TABLE image ADD COLUMN is_remembered INTEGER NOT NULL DEFAULT 0;";

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((self.0 as i64).into())
    }
}

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Self(value.as_i64()? as u64))
    }
}

/// How many images came in with a decision that was made on their content before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Remembered {
    pub rejected: usize,
    pub kept: usize,
    /// When the first and the last of them was decided on, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Moment>,
}

impl Remembered {
    pub fn is_empty(&self) -> bool {
        self.rejected + self.kept == 0
    }

    pub(super) fn count(&mut self, decision: Decision, decided: Decided) {
        if !decided.is_remembered {
            return;
        }
        match decision {
            Decision::Reject => self.rejected += 1,
            Decision::Keep => self.kept += 1,
            Decision::Undecided => return,
        }
        self.span(decided.at, decided.at);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.rejected += other.rejected;
        self.kept += other.kept;
        self.span(other.first, other.last);
    }

    fn span(&mut self, first: Option<Moment>, last: Option<Moment>) {
        self.first = [self.first, first].into_iter().flatten().min();
        self.last = self.last.max(last);
    }

    /// "12 were rejected and 3 kept before, on 3 March 2026"; `None` for nothing.
    pub fn text(&self) -> Option<String> {
        let text = match (self.rejected, self.kept) {
            (0, 0) => return None,
            (rejected, 0) => format!("{rejected} rejected before"),
            (0, kept) => format!("{kept} kept before"),
            (rejected, kept) => format!("{rejected} rejected and {kept} kept before"),
        };
        let days = (self.first.map(Moment::day), self.last.map(Moment::day));
        Some(match days {
            (Some(first), Some(last)) if first == last => format!("{text}, on {first}"),
            (Some(first), Some(last)) => format!("{text}, between {first} and {last}"),
            _unknown => text,
        })
    }
}

/// A content that comes in.
pub(super) struct Incoming<'a> {
    /// As `image.hash`.
    pub hash: &'a str,
    pub pixels: Option<&'a [u8; 32]>,
    pub origin: &'a str,
}

struct Earlier {
    decision: Decision,
    at: Option<Moment>,
    source: SourceId,
    is_same_origin: bool,
    is_present: bool,
}

/// What was decided on it before; see the rules above.
pub(super) fn remembered(
    connection: &Connection,
    incoming: &Incoming<'_>,
) -> Result<(Decision, Decided)> {
    let mut earlier = of_content(connection, incoming.hash, incoming.origin)?;
    if earlier.is_empty()
        && let Some(pixels) = incoming.pixels
    {
        for hash in contents_with(connection, pixels)? {
            earlier.extend(of_content(connection, &hash, incoming.origin)?);
        }
    }
    Ok(match follows(&earlier) {
        Some(Earlier { decision, at, .. }) if *decision != Decision::Undecided => {
            let decided = Decided {
                at: *at,
                is_remembered: true,
            };
            (*decision, decided)
        }
        _nothing => Default::default(),
    })
}

/// `earlier`: the newest row first.
fn follows(earlier: &[Earlier]) -> Option<&Earlier> {
    let gone = || earlier.iter().filter(|row| !row.is_present);
    if let Some(same) = gone().find(|row| row.is_same_origin) {
        return Some(same);
    }
    if earlier.iter().any(|row| row.is_present) {
        let mut present = earlier.iter().filter(|row| row.is_present);
        let first = present.next()?;
        let is_rejected = |row: &Earlier| row.decision == Decision::Reject;
        return (is_rejected(first) && present.all(is_rejected)).then_some(first);
    }
    let first = gone().next()?;
    let agree = gone()
        .filter(|row| row.source == first.source)
        .all(|row| row.decision == first.decision);
    agree.then_some(first)
}

fn of_content(connection: &Connection, hash: &str, origin: &str) -> Result<Vec<Earlier>> {
    let mut select = connection.prepare_cached(
        "SELECT image.decision, image.decided_at, image.source, image.origin = ?2,
                NOT (image.is_removed OR source.is_removed)
         FROM image JOIN source ON source.id = image.source
         WHERE image.hash = ?1 ORDER BY image.id DESC",
    )?;
    let rows = select.query_map((hash, origin), |row| {
        Ok(Earlier {
            decision: row.get(0)?,
            at: row.get(1)?,
            source: row.get(2)?,
            is_same_origin: row.get(3)?,
            is_present: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// As `image.hash` has them.
fn contents_with(connection: &Connection, pixels: &[u8; 32]) -> Result<Vec<String>> {
    // The kind is written out for the partial index on it.
    let mut select = connection.prepare_cached(
        "SELECT lower(hex(content.hash)) FROM fact JOIN content ON content.id = fact.content
         WHERE fact.kind = 1 AND fact.version = ?1 AND fact.value = ?2",
    )?;
    let version = FactKind::PixelHash.version();
    let hashes = select.query_map((version, pixels), |row| row.get(0))?;
    Ok(hashes.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earlier(source: i64, decision: Decision, is_present: bool) -> Earlier {
        Earlier {
            decision,
            at: Some(Moment(1)),
            source: SourceId(source),
            is_same_origin: false,
            is_present,
        }
    }

    fn decision(rows: &[Earlier]) -> Option<Decision> {
        follows(rows).map(|row| row.decision)
    }

    #[test]
    fn a_copy_is_rejected_only_where_all_of_them_are() {
        use Decision::{Keep, Reject, Undecided};
        assert_eq!(decision(&[]), None);
        let present = [earlier(1, Reject, true)];
        assert_eq!(decision(&present), Some(Reject));
        let present = [earlier(1, Reject, true), earlier(1, Undecided, true)];
        assert_eq!(decision(&present), None, "the other of a pair of copies");
        assert_eq!(decision(&[earlier(1, Keep, true)]), None, "a copy of it");
        let gone = [earlier(2, Reject, false), earlier(2, Keep, false)];
        assert_eq!(decision(&gone), None, "one of them was kept");
        let gone = [earlier(2, Reject, false), earlier(1, Keep, false)];
        assert_eq!(decision(&gone), Some(Reject), "the later decision counts");
        let at_the_same_place = [
            earlier(2, Reject, false),
            Earlier {
                is_same_origin: true,
                ..earlier(2, Keep, false)
            },
        ];
        assert_eq!(decision(&at_the_same_place), Some(Keep));
    }

    #[test]
    fn what_is_remembered_is_said_with_its_days() {
        let mut remembered = Remembered::default();
        assert_eq!(remembered.text(), None);
        let at = |secs| Decided {
            at: Some(Moment(secs)),
            is_remembered: true,
        };
        remembered.count(Decision::Reject, at(1_772_496_000));
        remembered.count(Decision::Reject, Decided::default());
        let text = remembered.text();
        assert_eq!(text.as_deref(), Some("1 rejected before, on 3 March 2026"));
        let mut other = Remembered::default();
        other.count(Decision::Keep, at(1_772_496_000 + 6 * 86_400));
        remembered.add(&other);
        assert_eq!(
            remembered.text().as_deref(),
            Some("1 rejected and 1 kept before, between 3 March 2026 and 9 March 2026")
        );
    }
}
