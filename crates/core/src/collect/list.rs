//! Addresses from a file: one a line, or a table with a column `url` and others that describe each image.

use std::path::Path;

use super::wanted::Wanted;
use crate::catalog::Provenance;
use crate::error::{Error, Result};

/// Of an address that a list names.
const PROVIDER: &str = "list";
const MAX_LIST_BYTES: u64 = 256 << 20;

/// Reads the file. Empty lines and those that begin with `#` are left out.
///
/// # Errors
/// `Io`; `Invalid` if there is no address in it, or a table that cannot be read.
pub fn read(path: &Path) -> Result<Vec<Wanted>> {
    let about = path.metadata().map_err(Error::io("read the list", path))?;
    if about.len() > MAX_LIST_BYTES {
        return Err(Error::Invalid(format!(
            "the list is larger than 256 MiB; divide it into several; file {}",
            path.display()
        )));
    }
    let bytes = std::fs::read(path).map_err(Error::io("read the list", path))?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let wanted = match separator(text) {
        Some(separator) => table(text, separator, path)?,
        None => lines(text),
    };
    let is_address = |wanted: &Wanted| wanted.from.url.contains("://");
    if bytes.contains(&0) || !wanted.iter().any(is_address) {
        return Err(Error::Invalid(format!(
            "there is no address in it; write one a line, or a table with a column url; file {}",
            path.display()
        )));
    }
    Ok(wanted)
}

fn lines(text: &str) -> Vec<Wanted> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| Wanted {
            from: Provenance {
                url: line.to_owned(),
                provider: PROVIDER.to_owned(),
                ..Provenance::default()
            },
            ..Wanted::default()
        })
        .collect()
}

/// Of a table, told by a first line that names the column `url`.
fn separator(text: &str) -> Option<u8> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    let names_url = |separator: char| {
        first
            .split(separator)
            .any(|name| name.trim().trim_matches('"').eq_ignore_ascii_case("url"))
    };
    [',', ';', '\t']
        .into_iter()
        .find(|separator| names_url(*separator))
        .map(|separator| separator as u8)
}

fn table(text: &str, separator: u8, path: &Path) -> Result<Vec<Wanted>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| {
        Error::Invalid(format!(
            "the table cannot be read ({error}); mend that line; file {}",
            path.display()
        ))
    };
    let names = reader.headers().map_err(unreadable)?.clone();
    let column = |wanted: &[&str]| {
        names
            .iter()
            .position(|name| wanted.iter().any(|it| name.eq_ignore_ascii_case(it)))
    };
    let [
        url,
        class,
        page,
        licence,
        licence_url,
        author,
        title,
        date,
        provider,
    ] = [
        &["url"][..],
        &["class", "label"],
        &["page", "foreign_landing_url"],
        &["licence", "license"],
        &["licence_url", "license_url"],
        &["author", "creator"],
        &["title"],
        &["date"],
        &["source", "provider"],
    ]
    .map(column);
    let mut wanted = Vec::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let value = |at: Option<usize>| {
            let text = row.get(at?)?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        let Some(address) = value(url) else {
            continue;
        };
        wanted.push(Wanted {
            class: value(class),
            from: Provenance {
                url: address,
                page: value(page),
                licence: value(licence),
                licence_url: value(licence_url),
                author: value(author),
                title: value(title),
                date: value(date),
                provider: value(provider).unwrap_or_else(|| PROVIDER.to_owned()),
                fetched_secs: 0,
            },
            shorter_side: None,
        });
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<Wanted>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(file.path())
    }

    #[test]
    fn a_list_is_an_address_a_line() {
        let wanted =
            of("\u{feff}# mine\nhttp://a.org/1.jpg\r\n\n  http://a.org/2,3.jpg \n").unwrap();
        let urls: Vec<&str> = wanted
            .iter()
            .map(|wanted| wanted.from.url.as_str())
            .collect();
        assert_eq!(urls, ["http://a.org/1.jpg", "http://a.org/2,3.jpg"]);
        for nothing in ["\n# nothing\n", "name;class\na;b\n", "\0\u{1}http://a.org"] {
            assert!(of(nothing).is_err(), "{nothing:?}");
        }
    }

    #[test]
    fn a_table_describes_each_image() {
        let text = "Class;URL;License;Author\nelves;http://a.org/1.jpg;CC BY 4.0;\"Ann; B\"\n;http://a.org/2.jpg\nelves;;;\n";
        let wanted = of(text).unwrap();
        assert_eq!(wanted.len(), 2);
        assert_eq!(wanted[0].class.as_deref(), Some("elves"));
        assert_eq!(wanted[0].from.licence.as_deref(), Some("CC BY 4.0"));
        assert_eq!(wanted[0].from.author.as_deref(), Some("Ann; B"));
        assert_eq!((&wanted[1].class, &wanted[1].from.author), (&None, &None));
        assert_eq!(wanted[1].from.provider, "list");
    }
}
