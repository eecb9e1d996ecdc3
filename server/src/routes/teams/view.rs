//! A team as the wire shows it.

use std::collections::BTreeMap;

use throng_api::teams::{ModelLite, TeamDetails, WorkerLite};
use throng_domain::desk::answer::TeamView;

use super::super::asked::number;
use super::super::users::alias;

/// Shows a team.
pub(super) fn shown(view: &TeamView) -> TeamDetails {
    let (team, counts) = (&view.record, &view.record.counts);
    let mut models = BTreeMap::<&str, i64>::new();
    for (worker, _) in &view.workers {
        for model in &worker.profile.models {
            *models.entry(model).or_default() += 1;
        }
    }
    let workers = view.workers.iter().map(|(worker, online)| WorkerLite {
        kind: worker.profile.ability.kind().as_str().to_owned(),
        name: worker.name.to_string(),
        id: worker.id.to_string(),
        online: *online,
    });
    TeamDetails {
        name: team.name.to_string(),
        id: team.id.to_string(),
        info: team.info.as_deref().map(str::to_owned),
        requests_fulfilled: counts.fulfilments as i64,
        kudos: number(counts.kudos),
        uptime: counts.uptime_seconds as i64,
        creator: alias(&view.owner),
        worker_count: view.workers.len() as i64,
        workers: workers.collect(),
        models: models.into_iter().map(|(name, count)| ModelLite { name: name.to_owned(), count }).collect(),
    }
}
