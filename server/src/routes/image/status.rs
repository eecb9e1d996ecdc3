//! `GET /generate/status/{id}`: how far an image request is, with its images as links or as base64.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::image::{Generation, Status};
use throng_domain::desk::answer;
use throng_domain::offer::Product;
use throng_domain::{GenerationId, Kind};

use super::super::asked::{not_found, progress, request_id};
use crate::app::App;
use crate::auth::Call;
use crate::desk::DeskError;
use crate::error::Error;
use crate::images::links::{Permit, result_name};
use crate::images::source::encode_base64;
use crate::wire::ok;

/// Stands where a picture is gone.
const GONE: &str = "N/A";

/// Clients that take every address for base64 that does not begin with https: they get the picture itself where this server is
/// reached without.
const AGENTS_THAT_NEED_HTTPS: [&str; 4] = ["krita", "gimp", "aihordeclient", "blender"];

/// Tells how far it is, as often as anybody asks. Whoever knows the id may know.
pub async fn get(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    match app.desk.status(request_id(&id)?, Kind::Image).await {
        Ok(found) => shown(&app, &call, &found).await,
        Err(DeskError::Refused(_)) => Err(not_found(&id)),
        Err(other) => Err(other.into()),
    }
}

/// Shows a status.
pub(super) async fn shown(app: &App, call: &Call, status: &answer::Status) -> Result<Response, Error> {
    let inline = status.request.image().is_some_and(|work| !work.r2) || needs_base64(app, &call.agent);
    let mut generations = Vec::with_capacity(status.results.len());
    for outcome in &status.results {
        if let Product::Image(product) = &outcome.finished.product {
            let name = result_name(outcome.generation);
            generations.push(Generation {
                img: if inline { embedded(app, &name).await? } else { app.link(Permit::Download, &name).await? },
                seed: Some(product.seed.to_string()),
                id: outcome.generation.to_string(),
                censored: product.censored,
                gen_metadata: serde_json::from_value((*product.metadata).clone()).unwrap_or_default(),
                worker_id: outcome.worker.to_string(),
                worker_name: outcome.worker_name.to_string(),
                model: outcome.model.to_string(),
                state: "ok".to_owned(),
            });
        }
    }
    Ok(ok(&Status { generations, shared: status.request.shared, progress: progress(&status.progress) }))
}

fn needs_base64(app: &App, agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    !app.config.public_url().starts_with("https") && AGENTS_THAT_NEED_HTTPS.iter().any(|name| agent.contains(name))
}

/// A picture as its announcement shows it: by link, or in base64.
pub(crate) async fn announced(app: &App, generation: GenerationId, by_link: bool) -> Result<String, Error> {
    let name = result_name(generation);
    if by_link { app.link(Permit::Download, &name).await } else { embedded(app, &name).await }
}

async fn embedded(app: &App, name: &str) -> Result<String, Error> {
    let found = app.images.get(name).await.map_err(Error::internal)?;
    Ok(found.map_or_else(|| GONE.to_owned(), |webp| encode_base64(&webp)))
}
