//! What is told of generations that ended: lines for the statistics, grave reports, errands to webhooks. Not here: what becomes of them
//! (`store/statistics.rs`, `tasks/webhooks.rs`).

use sqlx::PgConnection;
use throng_domain::desk::chronicle::{Announcement, Outcome, Statistic};
use throng_domain::request::{ImageWork, Request, Work};
use throng_domain::{Timestamp, UserId};

use super::super::rows::Rows;
use super::{json, text, time};
use crate::statistics::{Facets, facet};

/// Models under test, which nobody is to hear of.
const SPECIAL: &str = "horde_special";

/// The first user keeps the house, and looks into grave matters.
const KEEPER: UserId = UserId(1);

/// Characters of a value that is counted.
const VALUE_CHARS_MAX: usize = 80;

pub(super) async fn statistics(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let counted: Vec<&Statistic> =
        rows.statistics.values().map(|statistic| &**statistic).filter(|one| !one.model.contains(SPECIAL)).collect();
    if counted.is_empty() {
        return Ok(());
    }
    let each = || counted.iter();
    sqlx::query!(
        "insert into statistic (generation_id, kind, model, ended_at, outcome, things, details) \
         select generation_id, kind, model, ended_at, outcome, things, details::json \
         from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[], $7::text[]) \
              as t (generation_id, kind, model, ended_at, outcome, things, details) \
         on conflict (generation_id) do nothing",
        &each().map(|one| one.generation.0).collect::<Vec<_>>(),
        &each().map(|one| one.request.kind().as_str().to_owned()).collect::<Vec<_>>(),
        &each().map(|one| text(&one.model)).collect::<Vec<_>>(),
        &each().map(|one| time(one.at)).collect::<Vec<_>>(),
        &each().map(|one| outcome(one.outcome).to_owned()).collect::<Vec<_>>(),
        &each().map(|one| things(&one.request)).collect::<Vec<_>>(),
        &each().map(|one| json(&facets(one))).collect::<Result<Vec<_>, _>>()?,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn problems(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let is_grave = |one: &&Statistic| one.outcome == Outcome::Csam && one.request.user != KEEPER;
    let grave: Vec<&Statistic> = rows.statistics.values().map(|one| &**one).filter(is_grave).collect();
    if grave.is_empty() {
        return Ok(());
    }
    let each = || grave.iter();
    sqlx::query!(
        "insert into problem (generation_id, request_id, user_id, worker_id, proxied_account, address, at) \
         select generation_id, request_id, user_id, worker_id, proxied_account, address, at \
         from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[]) \
              as t (generation_id, request_id, user_id, worker_id, proxied_account, address, at) \
         on conflict (generation_id) do nothing",
        &each().map(|one| one.generation.0).collect::<Vec<_>>(),
        &each().map(|one| one.request_id.0).collect::<Vec<_>>(),
        &each().map(|one| one.request.user.0).collect::<Vec<_>>(),
        &each().map(|one| one.worker.0).collect::<Vec<_>>(),
        &each().map(|one| one.request.proxied_account.as_deref().map(text)).collect::<Vec<_>>() as &[Option<String>],
        &each().map(|one| one.request.address.as_deref().map(text)).collect::<Vec<_>>() as &[Option<String>],
        &each().map(|one| time(one.at)).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn announcements(
    connection: &mut PgConnection,
    rows: &Rows,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    if rows.announcements.is_empty() {
        return Ok(());
    }
    let results = || rows.announcements.values().map(|result| &**result);
    sqlx::query!(
        "insert into outbox (id, topic, payload, created_at, due_at, tries) \
         select id, 'webhook', payload::json, $3, $3, 0 from unnest($1::uuid[], $2::text[]) as t (id, payload) \
         on conflict (id) do nothing",
        &results().map(|result| result.generation.0).collect::<Vec<_>>(),
        &results().map(json::<Announcement>).collect::<Result<Vec<_>, _>>()?,
        time(at),
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Censored | Outcome::Csam => "censored",
        Outcome::Faulted => "faulted",
    }
}

/// What was asked for, as the wire's statistics count it: steps as given, whatever the sampler makes of them.
fn things(request: &Request) -> i64 {
    let things = match &request.work {
        Work::Image(image) => image.area() * u64::from(image.steps),
        Work::Text(text) => u64::from(text.max_length),
        Work::Alchemy(alchemy) => alchemy.forms.len() as u64,
    };
    i64::try_from(things).unwrap_or(i64::MAX)
}

/// By which means.
fn facets(statistic: &Statistic) -> Facets {
    let request = &*statistic.request;
    let mut facets = Facets::default();
    let mut add = |name: &str, value: &str| {
        let value: String = text(value).chars().take(VALUE_CHARS_MAX).collect();
        facets.entry(name.to_owned()).or_default().push(value);
    };
    let mut agent = request.client_agent.split(':');
    add(facet::CLIENT, agent.next().unwrap_or_default());
    let bridge: Vec<&str> = statistic.bridge_agent.splitn(3, ':').take(2).collect();
    add(facet::BRIDGE, &bridge.join(":"));
    let (wanted, unwanted) = crate::filters::normal::split(&request.prompt);
    add(facet::PROMPT_CHARS, &wanted.chars().count().next_power_of_two().to_string());
    if !unwanted.trim().is_empty() {
        add(facet::NEGATIVE, "yes");
    }
    match &request.work {
        Work::Image(image) => image_facets(image, request, &mut add),
        Work::Text(text) => {
            add(facet::LENGTH, &text.max_length.to_string());
            add(facet::CONTEXT, &text.max_context_length.to_string());
            text.softprompt.iter().for_each(|name| add(facet::SOFTPROMPT, name));
        }
        Work::Alchemy(_) => {}
    }
    facets
}

fn image_facets(image: &ImageWork, request: &Request, add: &mut impl FnMut(&str, &str)) {
    add(facet::SIZE, &format!("{}x{}", image.width, image.height));
    add(facet::STEPS, &image.steps.to_string());
    add(facet::CFG, &(f64::from(image.cfg_scale_hundredths) / 100.0).to_string());
    add(facet::SAMPLER, &image.sampler);
    let flags = [
        (facet::NSFW, request.nsfw),
        (facet::HIRES_FIX, image.hires_fix),
        (facet::TILING, image.tiling),
        (facet::KARRAS, image.karras),
        (facet::SOURCE, image.source.is_some()),
    ];
    flags.into_iter().filter(|(_, set)| *set).for_each(|(name, _)| add(name, "yes"));
    image.control_type.iter().for_each(|name| add(facet::CONTROL, name));
    image.post_processing.iter().for_each(|name| add(facet::POST_PROCESSOR, name));
    for lora in &image.loras {
        add(if lora.is_version { facet::LORA_VERSION } else { facet::LORA }, &lora.name);
    }
    let inversions = request.payload["tis"].as_array().map_or(&[][..], Vec::as_slice);
    inversions.iter().filter_map(|one| one["name"].as_str()).for_each(|name| add(facet::TEXTUAL_INVERSION, name));
}
