//! `GET /stats/text/totals`: how many texts were written, and how many tokens were asked for.

use axum::extract::State;
use axum::response::Response;
use throng_api::stats::{TextTotals, Texts};
use throng_domain::Kind;

use super::totals;
use crate::app::App;
use crate::error::Error;
use crate::store::statistics::Sum;
use crate::wire::ok;

/// Sums them up.
pub async fn get(State(app): State<App>) -> Result<Response, Error> {
    let found = totals(&app, Kind::Text).await?;
    let shown = |sum: Sum| Texts { requests: sum.made, tokens: sum.things };
    Ok(ok(&TextTotals {
        minute: shown(found.minute),
        hour: shown(found.hour),
        day: shown(found.day),
        month: shown(found.month),
        total: shown(found.total),
    }))
}
