//! The search of Wikimedia Commons: <https://www.mediawiki.org/wiki/API:Search>, with `imageinfo` of what it finds.
//!
//! Photographs there often have 20 megapixels and more; a version 1,920 pixels wide is asked for, as Wikimedia wants it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::trouble::{Attempt, Trouble};
use super::wanted::Wanted;
use crate::catalog::Provenance;

const PAGE_SIZE: &str = "50";
/// One of the widths that are kept ready.
const WIDTH: &str = "1920";

/// Formats that can be decoded; the others (SVG, film, sound) are not asked for.
const TYPES: [&str; 6] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/tiff",
    "image/bmp",
];

pub struct Commons {
    base: Url,
    keywords: String,
    /// What the next request must repeat of the last answer; `None` at the end.
    next: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "continue")]
    next: Option<BTreeMap<String, Value>>,
    query: Option<Query>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Query {
    pages: Pages,
}

/// A list since format 2 of the answers, by number before.
#[derive(Deserialize)]
#[serde(untagged)]
enum Pages {
    List(Vec<Page>),
    ByNumber(BTreeMap<String, Page>),
}

#[derive(Deserialize)]
struct Page {
    title: Option<String>,
    /// Its place in the search's order.
    #[serde(default)]
    index: i64,
    #[serde(default)]
    imageinfo: Vec<Info>,
}

#[derive(Deserialize)]
struct Info {
    url: String,
    thumburl: Option<String>,
    descriptionurl: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    thumbwidth: Option<u32>,
    thumbheight: Option<u32>,
    mime: Option<String>,
    user: Option<String>,
    #[serde(default)]
    extmetadata: BTreeMap<String, Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    value: Value,
}

impl Commons {
    pub fn new(base: Url, keywords: &str) -> Self {
        Self {
            base,
            keywords: keywords.trim().to_owned(),
            next: Some(BTreeMap::new()),
        }
    }

    pub fn next_url(&self) -> Option<Url> {
        let next = self.next.as_ref()?;
        let mut url = self.base.clone();
        url.set_path("/w/api.php");
        let mut query = url.query_pairs_mut();
        for (name, value) in [
            ("action", "query"),
            ("format", "json"),
            ("formatversion", "2"),
            ("generator", "search"),
            ("gsrsearch", &format!("{} filetype:bitmap", self.keywords)),
            ("gsrnamespace", "6"),
            ("gsrlimit", PAGE_SIZE),
            ("prop", "imageinfo"),
            ("iiprop", "url|size|mime|user|extmetadata"),
            ("iiurlwidth", WIDTH),
        ] {
            query.append_pair(name, value);
        }
        for (name, value) in next {
            query.append_pair(name, &text(value));
        }
        drop(query);
        Some(url)
    }

    /// Takes in the answer to [`Self::next_url`].
    pub fn read(&mut self, answer: &[u8]) -> Attempt<Vec<Wanted>> {
        let answer: Answer = serde_json::from_slice(answer)
            .map_err(|error| Trouble::Failed(format!("its answer is not understood ({error})")))?;
        if let Some(error) = answer.error {
            let said = error.get("info").map_or_else(|| error.to_string(), text);
            return Err(Trouble::Failed(format!("it answers: {said}")));
        }
        self.next = answer.next;
        let mut pages: Vec<Page> = match answer.query.map(|query| query.pages) {
            Some(Pages::List(pages)) => pages,
            Some(Pages::ByNumber(pages)) => pages.into_values().collect(),
            None => Vec::new(),
        };
        pages.sort_by_key(|page| page.index);
        Ok(pages.into_iter().filter_map(wanted).collect())
    }
}

fn wanted(page: Page) -> Option<Wanted> {
    let info = page.imageinfo.into_iter().next()?;
    if info
        .mime
        .as_deref()
        .is_some_and(|mime| !TYPES.contains(&mime))
    {
        return None;
    }
    let about = |name: &str| {
        let text = plain(&text(&info.extmetadata.get(name)?.value));
        (!text.is_empty()).then_some(text)
    };
    // "File:Red fox.jpg"
    let title = page.title.as_deref().map(|title| {
        let name = title.split_once(':').map_or(title, |(_, name)| name);
        name.rsplit_once('.')
            .map_or(name, |(stem, _)| stem)
            .to_owned()
    });
    let size = info.thumbwidth.zip(info.thumbheight);
    let size = size.or(info.width.zip(info.height));
    Some(Wanted {
        class: None,
        shorter_side: size.map(|(width, height)| width.min(height)),
        from: Provenance {
            page: info.descriptionurl.clone(),
            licence: about("LicenseShortName").or_else(|| about("License")),
            licence_url: about("LicenseUrl"),
            author: about("Artist").or_else(|| info.user.clone()),
            title: about("ObjectName").or(title),
            date: about("DateTimeOriginal"),
            provider: "commons".to_owned(),
            fetched_secs: 0,
            url: info.thumburl.unwrap_or(info.url),
        },
    })
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Without the HTML that names of authors come in.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut is_in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => is_in_tag = true,
            '>' if is_in_tag => is_in_tag = false,
            letter if !is_in_tag => text.push(letter),
            _tag => {}
        }
    }
    let text = text
        .replace("&quot;", "\"")
        .replace("&#039;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_the_searchs_order() {
        let mut search = Commons::new(Url::parse("https://commons.wikimedia.org").unwrap(), "fox");
        let url = search.next_url().unwrap();
        assert!(
            url.as_str()
                .starts_with("https://commons.wikimedia.org/w/api.php?action=query")
        );
        let answer = br##"{"continue": {"gsroffset": 50, "continue": "gsroffset||"}, "query": {"pages": [
            {"pageid": 2, "title": "File:Two.svg", "index": 2, "imageinfo": [{"url": "https://u/Two.svg", "mime": "image/svg+xml"}]},
            {"pageid": 1, "title": "File:A fox.jpg", "index": 1, "imageinfo": [{"url": "https://u/A.jpg",
              "thumburl": "https://u/1920px-A.jpg", "thumbwidth": 1920, "thumbheight": 1080, "width": 6000, "height": 3375,
              "descriptionurl": "https://c/wiki/File:A_fox.jpg", "mime": "image/jpeg", "extmetadata": {
                "LicenseShortName": {"value": "CC BY-SA 4.0", "source": "x"}, "Artist": {"value": "<a href=\"#\">Ann &amp; Bob</a>"},
                "DateTimeOriginal": {"value": "2019-05-01"}}}]}]}}"##;
        let found = search.read(answer).unwrap();
        assert_eq!(found.len(), 1);
        let from = &found[0].from;
        assert_eq!(from.url, "https://u/1920px-A.jpg");
        assert_eq!(from.author.as_deref(), Some("Ann & Bob"));
        assert_eq!(from.licence.as_deref(), Some("CC BY-SA 4.0"));
        assert_eq!(from.title.as_deref(), Some("A fox"));
        assert_eq!(found[0].shorter_side, Some(1080));
        assert!(search.next_url().unwrap().as_str().contains("gsroffset=50"));
        assert!(
            search
                .read(br#"{"batchcomplete": true}"#)
                .unwrap()
                .is_empty()
        );
        assert_eq!(search.next_url(), None);
        let lagged = br#"{"error": {"code": "maxlag", "info": "Waiting for a server"}}"#;
        assert!(search.read(lagged).is_err());
    }
}
