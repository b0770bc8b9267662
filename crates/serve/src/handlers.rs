//! What is done at each address of the API. What stands in front of each is its description for programs.

use std::error::Error as _;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
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
use crate::documents::{Answer, HeatmapAnswer, ImageBytes, ImageForm, Model, Question};
use crate::look::{Looked, look};
use crate::problem::{Problem, ProblemBody};
use crate::refusals::{ImageRefusals, Refusals};

/// What the model is, how right it is and what it is not for.
#[utoipa::path(get, path = "/api/model", responses((status = 200, body = Model), Refusals))]
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
        (ImageBytes = "image/*"),
        (ImageForm = "multipart/form-data")
    )),
    responses(
        (status = 200, body = Answer),
        (status = 400, body = ProblemBody, description = "There is no image in the request, or more than one"),
        Refusals,
        ImageRefusals,
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
        (ImageBytes = "image/*"),
        (ImageForm = "multipart/form-data")
    )),
    responses(
        (status = 200, body = HeatmapAnswer),
        (status = 400, body = ProblemBody, description = "There is no image in the request, or more than one, or no such class"),
        Refusals,
        ImageRefusals,
    )
)]
pub(crate) async fn heatmap(
    State(app): State<Arc<App>>,
    question: Result<Query<Question>, QueryRejection>,
    request: Request,
) -> Result<Json<HeatmapAnswer>, Problem> {
    let Query(question) = question.map_err(|rejected| unclear(&rejected))?;
    let asked = Asked::of(&question, app.predictor.classes())?;
    let explained = async {
        let (looked, inspection) = ask(&app, request).await?;
        app.beside(move |app| heatmaps(&app.predictor, &inspection, &looked, &asked))
            .await
    };
    Ok(Json(within(&app, explained).await?))
}

fn unclear(rejected: &QueryRejection) -> Problem {
    let reason = rejected
        .source()
        .map_or_else(|| rejected.body_text(), ToString::to_string);
    Problem::new(
        StatusCode::BAD_REQUEST,
        format!(
            "The question after the ? cannot be read ({reason}); name class and against once at most"
        ),
    )
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"), Refusals))]
pub(crate) async fn openapi(Extension(api): Extension<Arc<OpenApi>>) -> Json<OpenApi> {
    Json(OpenApi::clone(&api))
}

/// Whether the demo runs; needs no token.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = String, content_type = "text/plain", description = "ok")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// What it has done so far, for Prometheus.
#[utoipa::path(get, path = "/metrics", responses((status = 200, body = String, content_type = "text/plain", description = "Text format 0.0.4"), Refusals))]
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
