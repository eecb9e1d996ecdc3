//! The table of routes.

use axum::Router;

use crate::app::App;

/// Returns every route.
pub fn router(app: App) -> Router {
    Router::new().with_state(app)
}
