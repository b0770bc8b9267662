//! Who comes in, how often, and what every answer carries.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::client::{client, is_here};
use crate::page;
use crate::problem::Problem;
use crate::rates::Refused;
use crate::token::is_token;

/// Who sends a request; every connection puts it there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub IpAddr);

/// What the page may do: its own files, and images that it has from its visitor. Nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Without a token these can be had: they say nothing about the model.
const PUBLIC: [&str; 3] = ["/healthz", page::STYLE, page::SCRIPT];

pub(crate) async fn gate(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    app.metrics.begun();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("other", MatchedPath::as_str).to_owned();
    let is_page = route == page::INDEX;
    let mut response = match admit(&app, &request, &route, started) {
        Ok(()) => next.run(request).await,
        Err(problem) if is_page => page::refusal(&problem),
        Err(problem) => problem.into_response(),
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
    }
    protect(response.headers_mut());
    let status = response.status().as_u16();
    app.metrics.answered(&route, status, started.elapsed());
    response
}

fn admit(app: &App, request: &Request, route: &str, now: Instant) -> Result<(), Problem> {
    if PUBLIC.contains(&route) {
        return Ok(());
    }
    let peer = request.extensions().get::<Peer>();
    let client = peer.map(|peer| client(peer.0, request.headers()));
    match &app.token {
        Some(known) => {
            let given = given(request);
            if !given.is_some_and(|given| is_token(known, given)) {
                // By themselves: whoever guesses takes nothing from those who know it and have his address.
                if let (Some(client), true) = (client, given.is_some()) {
                    let guessed = app.guesses.take(client, now);
                    guessed.map_err(|refused| refusal(refused, "Too many wrong tokens came from your address; wait a moment, then open the whole address that you were given"))?;
                }
                return Err(Problem::new(
                    StatusCode::UNAUTHORIZED,
                    "This demo needs its token; open the whole address that you were given, or send the token as `Authorization: Bearer TOKEN`",
                ));
            }
        }
        None if is_here(app.address.ip()) && !names_this_computer(request.headers()) => {
            // A page elsewhere whose name was pointed here (DNS rebinding) could read the answers otherwise.
            return Err(Problem::new(
                StatusCode::MISDIRECTED_REQUEST,
                "This demo is for this computer alone; open it as http://localhost or http://127.0.0.1",
            ));
        }
        None => {}
    }
    if request.method() == Method::POST {
        if is_of_another_page(request.headers()) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "Pages of other servers may not ask this demo; open its own page",
            ));
        }
        if let (Some(rates), Some(client)) = (&app.rates, client) {
            let text = format!(
                "Your address has asked as often as it may, {} times in a minute; wait a moment and ask again then",
                rates.per_minute
            );
            rates
                .take(client, now)
                .map_err(|refused| refusal(refused, &text))?;
        }
    }
    Ok(())
}

/// It could not read the answer, but keep this computer busy. Browsers say whose page it is (Fetch Metadata).
fn is_of_another_page(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_some_and(|site| site != "same-origin" && site != "none")
}

/// `too_often`: what to say of an address that has asked too often.
fn refusal(refused: Refused, too_often: &str) -> Problem {
    match refused {
        Refused::TooOften(wait) => {
            let seconds = wait.as_secs_f64().ceil() as u64;
            Problem {
                retry_after: Some(seconds.max(1)),
                ..Problem::new(StatusCode::TOO_MANY_REQUESTS, too_often)
            }
        }
        Refused::Crowded => {
            Problem::busy("More visitors ask than this demo keeps apart; try again in a minute")
        }
    }
}

fn given(request: &Request) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION);
    let bearer = header
        .and_then(|value| value.to_str().ok())
        .and_then(of_bearer);
    bearer.or_else(|| in_query(request.uri()))
}

/// The name of the scheme may be written in any case (RFC 9110, 11.1).
fn of_bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim_start())
}

/// A token has no letters that an address would write in another way.
fn in_query(uri: &Uri) -> Option<&str> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("token="))
}

fn names_this_computer(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_here)
}

fn protect(headers: &mut HeaderMap) {
    let all: [(HeaderName, &'static str); 7] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_computer_are_answered_without_a_token() {
        let names = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            names_this_computer(&headers)
        };
        for own in [
            "localhost",
            "LOCALHOST:8750",
            "127.0.0.1:80",
            "[::1]:8750",
            "[::1]",
        ] {
            assert!(names(own), "{own}");
        }
        for other in [
            "evil.example",
            "127.0.0.1.evil.example",
            "",
            "192.0.2.7:8750",
        ] {
            assert!(!names(other), "{other}");
        }
        assert!(!names_this_computer(&HeaderMap::new()));
    }

    #[test]
    fn the_scheme_of_a_header_is_read_in_any_case() {
        for header in ["Bearer abc", "bearer abc", "BEARER  abc"] {
            assert_eq!(of_bearer(header), Some("abc"), "{header}");
        }
        assert_eq!(of_bearer("Basic abc"), None);
        assert_eq!(of_bearer("bearerabc"), None);
    }

    #[test]
    fn the_token_of_an_address_is_found_among_others() {
        let token = |uri: &'static str| in_query(&Uri::from_static(uri)).map(str::to_owned);
        assert_eq!(token("/?class=a&token=abc"), Some("abc".to_owned()));
        assert_eq!(token("/?mytoken=abc"), None);
    }
}
