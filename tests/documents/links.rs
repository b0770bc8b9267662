//! Links: files that are there, anchors that a heading has, images with words for those who do not see them.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::document::{Document, all_files, guide, guide_files, root};

/// What is wrong with the links of a document, a line each. Addresses on the web are not asked for: a build needs no network.
fn problems(document: &Document) -> Vec<String> {
    let mut problems: Vec<String> = document
        .html
        .iter()
        .map(|line| format!("{}: HTML, whose links nobody checks", document.place(*line)))
        .collect();
    for link in &document.links {
        let mut say = |what: &str| {
            problems.push(format!(
                "{}: {}: {what}",
                document.place(link.line),
                link.target
            ));
        };
        if link.text.trim().is_empty() {
            say("no words for it");
        }
        let is_elsewhere = ["https:", "http:", "mailto:"]
            .iter()
            .any(|scheme| link.target.starts_with(scheme));
        if is_elsewhere {
            continue;
        }
        let (file, anchor) = link
            .target
            .split_once('#')
            .unwrap_or((link.target.as_str(), ""));
        let folder = document.path.parent().unwrap_or(root());
        let target = match file {
            "" => document.path.clone(),
            file => folder.join(file),
        };
        let Ok(found) = target.canonicalize().or_else(|error| match file {
            // A document of a test is no file.
            "" => Ok(target.clone()),
            _ => Err(error),
        }) else {
            say("no such file");
            continue;
        };
        // The book holds nothing but its own folder, and the pictures to which a link leads from there.
        let is_in_book = match file {
            "" => true,
            _ => plain(&target).starts_with(guide()),
        };
        if document.path.starts_with(guide()) && !is_in_book {
            say("outside the guide, so not in the book");
        }
        let is_known = match file {
            _ if anchor.is_empty() => true,
            "" => document.anchors.contains(anchor),
            _ => Document::read(&found).anchors.contains(anchor),
        };
        if !is_known {
            say("no such heading");
        }
    }
    problems
}

/// Without `..`, as the words say it: links are not followed.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_anchor_and_image_is_there() {
    let documents: Vec<Document> = all_files()
        .iter()
        .map(|file| Document::read(file))
        .collect();
    let links: usize = documents.iter().map(|document| document.links.len()).sum();
    assert!(links > 40, "{links} links found");
    let problems: Vec<String> = documents.iter().flat_map(problems).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn what_leads_nowhere_is_found() {
    let text = "# One `two`, three\n\n[a](#one-two-three) [b](#one) [c](none.md) ![](start.md) [d](start.md#none)\n\
                [e](../book.toml) [f](https://example.org) <img src=\"none.png\">\n";
    let document = Document::parse(&guide().join("of-a-test.md"), text);
    let found = problems(&document);
    let expected = [
        "4: HTML",
        "3: #one: no such heading",
        "3: none.md: no such file",
        "3: start.md: no words",
        "3: start.md#none: no such heading",
        "4: ../book.toml: outside",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        let (_, place) = found.split_once(':').unwrap();
        assert!(place.starts_with(expected), "{found}");
    }
}

#[test]
fn the_summary_names_every_page_of_the_guide_and_they_are_ten_at_most() {
    let summary = Document::read(&guide().join("SUMMARY.md"));
    let named: Vec<&str> = summary
        .links
        .iter()
        .map(|link| link.target.as_str())
        .collect();
    let files = guide_files();
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    let pages = files.iter().map(|file| name(file));
    for page in pages.filter(|page| page != "SUMMARY.md") {
        assert!(named.contains(&page.as_str()), "{page} is in no summary");
    }
    assert!((1..=10).contains(&named.len()), "{named:?}");
}

/// A picture that nobody shows is carried along for nothing.
#[test]
fn every_picture_is_shown() {
    let documents: Vec<Document> = all_files()
        .iter()
        .map(|file| Document::read(file))
        .collect();
    let entries = fs::read_dir(root().join("screenshots")).unwrap();
    let files = entries.map(|entry| PathBuf::from(entry.unwrap().file_name()));
    let pictures: Vec<String> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "png"))
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    assert!(pictures.len() > 10, "{pictures:?}");
    for name in pictures {
        let is_shown = documents
            .iter()
            .flat_map(|document| &document.links)
            .any(|link| link.is_image && link.target.ends_with(&format!("/{name}")));
        assert!(is_shown, "{name} is shown nowhere");
    }
}
