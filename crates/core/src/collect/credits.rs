//! Whom the collected images are from, as a table for programs or a text to publish.

use std::path::Path;

use crate::catalog::output::OutputKind;
use crate::catalog::{Credit, Decision, Snapshot};
use crate::error::{Error, Result};
use crate::project::write_atomic;
use crate::timestamp::utc_stamp;

/// Columns of the table.
const COLUMNS: [&str; 13] = [
    "file",
    "class",
    "source",
    "decision",
    "title",
    "author",
    "licence",
    "licence_url",
    "url",
    "page",
    "date",
    "fetched",
    "hash",
];

/// Writes the credits: as a table (`.csv`) of all images, or as a text (`.md`) of those that are not rejected. Paths are
/// relative to the project's folder.
///
/// # Errors
/// `Invalid` for another ending, or a place where something else would be lost; `Io`.
pub fn write(snapshot: &Snapshot, credits: &[Credit], out: &Path) -> Result<()> {
    let ending = out.extension().unwrap_or_default().to_ascii_lowercase();
    let (kind, bytes) = match ending.to_str() {
        Some("csv") => (OutputKind::CreditsTable, table(credits, &snapshot.root)?),
        Some("md") => (OutputKind::CreditsText, text(credits).into_bytes()),
        _other => {
            return Err(Error::Invalid(format!(
                "credits are written as .csv or .md; give the file one of these endings instead of {}",
                out.display()
            )));
        }
    };
    snapshot.check_output(out, kind, &[])?;
    write_atomic(out, &bytes)
}

fn table(credits: &[Credit], root: &Path) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::Invalid(format!("the table cannot be made: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    for credit in credits {
        let from = &credit.provenance;
        let path = credit.path.strip_prefix(root).unwrap_or(&credit.path);
        let path = path.to_string_lossy();
        let fetched = date(from.fetched_secs);
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        writer
            .write_record([
                &path,
                credit.class.as_deref().unwrap_or_default(),
                &credit.source,
                credit.decision.name(),
                &or_empty(&from.title),
                &or_empty(&from.author),
                &or_empty(&from.licence),
                &or_empty(&from.licence_url),
                &from.url,
                &or_empty(&from.page),
                &or_empty(&from.date),
                &fetched,
                &credit.hash,
            ])
            .map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::Invalid(format!("the table cannot be made: {error}")))
}

/// A line an image: title, author, licence, page.
fn text(credits: &[Credit]) -> String {
    let mut lines = vec!["# Image credits".to_owned(), String::new()];
    let used = credits
        .iter()
        .filter(|credit| credit.decision != Decision::Reject);
    for credit in used {
        let from = &credit.provenance;
        let title = from.title.as_deref().unwrap_or("Untitled");
        let page = from.page.as_deref().unwrap_or(&from.url);
        let author = from.author.as_deref().unwrap_or("unknown author");
        let licence = match (&from.licence, &from.licence_url) {
            (Some(licence), Some(url)) => link(licence, url),
            (Some(licence), None) => escaped(licence),
            (None, _) => "licence not named".to_owned(),
        };
        lines.push(format!(
            "- {} by {}, {licence}",
            link(title, page),
            escaped(author)
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn link(text: &str, url: &str) -> String {
    let is_web = url.starts_with("http://") || url.starts_with("https://");
    let is_plain = !url.contains(['<', '>', ' ', '\n', '\r']);
    if is_web && is_plain {
        format!("[{}](<{url}>)", escaped(text))
    } else {
        escaped(text)
    }
}

/// So that a title cannot make headings, links or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if letter.is_control() {
            escaped.push(' ');
            continue;
        }
        if matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '&' | '|'
        ) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// `2026-11-23` in UTC.
pub fn date(secs: u64) -> String {
    let stamp = utc_stamp(secs);
    match (stamp.get(..4), stamp.get(4..6), stamp.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _never => stamp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Provenance;

    fn credit(title: &str, decision: Decision) -> Credit {
        Credit {
            path: "/p/images/web/elves/a.jpg".into(),
            source: "web".to_owned(),
            class: Some("elves".to_owned()),
            decision,
            hash: "ab".to_owned(),
            provenance: Provenance {
                url: "https://a.org/1.jpg".to_owned(),
                page: Some("https://a.org/1".to_owned()),
                licence: Some("by 2.0".to_owned()),
                title: Some(title.to_owned()),
                fetched_secs: 1_795_475_700,
                ..Provenance::default()
            },
        }
    }

    #[test]
    fn credits_are_a_table_or_a_text() {
        let folder = tempfile::tempdir().unwrap();
        let credits = [
            credit("A \"fox\", [red]\n# x", Decision::Keep),
            credit("bad", Decision::Reject),
        ];
        let write = |name: &str| {
            let out = folder.path().join(name);
            let snapshot = Snapshot {
                root: "/p".into(),
                ..Snapshot::default()
            };
            write(&snapshot, &credits, &out).map(|()| std::fs::read_to_string(out).unwrap())
        };
        let table = write("c.csv").unwrap();
        assert!(table.starts_with("file,class,source,decision,title"));
        assert!(
            table.contains("images/web/elves/a.jpg,elves,web,keep,\"A \"\"fox\"\", [red]\n# x\"")
        );
        assert!(table.contains("2026-11-23") && table.contains("reject"));
        let text = write("c.MD").unwrap();
        assert!(text.contains(
            "- [A \"fox\", \\[red\\] \\# x](<https://a.org/1>) by unknown author, by 2.0"
        ));
        assert!(!text.contains("bad"));
        assert!(write("c.txt").is_err());
    }
}
