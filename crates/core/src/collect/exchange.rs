//! One request and its answer, bounded in size and time.

use std::io::Read as _;
use std::time::{Duration, SystemTime};

use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::unversioned::transport::DefaultConnector;
use url::Url;

use super::resolver::{LeadsNear, WebResolver};
use super::settings::Settings;
use crate::progress::Progress;

const CHUNK_BYTES: usize = 1 << 16;

/// What a server said.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    /// How long it asks to be left alone.
    pub retry_after: Option<Duration>,
    /// `X-Robots-Tag`, all of them.
    pub robots_tags: Vec<String>,
    /// Only of an answer that says yes.
    pub body: Vec<u8>,
}

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It leads to this computer or its network.
    Near,
    TooLarge,
    /// There is no server of this name, or nobody who knows names can be asked.
    NoServer,
    /// Asking again may help.
    Broken(String),
}

pub fn agent(settings: &Settings) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // Each hop is checked here.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_resolve(Some(settings.connect))
        .timeout_connect(Some(settings.connect))
        .timeout_recv_response(Some(settings.silence))
        .timeout_per_read(Some(settings.silence))
        .timeout_global(Some(settings.total))
        .user_agent(settings.user_agent())
        .build();
    let resolver = WebResolver::new(settings.allowed.clone());
    Agent::with_parts(config, DefaultConnector::default(), resolver)
}

/// `progress`: stops the transfer when it is cancelled.
pub fn exchange(
    agent: &Agent,
    url: &Url,
    max_bytes: u64,
    progress: &Progress,
) -> Result<Answer, Fault> {
    let response = agent.get(url.as_str()).call().map_err(fault)?;
    let mut answer = head(response.status().as_u16(), response.headers());
    if !(200..300).contains(&answer.status) {
        return Ok(answer);
    }
    let body = response.into_body();
    if body.content_length().is_some_and(|bytes| bytes > max_bytes) {
        return Err(Fault::TooLarge);
    }
    let expected = body.content_length();
    let mut reader = body.into_reader();
    let mut chunk = vec![0; CHUNK_BYTES];
    while !progress.is_cancelled() {
        let count = reader
            .read(&mut chunk)
            .map_err(|error| Fault::Broken(format!("the transfer broke off ({error})")))?;
        if count == 0 {
            break;
        }
        answer.body.extend_from_slice(&chunk[..count]);
        if answer.body.len() as u64 > max_bytes {
            return Err(Fault::TooLarge);
        }
    }
    if expected.is_some_and(|bytes| answer.body.len() as u64 != bytes) {
        return Err(Fault::Broken("the transfer broke off".to_owned()));
    }
    Ok(answer)
}

fn head(status: u16, headers: &HeaderMap) -> Answer {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    Answer {
        status,
        location: text("location"),
        retry_after: text("retry-after").and_then(|text| pause(&text, SystemTime::now())),
        robots_tags: headers
            .get_all("x-robots-tag")
            .iter()
            .filter_map(|tag| tag.to_str().ok().map(str::to_owned))
            .collect(),
        body: Vec::new(),
    }
}

/// Seconds, or a date (RFC 9110, 10.2.3).
fn pause(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(secs) = text.trim().parse() {
        return Some(Duration::from_secs(secs));
    }
    let until = httpdate::parse_http_date(text.trim()).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

fn fault(error: ureq::Error) -> Fault {
    match error {
        ureq::Error::Other(inner) if inner.is::<LeadsNear>() => Fault::Near,
        ureq::Error::Timeout(_) => Fault::Broken("the server does not answer in time".to_owned()),
        ureq::Error::HostNotFound => Fault::NoServer,
        other => Fault::Broken(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_given_in_seconds_or_as_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let secs = |text: &str| pause(text, now).map(|pause| pause.as_secs());
        assert_eq!(secs("120"), Some(120));
        assert_eq!(secs("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30));
        assert_eq!(secs("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(secs("soon"), None);
    }
}
