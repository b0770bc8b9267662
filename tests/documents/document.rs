//! A Markdown file, read for what the tests ask of it: its anchors, its links and its code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn guide() -> PathBuf {
    root().join("guide/src")
}

/// The guide's pages and its summary.
pub fn guide_files() -> Vec<PathBuf> {
    let entries = fs::read_dir(guide()).unwrap();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    files.sort();
    files
}

/// Everything that people read, the guide first.
pub fn all_files() -> Vec<PathBuf> {
    let mut files = guide_files();
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ] {
        files.push(root().join(name));
    }
    files
}

#[derive(Debug, Default)]
pub struct Document {
    pub path: PathBuf,
    pub anchors: BTreeSet<String>,
    pub links: Vec<Link>,
    pub code: Vec<Code>,
    /// Lines with HTML other than comments.
    pub html: Vec<usize>,
}

#[derive(Debug)]
pub struct Link {
    pub line: usize,
    pub target: String,
    pub is_image: bool,
    /// What is shown for it, or instead of it.
    pub text: String,
}

#[derive(Debug)]
pub struct Code {
    pub line: usize,
    pub text: String,
    /// `None` of code within a sentence; empty where a block names none.
    pub language: Option<String>,
}

impl Document {
    pub fn read(path: &Path) -> Self {
        Self::parse(path, &fs::read_to_string(path).unwrap())
    }

    pub fn parse(path: &Path, text: &str) -> Self {
        let mut document = Self {
            path: path.to_path_buf(),
            ..Self::default()
        };
        let mut heading: Option<String> = None;
        let mut is_in_link = false;
        let mut is_in_block = false;
        let events = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
        for (event, range) in events {
            let line = text[..range.start].matches('\n').count() + 1;
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    document.add_anchor(&heading.take().unwrap_or_default());
                }
                Event::Start(
                    ref tag @ (Tag::Link { ref dest_url, .. } | Tag::Image { ref dest_url, .. }),
                ) => {
                    is_in_link = true;
                    document.links.push(Link {
                        line,
                        target: dest_url.to_string(),
                        is_image: matches!(tag, Tag::Image { .. }),
                        text: String::new(),
                    });
                }
                Event::End(TagEnd::Link | TagEnd::Image) => is_in_link = false,
                Event::Start(Tag::CodeBlock(kind)) => {
                    is_in_block = true;
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    document.code.push(Code {
                        line,
                        text: String::new(),
                        language: Some(language),
                    });
                }
                Event::End(TagEnd::CodeBlock) => is_in_block = false,
                Event::Text(words) | Event::Code(words) if is_in_block => {
                    if let Some(block) = document.code.last_mut() {
                        block.text.push_str(&words);
                    }
                }
                Event::Text(words) => {
                    document.add_words(&words, heading.as_mut(), is_in_link);
                }
                Event::Code(words) => {
                    document.add_words(&words, heading.as_mut(), is_in_link);
                    document.code.push(Code {
                        line,
                        text: words.to_string(),
                        language: None,
                    });
                }
                Event::Html(html) | Event::InlineHtml(html)
                    if !html.trim_start().starts_with("<!--") =>
                {
                    document.html.push(line);
                }
                _ => {}
            }
        }
        document
    }

    fn add_words(&mut self, words: &str, heading: Option<&mut String>, is_in_link: bool) {
        if let Some(heading) = heading {
            heading.push_str(words);
        }
        if let Some(link) = self.links.last_mut().filter(|_| is_in_link) {
            link.text.push_str(words);
        }
    }

    /// As GitHub and mdBook make it: letters, digits, `-` and `_` stay, spaces become `-`, a second one is numbered.
    fn add_anchor(&mut self, heading: &str) {
        let lower = heading.trim().to_lowercase();
        let kept = lower
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut numbered = anchor.clone();
        let mut number = 0;
        while !self.anchors.insert(numbered) {
            number += 1;
            numbered = format!("{anchor}-{number}");
        }
    }

    /// `README.md:12`.
    pub fn place(&self, line: usize) -> String {
        let path = self.path.strip_prefix(root()).unwrap_or(&self.path);
        format!("{}:{line}", path.display())
    }
}
