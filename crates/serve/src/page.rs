//! The page: three files that ask nobody but this program.

use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};

use crate::problem::Problem;

pub(crate) const INDEX: &str = "/";
pub(crate) const STYLE: &str = "/page.css";
pub(crate) const SCRIPT: &str = "/page.js";

type Kind = [(HeaderName, &'static str); 1];

/// The page, for people.
#[utoipa::path(get, path = "/", responses(
    (status = 200, body = String, content_type = "text/html", description = "The page"),
    (status = "4XX", body = String, content_type = "text/html", description = "Why there is none: 401, 421 or 429, as of the API"),
))]
pub(crate) async fn index() -> Html<&'static str> {
    Html(include_str!("page/index.html"))
}

pub(crate) async fn style() -> (Kind, &'static str) {
    let kind = [(CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("page/page.css"))
}

pub(crate) async fn script() -> (Kind, &'static str) {
    let kind = [(CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("page/page.js"))
}

/// Why there is no page, for people. The text is this program's own, so nothing in it is to be escaped.
pub(crate) fn refusal(problem: &Problem) -> Response {
    let page = include_str!("page/refused.html").replace("{problem}", &problem.text);
    (problem.status, Html(page)).into_response()
}
