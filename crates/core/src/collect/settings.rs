//! How servers are asked: pauses, limits, addresses. The defaults are for the open web; tests and people with servers of
//! their own set some of them by environment variables (CONTRIBUTING.md).

use std::time::Duration;

use crate::error::{Error, Result};

/// Addresses of the searches, and what every request keeps to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub openverse: String,
    pub commons: String,
    /// `HOST:PORT` of servers that may be on this computer or in its network; no other such server is asked.
    pub allowed: Vec<String>,
    /// How a server's operator can reach the person who collects; part of the user agent.
    pub contact: Option<String>,
    /// Between the end of a request to a host and the next one to it.
    pub interval: Duration,
    /// The same for the searches, which answer only so many requests a minute.
    pub search_interval: Duration,
    /// Before the second attempt; doubled for each further one.
    pub retry_pause: Duration,
    /// A server that asks for a longer pause is left for a later collection.
    pub patience: Duration,
    pub connect: Duration,
    /// Without a byte for so long, the transfer has failed.
    pub silence: Duration,
    /// For a whole request, however slowly its bytes come.
    pub total: Duration,
    /// Of one answer.
    pub max_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            openverse: "https://api.openverse.org".to_owned(),
            commons: "https://commons.wikimedia.org".to_owned(),
            allowed: Vec::new(),
            contact: None,
            interval: Duration::from_secs(1),
            // Openverse answers 20 requests a minute without an account.
            search_interval: Duration::from_secs(3),
            retry_pause: Duration::from_secs(2),
            patience: Duration::from_mins(2),
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(20),
            total: Duration::from_mins(3),
            max_bytes: 64 << 20,
        }
    }
}

impl Settings {
    /// The defaults, changed by the variables `CUTTING_ROOM_OPENVERSE`, `CUTTING_ROOM_COMMONS` (addresses),
    /// `CUTTING_ROOM_COLLECT_ALLOW` (`HOST:PORT`, several with commas between) and `CUTTING_ROOM_COLLECT_PAUSE_MS`.
    pub fn of_user() -> Self {
        let mut settings = Self::default();
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        if let Some(address) = variable("CUTTING_ROOM_OPENVERSE") {
            settings.openverse = address;
        }
        if let Some(address) = variable("CUTTING_ROOM_COMMONS") {
            settings.commons = address;
        }
        if let Some(hosts) = variable("CUTTING_ROOM_COLLECT_ALLOW") {
            settings.allowed = hosts
                .split(',')
                .map(|host| host.trim().to_owned())
                .collect();
        }
        if let Some(pause) = variable("CUTTING_ROOM_COLLECT_PAUSE_MS")
            && let Ok(millis) = pause.parse()
        {
            let pause = Duration::from_millis(millis);
            settings.interval = pause;
            settings.search_interval = pause;
            settings.retry_pause = pause;
        }
        settings
    }

    /// # Errors
    /// `Invalid` for a contact that cannot stand in a request.
    pub fn check(&self) -> Result<()> {
        let is_printable = |letter: char| letter == ' ' || letter.is_ascii_graphic();
        match &self.contact {
            Some(contact) if !contact.chars().all(is_printable) => Err(Error::Invalid(format!(
                "the contact {contact:?} cannot be sent: it may have printable ASCII letters only; give an address or a page"
            ))),
            _sendable => Ok(()),
        }
    }

    pub(super) fn user_agent(&self) -> String {
        let contact = self.contact.as_deref().unwrap_or("asked for by a person");
        format!(
            "cutting-room/{} (collects images for a classifier; {contact})",
            env!("CARGO_PKG_VERSION")
        )
    }
}
