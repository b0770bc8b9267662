//! Whose request it is: whoever is at the other end of the connection, or whom a proxy on this computer speaks for.
//!
//! Behind a proxy all visitors have its address, and would share the images that one of them may send. So a peer on this
//! computer is believed what it says in `X-Forwarded-For`; anybody else could write there what he likes. A proxy adds the
//! address that it sees at the end, and what stands before may be a lie.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// `peer`: the other end of the connection.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !is_here(peer) {
        return peer;
    }
    let lists = headers.get_all(FORWARDED).iter().rev();
    let said = lists.flat_map(|list| {
        let list = list.to_str().unwrap_or_default();
        list.rsplit(',').map(|entry| address(entry.trim()))
    });
    // Proxies here may stand in a row; where one wrote no address, nothing before it counts.
    said.map_while(|address| address)
        .find(|address| !is_here(*address))
        .unwrap_or(peer)
}

/// Whether it is an address of this computer that others cannot have.
pub(crate) fn is_here(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Some proxies write the port, too.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry
        .strip_prefix('[')
        .and_then(|entry| entry.strip_suffix(']'))
        .unwrap_or(entry);
    let with_port = || entry.parse().map(|address: SocketAddr| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, lists: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(FORWARDED, HeaderValue::from_static(list));
        }
        client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_proxy_on_this_computer_speaks_for_its_visitors() {
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(seen("::1", &["192.0.2.7:4711"]), "192.0.2.7");
        assert_eq!(seen("127.0.0.1", &["[2001:db8::7]:80"]), "2001:db8::7");
        // What a visitor wrote himself stands before what the proxy saw.
        for lists in [&["10.0.0.1, 192.0.2.7"] as &[_], &["10.0.0.1", "192.0.2.7"]] {
            assert_eq!(seen("127.0.0.1", lists), "192.0.2.7");
        }
        assert_eq!(seen("127.0.0.1", &["192.0.2.7, 127.0.0.1"]), "192.0.2.7");
        assert_eq!(seen("127.0.0.1", &["192.0.2.7, unknown"]), "127.0.0.1");
    }

    #[test]
    fn others_are_not_believed() {
        assert_eq!(seen("192.0.2.9", &["192.0.2.7"]), "192.0.2.9");
    }
}
