//! Where a demo listens, and what a visitor types to get there.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use cutting_room_core::{Error, Result};

/// # Errors
/// [`Error::Invalid`] where something else listens already, or nobody may.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| {
        let (ip, port) = (address.ip(), address.port());
        Error::Invalid(match error.kind() {
            ErrorKind::AddrInUse => format!(
                "port {port} of {ip} is taken, perhaps by another demo; stop that one, or choose another port (on the command line: `--port 0` takes any that is free)"
            ),
            ErrorKind::PermissionDenied => format!(
                "the system does not let this program listen on port {port}; choose one above 1023"
            ),
            ErrorKind::AddrNotAvailable => {
                format!("{ip} is no address of this computer; name one that it has, or 0.0.0.0 for all of them")
            }
            _ => format!("nothing can listen on {address} ({error}); choose another port or host"),
        })
    })
}

/// `http://127.0.0.1:8750/`, with the token if there is one.
pub(crate) fn url(listens: SocketAddr, token: Option<&str>) -> String {
    let host = opened(listens);
    match token {
        Some(token) => format!("http://{host}/?token={token}"),
        None => format!("http://{host}/"),
    }
}

/// Where it can be opened: nobody can open 0.0.0.0.
pub(crate) fn opened(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        ip if ip.is_unspecified() => own_address().unwrap_or(Ipv4Addr::LOCALHOST.into()),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

/// The address under which others in the same network reach this computer: that from which it would send to the world.
/// Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address for documents, which nobody has (RFC 5737).
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified()).then_some(ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_can_be_typed_and_holds_the_token() {
        let here = SocketAddr::from(([127, 0, 0, 1], 8750));
        assert_eq!(url(here, None), "http://127.0.0.1:8750/");
        assert_eq!(
            url("[::1]:80".parse().unwrap(), Some("abcdefgh")),
            "http://[::1]:80/?token=abcdefgh"
        );
        let everywhere = url(SocketAddr::from(([0, 0, 0, 0], 8750)), None);
        assert!(!everywhere.contains("0.0.0.0"), "{everywhere}");
    }

    #[test]
    fn a_port_that_is_taken_is_named_with_what_helps() {
        let taken = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let error = listen(taken.local_addr().unwrap()).unwrap_err().to_string();
        assert!(error.contains("--port 0"), "{error}");
    }
}
