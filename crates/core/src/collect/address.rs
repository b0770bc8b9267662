//! Which addresses may be asked: `http` and `https` on the open web, and nothing on this computer or in its network, which
//! a list from elsewhere must not reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::trouble::{Attempt, Trouble};

/// An address as it stands in a list; without the part behind `#`, which servers never see.
pub fn parse(text: &str) -> Attempt<Url> {
    let refused = |reason: String| Trouble::Declined(reason);
    let mut url = Url::parse(text.trim())
        .map_err(|error| refused(format!("it is no web address ({error})")))?;
    url.set_fragment(None);
    Ok(url)
}

/// `allowed`: `HOST:PORT` of servers that may be near.
pub fn check(url: &Url, allowed: &[String]) -> Attempt<()> {
    let refused = |reason: &str| Err(Trouble::Declined(reason.to_owned()));
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Trouble::Declined(format!(
            "only http and https are fetched, not {}",
            url.scheme()
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("it holds a user name or a password");
    }
    if allowed.contains(&authority(url)) {
        return Ok(());
    }
    match url.host() {
        None => refused("it names no server"),
        Some(Host::Domain(name)) if is_local_name(name) => refused(NEAR),
        Some(Host::Ipv4(ip)) if is_near(IpAddr::V4(ip)) => refused(NEAR),
        Some(Host::Ipv6(ip)) if is_near(IpAddr::V6(ip)) => refused(NEAR),
        Some(_on_the_web) => Ok(()),
    }
}

/// That a server is not asked for where it is.
pub const NEAR: &str = "it leads to this computer or its own network, not to the web";

/// `HOST:PORT`.
pub fn authority(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

fn is_local_name(name: &str) -> bool {
    let last = name.trim_end_matches('.').rsplit('.').next();
    matches!(last, Some("localhost" | "local"))
}

/// Whether an address is anywhere but on the open web: this computer, its network, or one kept for special uses.
pub fn is_near(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_near_v4(ip),
        IpAddr::V6(ip) => is_near_v6(ip),
    }
}

/// The IANA registry of special-purpose addresses, <https://www.iana.org/assignments/iana-ipv4-special-registry>.
fn is_near_v4(ip: Ipv4Addr) -> bool {
    let [first, second, third, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || first == 0
        || first >= 240
        || (first == 100 && second & 0xc0 == 64)
        || (first == 192 && second == 0 && third == 0)
        || (first == 198 && second & 0xfe == 18)
}

/// <https://www.iana.org/assignments/iana-ipv6-special-registry>; an address that stands for one of the older kind is
/// judged by that.
fn is_near_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    if let Some(older) = embedded_v4(parts) {
        return is_near_v4(older);
    }
    let [first, second, third, fourth, ..] = parts;
    let is_translation = (first, second, third) == (0x64, 0xff9b, 1);
    let is_discarded = (first, second, third, fourth) == (0x100, 0, 0, 0);
    // Teredo and others; documentation.
    let is_protocol = first == 0x2001 && (second < 0x200 || second == 0xdb8);
    let is_documentation = first == 0x3fff && second < 0x1000;
    let is_unique_local = first & 0xfe00 == 0xfc00;
    let is_link_local = first & 0xffc0 == 0xfe80;
    let is_site_local = first & 0xffc0 == 0xfec0;
    is_translation
        || is_discarded
        || is_protocol
        || is_documentation
        || is_unique_local
        || is_link_local
        || is_site_local
        || ip.is_multicast()
}

/// The address of the older kind that one stands for: mapped, translated, 6to4, or in the old "compatible" form, which has
/// loopback and unspecified in it.
fn embedded_v4(parts: [u16; 8]) -> Option<Ipv4Addr> {
    let (high, low) = match parts {
        [0x2002, high, low, ..] => (high, low),
        [a, b, 0, 0, c, d, high, low] => {
            let is_form_of_v4 = matches!(
                (a, b, c, d),
                (0, 0, 0, 0xffff | 0) | (0, 0, 0xffff, 0) | (0x64, 0xff9b, 0, 0)
            );
            is_form_of_v4.then_some((high, low))?
        }
        _other => return None,
    };
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Some(Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Attempt<()> {
        check(&parse(text)?, &["127.0.0.1:8080".to_owned()])
    }

    #[test]
    fn only_the_open_web_is_asked() {
        for good in [
            "https://upload.wikimedia.org/a.jpg#x",
            "http://93.184.216.34/a.jpg",
            "http://[2606:2800:220:1::1]/a.jpg",
            "http://127.0.0.1:8080/allowed.jpg",
        ] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
        for bad in [
            "file:///etc/passwd",
            "ftp://example.org/a.jpg",
            "data:image/png;base64,AAAA",
            "javascript:alert(1)",
            "a.jpg",
            "",
            "http://user:pass@example.org/a.jpg",
            "http://localhost/a.jpg",
            "http://LOCALHOST./a.jpg",
            "http://printer.local/a.jpg",
            "http://127.0.0.1/a.jpg",
            "http://127.0.0.1:8081/a.jpg",
            "http://127.1/a.jpg",
            "http://0x7f000001/a.jpg",
            "http://2130706433/a.jpg",
            "http://0/a.jpg",
            "http://10.0.0.1/a.jpg",
            "http://172.16.3.4/a.jpg",
            "http://192.168.1.1/a.jpg",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/a.jpg",
            "http://[::1]/a.jpg",
            "http://[::]/a.jpg",
            "http://[::ffff:127.0.0.1]/a.jpg",
            "http://[64:ff9b::10.0.0.1]/a.jpg",
            "http://[2002:7f00:1::]/a.jpg",
            "http://[fe80::1]/a.jpg",
            "http://[fd00::1]/a.jpg",
            "http://[ff02::1]/a.jpg",
        ] {
            assert!(matches!(verdict(bad), Err(Trouble::Declined(_))), "{bad}");
        }
    }
}
