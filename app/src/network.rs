//! Keeps an eye on the network while somebody looks at the page: who serves which model, how long the queues are.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use throng_api::status::{GetModels, GetPerformance};

use crate::browser;
use crate::client::Call;
use crate::habits::Craft;
use crate::models;
use crate::state::Page;

/// Between two looks at the network: three calls each, far below the 90 a minute that are allowed.
const LOOK_MS: u32 = 10_000;

/// Looks again and again, for as long as the page is open.
pub fn watch(page: Page) {
    spawn_local(async move {
        loop {
            if browser::is_seen() {
                look(page).await;
            }
            TimeoutFuture::new(LOOK_MS).await;
        }
    });
}

/// Looks once.
pub async fn look(page: Page) {
    for (craft, query) in [(Craft::Picture, "type=image"), (Craft::Story, "type=text")] {
        if let Ok(found) = Call::to(&[]).query(query).get::<GetModels>().await {
            let found = models::sorted(found);
            let models = page.models(craft);
            // Writing the same list again would close an open drop-down.
            if models.with_untracked(|known| *known != found) {
                models.set(found);
            }
        }
    }
    page.performance.set(Call::to(&[]).get::<GetPerformance>().await.ok());
}
