//! The search of Openverse: <https://api.openverse.org/v1/>.

use serde::Deserialize;
use url::Url;

use super::licence::Licences;
use super::trouble::{Attempt, Trouble};
use super::wanted::Wanted;
use crate::catalog::Provenance;

/// The most that is answered without an account.
const PAGE_SIZE: u32 = 20;

pub struct Openverse {
    base: Url,
    keywords: String,
    licences: String,
    /// 1-based; `None` at the end.
    page: Option<u32>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    page_count: u32,
    results: Vec<Found>,
}

/// Everything but the address may be missing.
#[derive(Deserialize)]
struct Found {
    url: String,
    title: Option<String>,
    foreign_landing_url: Option<String>,
    creator: Option<String>,
    license: Option<String>,
    license_version: Option<String>,
    license_url: Option<String>,
    source: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
}

impl Openverse {
    pub fn new(base: Url, keywords: &str, licences: &Licences) -> Self {
        Self {
            base,
            keywords: keywords.trim().to_owned(),
            licences: licences.codes(),
            page: Some(1),
        }
    }

    pub fn next_url(&self) -> Option<Url> {
        let page = self.page?;
        let mut url = self.base.clone();
        url.set_path("/v1/images/");
        let mut query = url.query_pairs_mut();
        query
            .append_pair("q", &self.keywords)
            .append_pair("page", &page.to_string())
            .append_pair("page_size", &PAGE_SIZE.to_string());
        if !self.licences.is_empty() {
            query.append_pair("license", &self.licences);
        }
        drop(query);
        Some(url)
    }

    /// Takes in the answer to [`Self::next_url`].
    pub fn read(&mut self, answer: &[u8]) -> Attempt<Vec<Wanted>> {
        let page: Page = serde_json::from_slice(answer)
            .map_err(|error| Trouble::Failed(format!("its answer is not understood ({error})")))?;
        let next = self.page.map_or(1, |page| page + 1);
        self.page = (!page.results.is_empty() && next <= page.page_count).then_some(next);
        Ok(page.results.into_iter().map(wanted).collect())
    }
}

fn wanted(found: Found) -> Wanted {
    let licence = found.license.map(|code| match found.license_version {
        Some(version) if !version.is_empty() => format!("{code} {version}"),
        _none => code,
    });
    let provider = match found.source {
        Some(source) => format!("openverse ({source})"),
        None => "openverse".to_owned(),
    };
    Wanted {
        class: None,
        shorter_side: found.width.zip(found.height).map(|(w, h)| w.min(h)),
        from: Provenance {
            url: found.url,
            page: found.foreign_landing_url,
            licence,
            licence_url: found.license_url,
            author: found.creator,
            title: found.title,
            date: None,
            provider,
            fetched_secs: 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_asked_until_the_last() {
        let base = Url::parse("https://api.openverse.org").unwrap();
        let licences = "by,cc0".parse().unwrap();
        let mut search = Openverse::new(base, " red fox ", &licences);
        let first = search.next_url().unwrap();
        assert_eq!(
            first.as_str(),
            "https://api.openverse.org/v1/images/?q=red+fox&page=1&page_size=20&license=by%2Ccc0"
        );
        let answer = br#"{"result_count": 2, "page_count": 2, "page": 1, "results": [
            {"id": "1", "url": "https://live.example/1.jpg", "title": "Fox", "creator": "Ann",
             "license": "by", "license_version": "2.0", "source": "flickr", "width": 640, "height": 480,
             "foreign_landing_url": "https://example/1", "license_url": "https://cc/by/2.0/"},
            {"id": "2", "url": "https://live.example/2.jpg", "title": null, "license": "cc0"}]}"#;
        let found = search.read(answer).unwrap();
        assert_eq!(found[0].from.licence.as_deref(), Some("by 2.0"));
        assert_eq!(found[0].from.provider, "openverse (flickr)");
        assert_eq!(found[0].shorter_side, Some(480));
        assert_eq!(found[1].from.title, None);
        assert!(search.next_url().unwrap().as_str().contains("page=2"));
        search.read(answer).unwrap();
        assert_eq!(search.next_url(), None);
        assert!(search.read(b"<html>").is_err());
    }
}
