//! `GET /webhooks/secret`, a path of our own: what a user checks the signatures of announcements with.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, header};
use throng_api::webhooks::WebhookSecret;

use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::webhooks::secret;
use crate::wire::ok;

/// Tells the caller its secret.
pub async fn get(State(app): State<App>, call: Call) -> Result<Response, Error> {
    let user = call.caller(&app)?.user();
    let mut response = ok(&WebhookSecret { secret: secret(&app.secret, user) });
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
