//! Which address leads where. Routes of the API are registered by their descriptions, so neither can be without the other.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Extension, Router, middleware};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::{gate, handlers, page};

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Cutting Room demo",
    description = "A trained image classifier: what an image shows, and where. Where the demo has a token, send it as `Authorization: Bearer TOKEN` or as `?token=TOKEN`.",
))]
struct Api;

pub(crate) fn router(app: Arc<App>) -> Router {
    let (router, api) = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(page::index))
        .routes(routes!(handlers::model))
        .routes(routes!(handlers::predict))
        .routes(routes!(handlers::heatmap))
        .routes(routes!(handlers::openapi))
        .routes(routes!(handlers::healthz))
        .routes(routes!(handlers::metrics))
        .split_for_parts();
    router
        .route(page::STYLE, get(page::style))
        .route(page::SCRIPT, get(page::script))
        .fallback(handlers::not_found)
        .method_not_allowed_fallback(handlers::wrong_method)
        .layer(Extension(Arc::new(api)))
        // Bodies have limits of their own, see `body`.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::clone(&app), gate::gate))
        .with_state(app)
}
