//! A request's body, read within limits: how large, how many at once; raw, or the file in a form.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;
use crate::problem::Problem;

/// What one permit stands for.
const UNIT_BYTES: usize = 1 << 10;

/// What a form adds to the file in it.
const FORM_BYTES: usize = 16 << 10;

/// Room in memory for the bodies of all requests together.
#[derive(Debug)]
pub(crate) struct Room(Arc<Semaphore>);

/// An upload, and the room that it takes until it is dropped.
pub(crate) struct Upload {
    pub bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl Room {
    pub fn new(limits: &Limits) -> Self {
        Self(Arc::new(Semaphore::new(limits.bodies_bytes / UNIT_BYTES)))
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.0).try_acquire_many_owned(units);
        room.map_err(|_full| {
            Problem::busy("Too many images are on their way; try again in a moment")
        })
    }

    /// The image in `request`.
    pub async fn read(&self, request: Request, limits: &Limits) -> Result<Upload, Problem> {
        let is_form = is_form(request.headers());
        let most = limits.body_bytes + if is_form { FORM_BYTES } else { 0 };
        let promised = promised(request.headers());
        if promised.is_some_and(|bytes| bytes > most) {
            return Err(too_large(limits));
        }
        let room = self.take(promised.unwrap_or(most))?;
        let (parts, body) = request.into_parts();
        let bytes = collect(body, promised.unwrap_or_default(), most)
            .await?
            .ok_or_else(|| too_large(limits))?;
        let bytes = if is_form {
            file_of_form(Request::from_parts(parts, Body::from(bytes))).await?
        } else {
            bytes
        };
        if bytes.is_empty() {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "The request is empty; send the bytes of an image",
            ));
        }
        if bytes.len() > limits.body_bytes {
            return Err(too_large(limits));
        }
        Ok(Upload { bytes, _room: room })
    }
}

fn too_large(limits: &Limits) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!(
            "The file is too large (the limit is {}); send a smaller copy",
            limits.body_text()
        ),
    )
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"))
}

fn promised(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `None` if there is more than `most`.
async fn collect(mut body: Body, promised: usize, most: usize) -> Result<Option<Bytes>, Problem> {
    let mut all = Vec::with_capacity(promised.min(most));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_cut_off| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "The upload was cut off; send the image again",
            )
        })?;
        if let Ok(data) = frame.into_data() {
            if all.len() + data.len() > most {
                return Ok(None);
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(Some(all.into()))
}

/// The only file, or else the first field.
async fn file_of_form(request: Request) -> Result<Bytes, Problem> {
    let bad = |text: String| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            format!(
                "The form cannot be read ({text}); send the image as a file in it, or alone as the body"
            ),
        )
    };
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| bad(error.body_text()))?;
    let (mut file, mut found) = (None, None);
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| bad(error.body_text()))?
    {
        let is_file = field.file_name().is_some();
        let bytes = field
            .bytes()
            .await
            .map_err(|error| bad(error.body_text()))?;
        if !is_file {
            found.get_or_insert(bytes);
        } else if file.replace(bytes).is_some() {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "There is more than one file in the form; send one image at a time",
            ));
        }
    }
    file.or(found)
        .ok_or_else(|| bad("there is nothing in it".to_owned()))
}
