//! What somebody asks a demo to be: where it listens, who may come in, and how much they may have.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

use cutting_room_core::{Error, Result};

use crate::client::is_here;
use crate::limits::Limits;
use crate::token::{check_token, new_token};

/// Where a demo listens unless told otherwise.
pub const DEFAULT_PORT: u16 = 8750;

/// Images a minute from one address, where others can come in and nobody has said otherwise.
const IMAGES_PER_MINUTE: u32 = 300;

#[derive(Clone, Debug)]
pub struct Options {
    /// An address or a name of this computer.
    pub host: String,
    /// 0: any that is free.
    pub port: u16,
    /// What a visitor must know; needed where others than this computer can come in.
    pub token: Option<String>,
    pub limits: Limits,
}

impl Default for Options {
    /// On this computer alone.
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: DEFAULT_PORT,
            token: None,
            limits: Limits::default(),
        }
    }
}

impl Options {
    /// Where it listens, once it is clear that it may.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a host that is none of this computer's, one that others can reach without a token, or a token that
    /// could be guessed.
    pub(crate) fn resolve(&mut self) -> Result<SocketAddr> {
        if let Some(token) = &self.token {
            check_token(token)?;
        }
        let unknown = |error: std::io::Error| {
            Error::Invalid(format!(
                "there is no address called {:?} ({error}); name one of this computer's, or leave the host out to listen on this computer alone",
                self.host
            ))
        };
        let mut found = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(unknown)?;
        let Some(address) = found.next() else {
            return Err(unknown(std::io::ErrorKind::NotFound.into()));
        };
        if is_open(address.ip()) {
            if self.token.is_none() {
                return Err(Error::Invalid(format!(
                    "others can reach {}, so the demo needs a token; add `--token {}`, or leave the host out to listen on this computer alone",
                    self.host,
                    new_token()
                )));
            }
            self.limits
                .images_per_minute
                .get_or_insert(IMAGES_PER_MINUTE);
        }
        Ok(address)
    }
}

/// Whether others than this computer can reach it.
fn is_open(ip: IpAddr) -> bool {
    !is_here(ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(host: &str, token: Option<&str>) -> Result<Options> {
        let mut options = Options {
            host: host.to_owned(),
            token: token.map(str::to_owned),
            ..Options::default()
        };
        options.resolve().map(|_| options)
    }

    #[test]
    fn only_this_computer_comes_in_without_a_token() {
        for host in ["127.0.0.1", "localhost", "::1", "127.3.2.1"] {
            let options = asked(host, None).unwrap();
            assert_eq!(options.limits.images_per_minute, None, "{host}");
        }
        for host in ["0.0.0.0", "::", "192.0.2.7", "::ffff:192.0.2.7"] {
            let refused = asked(host, None).unwrap_err().to_string();
            assert!(refused.contains("--token"), "{refused}");
            let options = asked(host, Some("correct-horse")).unwrap();
            assert_eq!(options.limits.images_per_minute, Some(IMAGES_PER_MINUTE));
        }
        let refused = asked("127.0.0.1", Some("abc")).unwrap_err().to_string();
        assert!(refused.contains("at least"), "{refused}");
    }
}
