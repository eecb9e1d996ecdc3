//! Answers that are kept: near the caller in Cloudflare's cache, and for the busiest moments in this program's memory.
//! Given while they are fresh, given once more while a new one is fetched, and given old, and saying so, when no new
//! one can be had. Not here: which answers, and for how long (the policy).

mod memory;

use std::rc::Rc;

use sha2::{Digest as _, Sha256};
use throng_api::watch::STALE_HEADER;
use throng_policy::keep::ON_ERROR_SECONDS;
use throng_policy::limits::LOOKING;
use throng_policy::{Cached, Keep, Standing};
use worker::{Cache, Delay, Headers, Response, ResponseBuilder, Result, console_warn};

use self::memory::{Kept, WAIT_STEP, WAIT_STEPS_MAX};
use crate::answers::{self, HOW_HEADER};
use crate::call::Call;
use crate::clock;
use crate::doorman::{Door, answered};
use crate::origin;
use crate::setup::Setup;
use crate::walls;

/// Bytes of an answer that is kept: the longest list there is has some hundred thousand.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// When an answer came, in milliseconds since 1970. Only in the cache.
const CAME_HEADER: &str = "throng-came";

/// Headers that belong to one answer alone, or that are put on anew.
const NOT_KEPT: [&str; 9] = [
    "age",
    "date",
    "x-request-id",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "retry-after",
    "content-encoding",
    "content-length",
];

/// Answers from what is kept, or asks and keeps.
pub(crate) async fn answer(call: &mut Call, door: &Door, cached: Cached) -> Result<Response> {
    let key = {
        let header = |name: &'static str| call.bytes_of(name);
        cached.key(&call.path, &call.query, header)
    };
    let Some(key) = key else { return door.ask(call).await };
    // One name for all that lead here: whoever owns one zone cannot be given what was kept for another.
    let name = format!("{}/edge/kept/{:x}", call.place, Sha256::digest(&key));
    let now = clock::millis();
    let kept = find(&name).await;
    let standing = kept.as_ref().map_or(Standing::Gone, |kept| cached.keep.standing(now - kept.came));
    match (kept, standing) {
        (Some(kept), Standing::Fresh) => given(&kept, "hit", now),
        (Some(kept), Standing::Stale) => {
            if memory::lead(&name) {
                let (call, setup) = (call.again()?, door.setup.clone());
                door.context.wait_until(async move {
                    if let Err(error) = fetch(&call, &setup, &name, cached.keep).await {
                        console_warn!("a kept answer could not be renewed: {error}");
                    }
                });
            }
            given(&kept, "stale", now)
        }
        (kept, standing) => {
            let spare = kept.filter(|_| standing == Standing::Spare);
            anew(call, door, &name, cached.keep, spare).await
        }
    }
}

/// Fetches an answer, or waits for somebody who is fetching it.
async fn anew(call: &mut Call, door: &Door, name: &str, keep: Keep, spare: Option<Rc<Kept>>) -> Result<Response> {
    if let Some(spare) = spare.as_ref().filter(|_| memory::failed_just_now(name)) {
        return old(spare);
    }
    if !memory::lead(name) {
        // Nothing of one call can be awaited by another here, so whoever comes second looks now and then whether it is there.
        for _ in 0..WAIT_STEPS_MAX {
            Delay::from(WAIT_STEP).await;
            let now = clock::millis();
            if let Some(kept) = memory::look(name).filter(|kept| keep.standing(now - kept.came) == Standing::Fresh) {
                return given(&kept, "hit", now);
            }
            if memory::failed_just_now(name) {
                return spare.map_or_else(answers::nobody, |spare| old(&spare));
            }
            // What came was not for others.
            if !memory::is_awaited(name) {
                break;
            }
        }
    }
    if walls::is_too_many(call, &door.env, LOOKING).await {
        memory::land(name);
        return answers::too_often(LOOKING);
    }
    // Whoever can give something old does not let anybody wait for long.
    let impatient = spare.is_some().then(|| door.setup.impatient());
    let fetched = fetch(call, impatient.as_ref().unwrap_or(&door.setup), name, keep).await;
    memory::land(name);
    match (fetched?, spare) {
        (Fetched::Kept(kept), _) => given(&kept, "miss", clock::millis()),
        (Fetched::Own(response), spare) if response.status_code() >= 500 => {
            memory::fail(name);
            // In trouble, something old is better than nothing.
            spare.map_or(Ok(response), |spare| old(&spare))
        }
        (Fetched::Own(response), _) => Ok(response),
    }
}

/// Gives what is too old to be given, because there is nothing else, and says so.
fn old(spare: &Kept) -> Result<Response> {
    answers::with(given(spare, "stale", clock::millis())?, STALE_HEADER, "1")
}

/// What came of asking.
enum Fetched {
    /// Something for all.
    Kept(Rc<Kept>),
    /// Something for whoever asked.
    Own(Response),
}

async fn fetch(call: &Call, setup: &Setup, name: &str, keep: Keep) -> Result<Fetched> {
    let response = answered(origin::look(call, setup, "GET", &call.target()).await?);
    let mut response = match response {
        Ok(response) if response.status_code() == 200 && is_public(response.headers())? => response,
        other => {
            memory::land(name);
            return other.map(Fetched::Own);
        }
    };
    let headers = response.headers().entries().filter(|(name, _)| !NOT_KEPT.contains(&name.as_str())).collect();
    // The server's own memory may have held it for a while.
    let age = response.headers().get("age")?.and_then(|age| age.parse::<i64>().ok()).unwrap_or(0);
    let body = response.bytes().await?;
    let kept = Rc::new(Kept { came: clock::millis() - age * 1000, headers, body });
    if kept.body.len() <= ANSWER_BYTES_MAX {
        memory::keep(name, &kept);
        if let Err(error) = put_away(name, &kept, keep).await {
            console_warn!("an answer could not be kept: {error}");
        }
    }
    Ok(Fetched::Kept(kept))
}

/// Finds what is kept: in memory, else in the cache.
async fn find(name: &str) -> Option<Rc<Kept>> {
    if let Some(kept) = memory::look(name) {
        return Some(kept);
    }
    // Where there is no cache, nothing is in it.
    let mut found = Cache::default().get(name, true).await.ok()??;
    let came = found.headers().get(CAME_HEADER).ok()??.parse().ok()?;
    let headers =
        found.headers().entries().filter(|(name, _)| !matches!(name.as_str(), CAME_HEADER | "cf-cache-status"));
    let headers = headers.filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()) && name != "cache-control").collect();
    let kept = Rc::new(Kept { came, headers, body: found.bytes().await.ok()? });
    memory::keep(name, &kept);
    Some(kept)
}

async fn put_away(name: &str, kept: &Kept, keep: Keep) -> Result<()> {
    let headers = written(kept)?;
    headers.set(CAME_HEADER, &kept.came.to_string())?;
    let seconds = (keep.fresh + keep.stale).max(ON_ERROR_SECONDS);
    headers.set("cache-control", &format!("public, max-age={seconds}"))?;
    let response = ResponseBuilder::new().with_headers(headers).fixed(kept.body.clone());
    Cache::default().put(name, response).await
}

fn written(kept: &Kept) -> Result<Headers> {
    let headers = Headers::new();
    for (name, value) in &kept.headers {
        headers.append(name, value)?;
    }
    Ok(headers)
}

/// Gives what is kept.
fn given(kept: &Kept, how: &str, now: i64) -> Result<Response> {
    let headers = written(kept)?;
    headers.set("age", &((now - kept.came).max(0) / 1000).to_string())?;
    headers.set(HOW_HEADER, how)?;
    Ok(ResponseBuilder::new().with_headers(headers).fixed(kept.body.clone()))
}

/// Whether an answer says nothing against being given to others, and is not itself one that is too old.
fn is_public(headers: &Headers) -> Result<bool> {
    let said = headers.get("cache-control")?.unwrap_or_default();
    Ok(!headers.has(STALE_HEADER)?
        && !said.contains("no-store")
        && !said.contains("private")
        && !headers.has("set-cookie")?)
}
