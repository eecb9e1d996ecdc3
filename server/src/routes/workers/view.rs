//! A worker as the wire shows it, by how much the viewer may see.

use throng_api::workers::{TeamLite, WorkerDetails, WorkerKudosDetails};
use throng_domain::desk::answer::WorkerView;
use throng_domain::desk::restore::TeamRecord;
use throng_domain::offer::Ability;
use throng_domain::{Kind, UserId};

use super::super::asked::{number, roles};
use super::super::status::models::in_millions;
use super::super::users::alias;
use super::messages;
use crate::app::App;
use crate::auth::{Call, Caller, recognise};
use crate::error::Error;

/// Said of a worker that has done nothing yet; clients look for these words.
const NOTHING_YET: &str = "No requests fulfilled yet";

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Viewer {
    user: Option<UserId>,
    moderates: bool,
}

impl Viewer {
    /// Finds who looks. A key that nobody has sees what everybody sees.
    pub(super) async fn of(app: &App, call: &Call) -> Result<Self, Error> {
        match call.key_if_any().and_then(|key| recognise(app, key)) {
            Some(Caller::User(user)) => Ok(Self { user: Some(user), moderates: roles(app, user).await?.moderator }),
            Some(Caller::Anonymous) | None => Ok(Self { user: None, moderates: false }),
        }
    }

    /// Tells how much of a worker is seen.
    pub(super) fn sight(self, worker: &WorkerView) -> Sight {
        if self.moderates {
            Sight::Moderator
        } else if self.user == Some(worker.record.owner) || worker.owner.public_workers {
            Sight::Own
        } else {
            Sight::Public
        }
    }
}

/// How much of a worker is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sight {
    /// What everybody sees.
    Public,
    /// What the owner sees too, and everybody of a public owner: whose it is, and what it is told.
    Own,
    /// Everything.
    Moderator,
}

/// Shows a worker.
pub(super) fn shown(view: &WorkerView, sight: Sight) -> WorkerDetails {
    let (worker, profile, counts) = (&view.record, &view.record.profile, &view.record.counts);
    let (own, all) = (sight >= Sight::Own, sight >= Sight::Moderator);
    let kind = profile.ability.kind();
    let common = WorkerDetails {
        requests_fulfilled: counts.fulfilments as i64,
        kudos_rewards: number(counts.generated + counts.uptime_kudos),
        kudos_details: Some(WorkerKudosDetails {
            generated: Some(number(counts.generated)),
            uptime: Some(counts.uptime_kudos.rounded()),
        }),
        performance: performance(kind, view.speed_milli),
        threads: i64::from(profile.threads),
        uptime: counts.uptime_seconds as i64,
        maintenance_mode: worker.maintenance.is_some(),
        info: worker.info.as_deref().map(str::to_owned),
        nsfw: profile.nsfw,
        owner: own.then(|| alias(&view.owner)),
        messages: own.then(|| view.messages.iter().map(|message| messages::shown(message)).collect()),
        paused: all.then_some(worker.paused),
        suspicious: all.then(|| i64::from(counts.suspicions.total())),
        ipaddr: all.then(|| profile.address.to_string()),
        contact: view.owner.profile.contact.as_deref().filter(|_| all).map(str::to_owned),
        trusted: view.owner.roles.trusted,
        flagged: view.owner.roles.flagged,
        uncompleted_jobs: counts.uncompleted as i64,
        models: Some(profile.models.iter().map(ToString::to_string).collect()),
        team: view.team.as_deref().map(team).unwrap_or_default(),
        bridge_agent: profile.bridge_agent.to_string(),
        kind: type_of(kind).to_owned(),
        name: worker.name.to_string(),
        id: worker.id.to_string(),
        online: view.online,
        ..WorkerDetails::default()
    };
    match &profile.ability {
        Ability::Dreamer(dreamer) => WorkerDetails {
            max_pixels: Some(dreamer.max_pixels as i64),
            megapixelsteps_generated: Some(in_millions(counts.contributions)),
            img2img: Some(view.img2img),
            painting: Some(view.painting),
            post_processing: Some(dreamer.allow_post_processing),
            lora: Some(dreamer.allow_lora),
            controlnet: Some(dreamer.allow_controlnet),
            sdxl_controlnet: Some(dreamer.allow_sdxl_controlnet),
            ..common
        },
        Ability::Scribe(scribe) => WorkerDetails {
            max_length: Some(i64::from(scribe.max_length)),
            max_context_length: Some(i64::from(scribe.max_context_length)),
            ..common
        },
        Ability::Alchemist(_) => WorkerDetails {
            forms: common.models.clone(),
            models: None,
            // The wire shows no details of what an alchemist earned.
            kudos_details: Some(WorkerKudosDetails::default()),
            ..common
        },
    }
}

fn team(team: &TeamRecord) -> TeamLite {
    TeamLite { name: Some(team.name.to_string()), id: Some(team.id.to_string()) }
}

fn performance(kind: Kind, speed_milli: Option<u64>) -> String {
    let Some(speed_milli) = speed_milli else { return NOTHING_YET.to_owned() };
    let speed = speed_milli as f64 / 1000.0;
    match kind {
        Kind::Image => format!("{:.1} megapixelsteps per second", speed / 1e6),
        Kind::Text => format!("{speed:.1} tokens per second"),
        // An alchemist's speed is the time a form takes.
        Kind::Alchemy => format!("{speed:.1} seconds per form"),
    }
}

/// The wire's word for what a worker makes.
fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "image",
        Kind::Text => "text",
        Kind::Alchemy => "interrogation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_told_in_words_that_clients_read() {
        assert_eq!(performance(Kind::Text, None), "No requests fulfilled yet");
        assert_eq!(performance(Kind::Text, Some(52_340)), "52.3 tokens per second");
        assert_eq!(performance(Kind::Alchemy, Some(240)), "0.2 seconds per form");
        assert_eq!(performance(Kind::Image, Some(1_260_000_000)), "1.3 megapixelsteps per second");
    }
}
