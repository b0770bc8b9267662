//! What is done at each address of the API. What stands in front of each is its description for programs.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use cutting_room_core::predict::Inspection;
use tokio::time::timeout;
use utoipa::openapi::OpenApi;

use crate::answers::{Asked, answer, heatmaps};
use crate::app::App;
use crate::documents::{Answer, HeatmapAnswer, ImageForm, Model, Question};
use crate::look::{Looked, look};
use crate::problem::{Problem, ProblemBody};

/// What the model is, how right it is and what it is not for.
#[utoipa::path(get, path = "/api/model", responses((status = 200, body = Model)))]
pub(crate) async fn model(State(app): State<Arc<App>>) -> Json<Model> {
    Json(Model {
        card: app.card.clone(),
        most_bytes: app.limits.body_bytes,
        most_pixels: app.limits.pixels,
    })
}

/// What an image shows: the probabilities that the studio gives.
#[utoipa::path(
    post,
    path = "/api/predict",
    request_body(content(
        (Vec<u8> = "application/octet-stream"),
        (ImageForm = "multipart/form-data")
    )),
    responses(
        (status = 200, body = Answer),
        (status = 400, body = ProblemBody, description = "There is no image in the request"),
        (status = 413, body = ProblemBody, description = "The file or the image is too large"),
        (status = 415, body = ProblemBody, description = "It is no image, or of a format that is not read"),
        (status = 422, body = ProblemBody, description = "The image is damaged, or something else at once"),
        (status = 429, body = ProblemBody, description = "Too many images from one address"),
        (status = 503, body = ProblemBody, description = "Too many images at once, or it took too long"),
    )
)]
pub(crate) async fn predict(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Json<Answer>, Problem> {
    let (looked, inspection) = within(&app, ask(&app, request)).await?;
    Ok(Json(answer(
        app.predictor.classes(),
        &inspection.prediction,
        (looked.width, looked.height),
    )))
}

/// What an image shows, and where: the probabilities and a small map of each class.
#[utoipa::path(
    post,
    path = "/api/heatmap",
    params(Question),
    request_body(content(
        (Vec<u8> = "application/octet-stream"),
        (ImageForm = "multipart/form-data")
    )),
    responses(
        (status = 200, body = HeatmapAnswer),
        (status = 400, body = ProblemBody, description = "There is no image in the request, or no such class"),
        (status = 413, body = ProblemBody, description = "The file or the image is too large"),
        (status = 415, body = ProblemBody, description = "It is no image, or of a format that is not read"),
        (status = 422, body = ProblemBody, description = "The image is damaged, or something else at once"),
        (status = 429, body = ProblemBody, description = "Too many images from one address"),
        (status = 503, body = ProblemBody, description = "Too many images at once, or it took too long"),
    )
)]
pub(crate) async fn heatmap(
    State(app): State<Arc<App>>,
    Query(question): Query<Question>,
    request: Request,
) -> Result<Json<HeatmapAnswer>, Problem> {
    let asked = Asked::of(&question, app.predictor.classes())?;
    let explained = async {
        let (looked, inspection) = ask(&app, request).await?;
        app.beside(move |app| heatmaps(&app.predictor, &inspection, &looked, &asked))
            .await
    };
    Ok(Json(within(&app, explained).await?))
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub(crate) async fn openapi(Extension(api): Extension<Arc<OpenApi>>) -> Json<OpenApi> {
    Json(OpenApi::clone(&api))
}

/// Whether the demo runs; needs no token.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = String, content_type = "text/plain", description = "ok")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// What it has done so far, for Prometheus.
#[utoipa::path(get, path = "/metrics", responses((status = 200, body = String, content_type = "text/plain", description = "Text format 0.0.4")))]
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    let kind: [(HeaderName, &str); 1] =
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, app.metrics.text())
}

pub(crate) async fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "There is nothing at this address; the page is at /, and /api/openapi.json says what else there is",
    )
}

pub(crate) async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This address takes another method; images are sent with POST",
    )
}

/// Reads, decodes and asks.
async fn ask(app: &Arc<App>, request: Request) -> Result<(Looked, Inspection), Problem> {
    let upload = app.room.read(request, &app.limits).await?;
    let looked = app
        .beside(move |app| look(&upload.bytes, &app.predictor, &app.limits))
        .await?;
    let inspection = app.queue.ask(looked.prepared.clone()).await?;
    Ok((looked, inspection))
}

async fn within<T>(
    app: &App,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let done = timeout(app.limits.time, work).await;
    done.unwrap_or_else(|_| {
        Err(Problem::busy(
            "It took too long to read and answer the image; try again, or send a smaller copy",
        ))
    })
}
