//! Why a request is not answered, as a status and a sentence.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cutting_room_core::Error;
use cutting_room_core::media::decode;
use serde::Serialize;
use utoipa::ToSchema;

/// The document of every answer that is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// What happened and what helps, for a person.
    pub error: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub status: StatusCode,
    pub text: String,
    /// Seconds after which another try makes sense.
    pub retry_after: Option<u64>,
}

impl Problem {
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            retry_after: None,
        }
    }

    /// More than this computer can do just now.
    pub fn busy(text: &str) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, text)
        }
    }

    /// Something went wrong here; what, is for the log.
    pub fn internal(what: &impl std::fmt::Display) -> Self {
        tracing::error!("a request failed: {what}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The demo made a mistake with this image; try another one, and tell whoever runs it",
        )
    }

    /// What decoding said of `bytes`. The place that its messages name is none of the visitor's.
    pub fn of_image(error: &Error, bytes: &[u8]) -> Self {
        match error {
            Error::Image { reason, .. } => {
                let is_known = decode::format_name(bytes).is_some();
                let status = if !is_known || reason.contains("cannot be read") {
                    StatusCode::UNSUPPORTED_MEDIA_TYPE
                } else if reason.contains("too large") || reason.contains("too much memory") {
                    StatusCode::PAYLOAD_TOO_LARGE
                } else {
                    StatusCode::UNPROCESSABLE_ENTITY
                };
                Self::new(status, sentence(reason))
            }
            other => Self::internal(other),
        }
    }
}

/// With a capital letter.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody { error: self.text };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
