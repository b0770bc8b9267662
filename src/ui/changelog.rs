//! CHANGELOG.md inside the program: its sections, newest first, and what is newer than what a person has seen.
//!
//! Reads what that file uses of Markdown and no more: headings of two levels, points that go on in indented lines, paragraphs,
//! and in them code, bold and emphasis.

const TEXT: &str = include_str!("../../CHANGELOG.md");

/// What was new at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// A day, or a version.
    pub heading: String,
    pub parts: Vec<Part>,
}

/// What was new in an area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Empty of what stands before the first one.
    pub heading: String,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Paragraph(String),
    Point(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    Plain(&'a str),
    Code(&'a str),
    Strong(&'a str),
    Emphasis(&'a str),
}

impl Section {
    pub fn points(&self) -> usize {
        let blocks = self.parts.iter().flat_map(|part| &part.blocks);
        blocks
            .filter(|block| matches!(block, Block::Point(_)))
            .count()
    }
}

/// Of this program.
pub fn sections() -> Vec<Section> {
    read(TEXT)
}

/// Those above the one that was seen last; without that one, as in an older program that kept nothing, the newest.
pub fn newer<'a>(sections: &'a [Section], seen: Option<&str>) -> &'a [Section] {
    let known = seen.and_then(|seen| sections.iter().position(|each| each.heading == seen));
    let count = known.unwrap_or(1).min(sections.len());
    sections.get(..count).unwrap_or_default()
}

fn read(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(heading) = line.strip_prefix("## ") {
            sections.push(Section {
                heading: heading.trim().to_owned(),
                parts: vec![Part::default()],
            });
            is_open = false;
            continue;
        }
        let Some(section) = sections.last_mut() else {
            continue;
        };
        if let Some(heading) = line.strip_prefix("### ") {
            section.parts.push(Part {
                heading: heading.trim().to_owned(),
                blocks: Vec::new(),
            });
            is_open = false;
            continue;
        }
        let Some(part) = section.parts.last_mut() else {
            continue;
        };
        if trimmed.is_empty() {
            is_open = false;
        } else if let Some(point) = line.strip_prefix("* ") {
            part.blocks.push(Block::Point(point.trim().to_owned()));
            is_open = true;
        } else if let Some(Block::Point(text) | Block::Paragraph(text)) =
            part.blocks.last_mut().filter(|_| is_open)
        {
            text.push(' ');
            text.push_str(trimmed);
        } else {
            part.blocks.push(Block::Paragraph(trimmed.to_owned()));
            is_open = true;
        }
    }
    for section in &mut sections {
        section.parts.retain(|part| !part.blocks.is_empty());
    }
    sections
}

/// A mark that nothing closes is a character like others.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let found = [
            ("`", Span::Code as fn(_) -> _),
            ("**", Span::Strong as fn(_) -> _),
            ("*", Span::Emphasis as fn(_) -> _),
        ]
        .into_iter()
        .find_map(|(mark, span)| {
            let inner = rest.strip_prefix(mark)?;
            let end = inner.find(mark)?;
            let inner = inner.get(..end)?;
            let is_span = !inner.is_empty() && !inner.starts_with(' ') && !inner.ends_with(' ');
            is_span.then(|| (span(inner), end + 2 * mark.len()))
        });
        if let Some((span, length)) = found {
            if plain < at {
                spans.push(Span::Plain(&text[plain..at]));
            }
            spans.push(span);
            at += length;
            plain = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    if plain < text.len() {
        spans.push(Span::Plain(&text[plain..]));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changelog_has_dated_sections_newest_first_and_each_says_something() {
        let sections = sections();
        assert!(sections.len() >= 2);
        for section in &sections {
            let heading = &section.heading;
            let digits = heading.chars().filter(char::is_ascii_digit).count();
            assert!(digits == 8 && heading.len() == 10, "a day: {heading}");
            assert!(section.points() > 0, "{heading}");
        }
        let headings = sections.iter().map(|section| &section.heading);
        assert!(headings.is_sorted_by(|newer, older| newer > older));
    }

    #[test]
    fn points_go_on_in_indented_lines_and_parts_have_headings() {
        let sections = read(
            "# Changelog\n\n## 2026-02-01\n\n### Films\n\n* One\n  and more.\n* Two.\n\n## 2026-01-01\n\nThe first\none.\n",
        );
        let [newest, first] = sections.as_slice() else {
            panic!("{sections:?}")
        };
        assert_eq!(newest.parts[0].heading, "Films");
        let points = ["One and more.", "Two."].map(|text| Block::Point(text.to_owned()));
        assert_eq!(newest.parts[0].blocks, points);
        let paragraph = Block::Paragraph("The first one.".to_owned());
        assert_eq!(first.parts[0].blocks, [paragraph]);
        assert_eq!([newest.points(), first.points()], [2, 0]);
    }

    #[test]
    fn newer_is_what_stands_above_what_was_seen() {
        let sections = read("## c\n* c\n## b\n* b\n## a\n* a\n");
        let newer = |seen| {
            let newer = newer(&sections, seen).iter();
            let headings: Vec<&str> = newer.map(|section| section.heading.as_str()).collect();
            headings.concat()
        };
        assert_eq!(newer(Some("c")), "");
        assert_eq!(newer(Some("a")), "cb");
        assert_eq!(newer(Some("gone")), "c");
        assert_eq!(newer(None), "c");
    }

    #[test]
    fn code_bold_and_emphasis_are_spans_and_lone_marks_are_not() {
        use Span::{Code, Emphasis, Plain, Strong};
        assert_eq!(
            spans("`a *b*` and *Scan*, **now**"),
            [
                Code("a *b*"),
                Plain(" and "),
                Emphasis("Scan"),
                Plain(", "),
                Strong("now")
            ]
        );
        assert_eq!(spans("2 * 3 * 4 – `"), [Plain("2 * 3 * 4 – `")]);
        assert!(spans("").is_empty());
    }
}
