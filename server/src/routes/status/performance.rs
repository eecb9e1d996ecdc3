//! `GET /status/performance`: how much is waiting and how much is being made.

use axum::extract::State;
use axum::response::Response;
use throng_api::status::Performance;

use super::models::in_millions;
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Says how the network is doing.
pub async fn get(State(app): State<App>) -> Result<Response, Error> {
    let found = app.desk.performance().await?;
    Ok(ok(&Performance {
        queued_requests: found.image.queued_requests as i64,
        queued_text_requests: found.text.queued_requests as i64,
        worker_count: i64::from(found.image.workers),
        text_worker_count: i64::from(found.text.workers),
        thread_count: i64::from(found.image.threads),
        text_thread_count: i64::from(found.text.threads),
        queued_megapixelsteps: in_millions(found.image.queued_things),
        past_minute_megapixelsteps: in_millions(found.image.past_minute_things),
        queued_forms: found.alchemy.queued_requests as f64,
        interrogator_count: i64::from(found.alchemy.workers),
        interrogator_thread_count: i64::from(found.alchemy.threads),
        queued_tokens: found.text.queued_things as f64,
        past_minute_tokens: found.text.past_minute_things as f64,
    }))
}
