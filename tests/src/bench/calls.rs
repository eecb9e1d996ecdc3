//! The five calls of an image cycle, as any client of the wire makes them. Not here: who makes them when, and how long they take.

use crate::wire::{Answer, Wire};
use anyhow::{Context as _, Result, bail};
use serde_json::json;
use std::time::Duration;

/// The model of the cycles; every worker serves it.
pub const MODEL: &str = "throng-shapes";

/// An answer that takes longer is an error: the server's own patience with its database is shorter.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Makes a call, or gives it up when no answer comes.
pub async fn within<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    let answer = tokio::time::timeout(ANSWER_MAX, call).await;
    answer.with_context(|| format!("no answer within {ANSWER_MAX:?}"))?
}

/// Asks for `n` pictures and returns the request's id.
pub async fn ask(wire: &mut Wire, model: &str, n: usize) -> Result<String> {
    let body = json!({
        "prompt": "a red circle left of a blue square ### blurry",
        "params": {"width": 512, "height": 512, "steps": 20, "n": n},
        "models": [model],
    });
    let answer = expect(202, wire.post("/api/v2/generate/async", &body).await?)?;
    Ok(answer.json["id"].as_str().context("no id in the answer")?.to_owned())
}

/// Pops one job of the model for a worker of this name and returns its generation, if there was a job.
pub async fn pop(wire: &mut Wire, worker: &str, model: &str) -> Result<Option<String>> {
    let body = json!({
        "name": worker, "models": [model], "bridge_agent": "AI Horde Worker reGen:13:bench", "threads": 1,
        "max_pixels": 1_048_576, "nsfw": true, "amount": 1,
    });
    let answer = expect(200, wire.post("/api/v2/generate/pop", &body).await?)?;
    Ok(answer.json["id"].as_str().map(str::to_owned))
}

/// Submits a picture that was uploaded.
pub async fn submit(wire: &mut Wire, generation: &str) -> Result<()> {
    let body = json!({"id": generation, "generation": "R2", "seed": 42, "state": "ok", "censored": false});
    expect(200, wire.post("/api/v2/generate/submit", &body).await?).map(drop)
}

/// Checks how far a request is.
pub async fn check(wire: &mut Wire, request: &str) -> Result<Answer> {
    expect(200, wire.get(&format!("/api/v2/generate/check/{request}")).await?)
}

/// Looks at what has come of a request.
pub async fn status(wire: &mut Wire, request: &str) -> Result<Answer> {
    expect(200, wire.get(&format!("/api/v2/generate/status/{request}")).await?)
}

fn expect(status: u16, answer: Answer) -> Result<Answer> {
    if answer.status.as_u16() != status {
        bail!("expected {status}, got {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    Ok(answer)
}
