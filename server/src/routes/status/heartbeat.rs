//! `GET /status/heartbeat`: whether this server lives and leads. It has no limit and asks nobody.

use axum::extract::State;
use axum::response::Response;
use throng_api::status::Heartbeat;

use crate::app::App;
use crate::calls;
use crate::desk::State as DeskState;
use crate::wire::ok;

/// Says whether it lives.
pub async fn get(State(app): State<App>) -> Response {
    let leads = app.desk.state() == DeskState::Leading;
    ok(&Heartbeat {
        message: if leads { "OK" } else { "DOWN" }.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        // Calls do not wait for a thread here: they are begun as they come.
        queue: 0,
        threads: std::thread::available_parallelism().map_or(1, |count| count.get() as u64),
        active_count: calls::active(),
        db_connection: leads,
    })
}
