//! `GET /stats/img/loras`, a path of our own: the LoRAs used most, by their numbers at CivitAI. Told ten minutes late at most.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use throng_api::stats::{LoraCount, LoraCounts};
use throng_domain::Kind;

use crate::app::App;
use crate::error::Error;
use crate::statistics::{Windows, facet};
use crate::store::statistics::most_used;
use crate::wire::ok;

/// LoRAs listed of each period.
const LORAS_MAX: usize = 100;

/// Lists them.
pub async fn get(State(app): State<App>) -> Result<Response, Error> {
    let windows = Windows::at(app.clock.now());
    Ok(ok(&LoraCounts {
        day: top(&app, windows.end.date_naive()).await?,
        month: top(&app, windows.month_days_from()).await?,
        total: top(&app, NaiveDate::default()).await?,
    }))
}

/// The most used since a day; LoRAs and versions of LoRAs in one list.
async fn top(app: &App, since: NaiveDate) -> Result<Vec<LoraCount>, Error> {
    let mut counts = Vec::new();
    for (kind_of_number, is_version) in [(facet::LORA, false), (facet::LORA_VERSION, true)] {
        let found = most_used(&app.pool, Kind::Image, kind_of_number, since, LORAS_MAX as i64).await;
        let found = found.map_err(Error::internal)?.into_iter();
        counts.extend(found.map(|one| LoraCount { name: one.value, is_version, times: one.times }));
    }
    counts.sort_by(|one, other| other.times.cmp(&one.times).then_with(|| one.name.cmp(&other.name)));
    counts.truncate(LORAS_MAX);
    Ok(counts)
}
