//! Announces a finished generation at its requester's webhook: the body, its signature, one attempt. Not here: when to try and try again
//! (`tasks/webhooks.rs`), who leaves the errand (`journal/write/chronicle.rs`).

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use http::header;
use sha2::Sha256;
use throng_api::alchemy::State as AlchemyState;
use throng_api::webhooks::{FormResult, ImageResult, SIGNATURE_HEADER, TextResult};
use throng_domain::UserId;
use throng_domain::desk::chronicle::Announcement;
use throng_domain::offer::Product;

use crate::app::App;
use crate::error::Error;
use crate::outward::{self, Reach};
use crate::routes::{announced_image, linked_form, number, text_state};
use crate::secret::Secret;

/// How long a receiver has: whoever needs longer answers first and works later.
const DELIVERY_WAIT: Duration = Duration::from_secs(5);

/// Keeps these secrets apart from every other use of the server's own.
const PURPOSE: &str = "webhook";

/// The secret that a user's announcements are signed with. Everybody can have the anonymous user's, so it proves nothing there.
pub fn secret(secret: &Secret, user: UserId) -> String {
    URL_SAFE_NO_PAD.encode(secret.sign(PURPOSE, user.to_string().as_bytes()))
}

/// Signs a body that is sent at a second.
pub fn signature(secret: &str, seconds: i64, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().iter().fold(format!("t={seconds},v1="), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Tries once; the text says why it failed.
pub async fn deliver(app: &App, result: &Announcement) -> Result<(), String> {
    let body = body(app, result).await.map_err(|error| error.to_string())?;
    let reach = if app.config.private_webhooks { Reach::Anywhere } else { Reach::Public };
    let client = outward::client(&result.webhook, reach, DELIVERY_WAIT).await;
    let (client, url) = client.map_err(|error| error.to_string())?;
    let signed = signature(&secret(&app.secret, result.user), app.clock.now().timestamp(), &body);
    let call = client.post(url).header(header::CONTENT_TYPE, "application/json").header(SIGNATURE_HEADER, signed);
    // The address may hold a secret of its receiver: it is not told.
    let response = call.body(body).send().await.map_err(|error| error.without_url().to_string())?;
    if response.status().is_success() { Ok(()) } else { Err(format!("the receiver answered {}", response.status())) }
}

async fn body(app: &App, result: &Announcement) -> Result<Vec<u8>, Error> {
    let kudos = number(result.reward);
    let (worker_id, worker_name) = (result.worker.to_string(), result.worker_name.to_string());
    let (model, id, request) = (result.model.to_string(), result.generation.to_string(), result.request_id.to_string());
    let remarks = |metadata: &serde_json::Value| serde_json::from_value(metadata.clone()).unwrap_or_default();
    let body = match &result.product {
        Product::Image(product) => serde_json::to_vec(&ImageResult {
            img: announced_image(app, result.generation, result.by_link).await?,
            seed: product.seed,
            worker_id,
            worker_name,
            model,
            id,
            censored: product.censored,
            gen_metadata: remarks(&product.metadata),
            request,
            kudos,
        }),
        Product::Text(product) => serde_json::to_vec(&TextResult {
            text: product.text.to_string(),
            seed: product.seed,
            worker_id,
            worker_name,
            model,
            id,
            state: text_state(product.outcome).to_owned(),
            gen_metadata: remarks(&product.metadata),
            request,
            kudos,
        }),
        Product::Form(product) => serde_json::to_vec(&FormResult {
            form: model,
            state: AlchemyState::Done,
            result: linked_form(app, result.generation, product.result.as_deref()).await?,
            worker_id,
            worker_name,
            id,
            request,
            kudos,
        }),
    };
    body.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_any_hmac_makes() {
        // printf '5.{}' | openssl dgst -sha256 -hmac key
        let expected = "t=5,v1=9be615aec64f0d044b5ad6854ab1d893ec88617fb728d2149dcd3a3428e8c45d";
        assert_eq!(signature("key", 5, b"{}"), expected);
        assert_ne!(signature("key", 6, b"{}")[4..], expected[4..]);
    }
}
