//! The bar at the foot of the window: there on both pages for as long as the tab is lent, with the way to stop it.

use leptos::prelude::*;

use crate::lend::Lend;
use crate::lending::Lending;
use crate::words;

/// The bar.
pub fn bar(lend: Lend) -> AnyView {
    let active = lend.part(Lending::is_active);
    view! { <Show when=move || active.get()>{buttons(lend)}</Show> }.into_any()
}

fn buttons(lend: Lend) -> AnyView {
    let shown = lend.part(Lending::shown);
    let earned = lend.part(|lending| lending.earnings.total());
    let paused = lend.part(|lending| lending.paused_by_owner);
    view! {
        <section class="lend-bar" aria-label="Lending" data-lend="" data-state=move || shown.with(|shown| shown.state)>
            <span class="pulse lit" aria-hidden="true"></span>
            <p>
                <span class="state">{move || shown.with(|shown| shown.sentence.clone())}</span>
                <span class="sum">{move || format!("{} kudos earned", words::kudos_of(earned.get()))}</span>
            </p>
            <button
                type="button"
                class="press"
                id="lend-pause"
                on:click=move |_| lend.pause(!paused.get_untracked())
            >
                {move || if paused.get() { "Resume" } else { "Pause" }}
            </button>
            <button type="button" class="press halt" id="lend-stop" on:click=move |_| lend.stop()>"Stop"</button>
        </section>
    }
    .into_any()
}

/// The state for screen readers: always on the page, so that changes are announced, and silent until something is lent.
pub fn announcer(lend: Lend) -> AnyView {
    let said = lend.part(|lending| {
        let state = (lending.turn() > 0).then(|| lending.shown().sentence);
        lending.why().or(state).unwrap_or_default()
    });
    view! { <p class="quiet" role="status" aria-live="polite">{said}</p> }.into_any()
}
