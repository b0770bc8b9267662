//! Names to addresses, for a client that asks nothing on this computer or in its network: a name on the web may lead
//! there. Because the connection is made to the very addresses that were checked, a second answer of the name's server
//! cannot lead elsewhere.

use std::fmt;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::address::{self, is_near};

/// Asks the system, and leaves out addresses that are near.
#[derive(Debug, Default)]
pub struct WebResolver {
    system: DefaultResolver,
    allowed: Vec<String>,
}

/// That a name leads to no address on the web.
#[derive(Debug)]
pub struct LeadsNear;

impl fmt::Display for LeadsNear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(address::NEAR)
    }
}

impl std::error::Error for LeadsNear {}

impl WebResolver {
    /// `allowed`: `HOST:PORT` of servers that may be near.
    pub fn new(allowed: Vec<String>) -> Self {
        Self {
            system: DefaultResolver::default(),
            allowed,
        }
    }

    fn may_be_near(&self, uri: &Uri, config: &Config) -> bool {
        let is_proxy = config
            .proxy()
            .is_some_and(|proxy| proxy.uri().authority() == uri.authority());
        let name = uri.scheme().zip(uri.authority());
        let name =
            name.and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority));
        is_proxy || name.is_some_and(|name| self.allowed.contains(&name))
    }
}

impl Resolver for WebResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout);
        // What the system says of a name that it does not know.
        let found = found.map_err(|error| match error {
            ureq::Error::Io(_) => ureq::Error::HostNotFound,
            other => other,
        })?;
        if self.may_be_near(uri, config) {
            return Ok(found);
        }
        let mut far = self.empty();
        for address in found.iter().filter(|address| !is_near(address.ip())) {
            far.push(*address);
        }
        if far.is_empty() {
            return Err(ureq::Error::Other(Box::new(LeadsNear)));
        }
        Ok(far)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::unversioned::transport::time::Duration;

    #[test]
    fn a_name_that_leads_to_this_computer_is_refused_unless_it_is_allowed() {
        let resolve = |allowed: &[&str]| {
            let allowed = allowed.iter().map(|&host| host.to_owned()).collect();
            let uri: Uri = "http://localhost:8080/a.jpg".parse().unwrap();
            let timeout = NextTimeout {
                after: Duration::NotHappening,
                ..NextTimeout::default()
            };
            WebResolver::new(allowed).resolve(&uri, &Config::default(), timeout)
        };
        let refused = resolve(&["localhost:8081"]).unwrap_err();
        assert!(matches!(refused, ureq::Error::Other(error) if error.is::<LeadsNear>()));
        assert!(!resolve(&["localhost:8080"]).unwrap().is_empty());
    }
}
