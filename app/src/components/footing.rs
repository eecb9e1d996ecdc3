//! The foot of the page: how the network is right now.

use leptos::prelude::*;
use throng_api::status::Performance;

use crate::state::Page;
use crate::words;

/// The foot of the page.
pub fn footing(page: Page) -> AnyView {
    let alive = move || page.performance.with(Option::is_some);
    view! {
        <footer class="footing">
            <p>
                <span class="pulse" class:lit=alive></span>
                {move || if alive() { "The network is here" } else { "No word from the server" }}
            </p>
            <ul aria-label="The network now">
                {move || page.performance.get().map(|now| numbers(&now).map(|(number, words)| view! { <li><b>{number}</b> " " {words}</li> }).collect_view())}
            </ul>
            <p>"Free software, AGPL-3.0-or-later"</p>
        </footer>
    }
    .into_any()
}

fn numbers(now: &Performance) -> [(String, &'static str); 3] {
    let one = |count: i64, one: &'static str, many: &'static str| {
        (words::thousands(count.unsigned_abs()), if count == 1 { one } else { many })
    };
    [
        one(now.worker_count, "computer drawing", "computers drawing"),
        one(now.text_worker_count, "computer writing", "computers writing"),
        one(now.queued_requests + now.queued_text_requests, "request in the queue", "requests in the queue"),
    ]
}
