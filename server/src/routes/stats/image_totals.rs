//! `GET /stats/img/totals`: how many images were made, and how much work they were.

use axum::extract::State;
use axum::response::Response;
use throng_api::stats::{ImageTotals, Images};
use throng_domain::Kind;

use super::totals;
use crate::app::App;
use crate::error::Error;
use crate::store::statistics::Sum;
use crate::wire::ok;

/// Sums them up.
pub async fn get(State(app): State<App>) -> Result<Response, Error> {
    let found = totals(&app, Kind::Image).await?;
    let shown = |sum: Sum| Images { images: sum.made, ps: sum.things };
    Ok(ok(&ImageTotals {
        minute: shown(found.minute),
        hour: shown(found.hour),
        day: shown(found.day),
        month: shown(found.month),
        total: shown(found.total),
    }))
}
