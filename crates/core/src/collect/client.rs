//! Asks servers one at a time and politely: a pause between two requests to a host, `robots.txt` and `X-Robots-Tag`
//! followed, `Retry-After` kept to, a few attempts and no more.
//!
//! The searches' own addresses are made for programs, so that `robots.txt`, which is for those who follow links, is not
//! asked there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ureq::Agent;
use url::Url;

use super::address;
use super::exchange::{Answer, Fault, agent, exchange};
use super::robots::{self, Robots, forbids_training};
use super::settings::Settings;
use super::trouble::{Attempt, Trouble};
use crate::media::child::interruptible;
use crate::progress::Progress;

const MAX_REDIRECTS: usize = 5;
const ATTEMPTS: u32 = 3;
/// A cancel is noticed within this time.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// Of an answer of a search.
const MAX_ANSWER_BYTES: u64 = 8 << 20;

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Image,
    Search,
    Robots,
}

/// What is known of a host.
#[derive(Clone, Copy)]
struct Host {
    /// Not before.
    ready: Instant,
    interval: Duration,
}

pub struct Client {
    settings: Settings,
    agent: Agent,
    /// By name.
    hosts: BTreeMap<String, Host>,
    /// By scheme, host and port.
    robots: BTreeMap<String, Attempt<Robots>>,
}

impl Client {
    pub fn new(settings: Settings) -> Self {
        Self {
            agent: agent(&settings),
            settings,
            hosts: BTreeMap::new(),
            robots: BTreeMap::new(),
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// When the host may be asked next.
    pub fn ready(&self, host: &str) -> Instant {
        let now = Instant::now();
        self.hosts.get(host).map_or(now, |host| host.ready.max(now))
    }

    /// The file behind the address, whatever it is.
    pub fn image(&mut self, url: &Url, progress: &Progress) -> Attempt<Vec<u8>> {
        let answer = self.follow(url, Purpose::Image, progress)?;
        if forbids_training(&answer.robots_tags) {
            return Err(Trouble::Refused(
                "its server does not want it used to train models (X-Robots-Tag)".to_owned(),
            ));
        }
        Ok(answer.body)
    }

    /// The answer of a search.
    pub fn search(&mut self, url: &Url, progress: &Progress) -> Attempt<Vec<u8>> {
        let answer = self.follow(url, Purpose::Search, progress)?;
        Ok(answer.body)
    }

    fn follow(&mut self, url: &Url, purpose: Purpose, progress: &Progress) -> Attempt<Answer> {
        let mut at = url.clone();
        for _hop in 0..=MAX_REDIRECTS {
            address::check(&at, &self.settings.allowed)?;
            if purpose == Purpose::Image {
                self.check_robots(&at, progress)?;
            }
            let answer = self.ask(&at, purpose, progress)?;
            match (answer.status, &answer.location) {
                (200..=299, _) => return Ok(answer),
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    let next = at.join(location).map_err(|error| {
                        Trouble::Refused(format!("it redirects to no address ({error})"))
                    })?;
                    at = next;
                    at.set_fragment(None);
                }
                (status, _) => return Err(Trouble::Failed(said(status))),
            }
        }
        Err(Trouble::Refused(format!(
            "it redirects more than {MAX_REDIRECTS} times"
        )))
    }

    fn check_robots(&mut self, url: &Url, progress: &Progress) -> Attempt<()> {
        let site = url.origin().ascii_serialization();
        if !self.robots.contains_key(&site) {
            let robots = self.read_robots(url, progress);
            if robots == Err(Trouble::Cancelled) {
                return Err(Trouble::Cancelled);
            }
            if let Ok(Robots {
                delay: Some(delay), ..
            }) = &robots
            {
                let host = self.host(url);
                host.interval = host.interval.max(*delay);
            }
            self.robots.insert(site.clone(), robots);
        }
        match self.robots.get(&site) {
            Some(Ok(robots)) if robots.allows(url) => Ok(()),
            Some(Ok(_)) | None => Err(Trouble::Declined(
                "the server's robots.txt forbids it".to_owned(),
            )),
            Some(Err(trouble)) => Err(trouble.clone()),
        }
    }

    /// RFC 9309, 2.3.1: a server that has no such file allows everything, one that fails allows nothing for now.
    fn read_robots(&mut self, url: &Url, progress: &Progress) -> Attempt<Robots> {
        let mut at = url.clone();
        at.set_path("/robots.txt");
        at.set_query(None);
        let unknown = |reason: &str| {
            Trouble::Failed(format!(
                "whether it may be fetched is not known, because the server's robots.txt cannot be read: {reason}"
            ))
        };
        for _hop in 0..=MAX_REDIRECTS {
            if let Err(Trouble::Declined(reason)) = address::check(&at, &self.settings.allowed) {
                return Err(unknown(&reason));
            }
            let answer =
                self.ask(&at, Purpose::Robots, progress)
                    .map_err(|trouble| match trouble {
                        Trouble::Refused(reason)
                        | Trouble::Declined(reason)
                        | Trouble::Failed(reason) => unknown(&reason),
                        Trouble::Cancelled => Trouble::Cancelled,
                    })?;
            match (answer.status, &answer.location) {
                (200..=299, _) => {
                    return Ok(Robots::parse(&String::from_utf8_lossy(&answer.body)));
                }
                (300..=399, Some(location)) => match at.join(location) {
                    Ok(next) => at = next,
                    Err(error) => return Err(unknown(&error.to_string())),
                },
                (400..=499, _) => return Ok(Robots::default()),
                (status, _) => return Err(unknown(&said(status))),
            }
        }
        // As for a server that has none.
        Ok(Robots::default())
    }

    /// One address, in several attempts if need be.
    fn ask(&mut self, url: &Url, purpose: Purpose, progress: &Progress) -> Attempt<Answer> {
        let mut pause = self.settings.retry_pause;
        let mut attempt = 1;
        loop {
            self.wait_for_turn(url, progress)?;
            let asked = self.exchange(url, purpose, progress)?;
            self.pass_turn(url, purpose);
            let (reason, wanted) = match asked {
                Ok(answer) if !is_temporary(answer.status) => return Ok(answer),
                Ok(answer) => (said(answer.status), answer.retry_after),
                Err(Fault::Near) => return Err(Trouble::Declined(address::NEAR.to_owned())),
                Err(Fault::TooLarge) => {
                    let most = self.settings.max_bytes >> 20;
                    return Err(Trouble::Refused(format!("it is larger than {most} MiB")));
                }
                Err(Fault::NoServer) => {
                    return Err(Trouble::Failed(
                        "there is no server of this name".to_owned(),
                    ));
                }
                Err(Fault::Broken(reason)) => (reason, None),
            };
            let wait = wanted.unwrap_or(pause);
            let host = self.host(url);
            host.ready = host.ready.max(Instant::now() + wait);
            if attempt == ATTEMPTS || wait > self.settings.patience {
                return Err(Trouble::Failed(reason));
            }
            attempt += 1;
            pause *= 2;
        }
    }

    /// # Errors
    /// `Failed` if the host wants to be left alone for longer than anybody waits.
    fn wait_for_turn(&mut self, url: &Url, progress: &Progress) -> Attempt<()> {
        let patience = self.settings.patience;
        let ready = self.host(url).ready;
        let left = ready.saturating_duration_since(Instant::now());
        if left > patience {
            let minutes = left.as_secs().div_ceil(60);
            return Err(Trouble::Failed(format!(
                "the server asks to be left alone for {minutes} more minutes; collect the same again later"
            )));
        }
        while Instant::now() < ready {
            progress.check()?;
            let left = ready.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(CHECK_INTERVAL));
        }
        Ok(progress.check()?)
    }

    fn pass_turn(&mut self, url: &Url, purpose: Purpose) {
        let search_interval = self.settings.search_interval;
        let host = self.host(url);
        let interval = match purpose {
            Purpose::Search => host.interval.max(search_interval),
            Purpose::Image | Purpose::Robots => host.interval,
        };
        host.ready = Instant::now() + interval;
    }

    fn host(&mut self, url: &Url) -> &mut Host {
        let interval = self.settings.interval;
        let name = url.host_str().unwrap_or_default().to_owned();
        self.hosts.entry(name).or_insert_with(|| Host {
            ready: Instant::now(),
            interval,
        })
    }

    fn exchange(
        &self,
        url: &Url,
        purpose: Purpose,
        progress: &Progress,
    ) -> Attempt<Result<Answer, Fault>> {
        let max_bytes = match purpose {
            Purpose::Image => self.settings.max_bytes,
            Purpose::Search => MAX_ANSWER_BYTES,
            Purpose::Robots => robots::MAX_BYTES,
        };
        let (agent, url, theirs) = (self.agent.clone(), url.clone(), progress.clone());
        let work = move || exchange(&agent, &url, max_bytes, &theirs);
        let answer = interruptible(progress, work)?;
        progress.check()?;
        Ok(answer)
    }
}

fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

fn said(status: u16) -> String {
    let name = ureq::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("an unknown status");
    format!("the server answers {status} {name}")
}
