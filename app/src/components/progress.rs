//! What is happening to the request: large while there is nothing else to see, one line above the results once there is.

use leptos::prelude::*;

use crate::components::crowd_view::crowd_view;
use crate::habits::Craft;
use crate::run;
use crate::stage::Stage;
use crate::state::Page;
use crate::words;

/// The name under which a stage is dressed.
fn dress(stage: &Stage) -> &'static str {
    match stage {
        Stage::Idle => "idle",
        Stage::Sending => "sending",
        Stage::Waiting { .. } => "waiting",
        Stage::Making { .. } => "making",
        Stage::Fetching => "fetching",
        Stage::Done => "done",
        Stage::Failed(_) => "failed",
        Stage::Cancelled => "cancelled",
    }
}

/// The easel: the crowd, and what it is doing.
pub fn easel(page: Page) -> AnyView {
    let idle = Memo::new(move |_| page.stage.with(|stage| *stage == Stage::Idle));
    let failed = Memo::new(move |_| page.stage.with(|stage| matches!(stage, Stage::Failed(_) | Stage::Cancelled)));
    let said = move || if idle.get() { welcome(page) } else { news(page) };
    view! {
        <div class=move || format!("easel {}", page.stage.with(dress))>
            {crowd_view(page)}
            {said}
            <Show when=move || failed.get()>
                <button type="button" class="press" on:click=move |_| run::create(page)>"Try again"</button>
            </Show>
        </div>
    }
    .into_any()
}

/// One line of news above the results.
pub fn ticker(page: Page) -> AnyView {
    let quiet = Memo::new(move |_| page.stage.with(|stage| matches!(stage, Stage::Idle | Stage::Done)));
    view! {
        <Show when=move || !quiet.get()>
            <div class=move || format!("news {}", page.stage.with(dress))>{news(page)}</div>
        </Show>
    }
    .into_any()
}

fn welcome(page: Page) -> AnyView {
    let thing = move || match page.form.with(|form| form.craft) {
        Craft::Picture => "Your picture will appear here",
        Craft::Story => "Your story will appear here",
    };
    view! {
        <p class="headline">{thing}</p>
        <ol class="steps">
            <li><b>"1"</b> "You say what you want"</li>
            <li><b>"2"</b> "A volunteer’s computer takes it"</li>
            <li><b>"3"</b> "You get it, usually within a minute"</li>
        </ol>
    }
    .into_any()
}

fn news(page: Page) -> AnyView {
    let headline = Memo::new(move |_| page.stage.with(Stage::headline));
    let detail = Memo::new(move |_| page.stage.with(Stage::detail));
    let live = Memo::new(move |_| page.stage.with(Stage::is_live));
    view! {
        <p class="headline">{headline}</p>
        <p class="detail">{detail}</p>
        <Show when=move || live.get()>
            <p class="elapsed" aria-hidden="true">{move || format!("{} so far", words::span(page.elapsed_ms.get() / 1_000))}</p>
        </Show>
    }
    .into_any()
}

/// The same news for screen readers: always on the page, so that changes are announced, and without the clock.
pub fn announcer(page: Page) -> AnyView {
    let said = Memo::new(move |_| {
        page.stage.with(|stage| match stage {
            Stage::Done => "Done. The result is on the page.".to_owned(),
            stage => stage.headline(),
        })
    });
    view! { <p class="quiet" role="status" aria-live="polite">{said}</p> }.into_any()
}
