//! The page on which things are made: what is wanted on the left, what comes of it on the right.

use leptos::prelude::*;

use crate::browser;
use crate::components::history::history;
use crate::components::picture::pictures;
use crate::components::progress::{announcer, easel, ticker};
use crate::components::prompt::{craft, create_button, examples, prompt};
use crate::components::settings::settings;
use crate::components::story::story;
use crate::piece::Made;
use crate::run;
use crate::stage::Stage;
use crate::state::Page;

/// The page.
pub fn create(page: Page) -> AnyView {
    let settings_open = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        run::create(page);
    };
    bring_into_sight(page);
    view! {
        <form class="ask" on:submit=submit>
            {craft(page)}
            {prompt(page)}
            {examples(page)}
            {settings(page, settings_open)}
            {create_button(page)}
        </form>
        <section class="stage" id="stage" aria-label="Result" tabindex="-1">
            {announcer(page)}
            {move || on_stage(page, settings_open)}
            {history(page)}
        </section>
    }
    .into_any()
}

/// What stands on the right: a result with news above it, or the easel while there is none.
fn on_stage(page: Page, settings_open: RwSignal<bool>) -> AnyView {
    let Some(piece) = page.shown_piece() else { return easel(page) };
    let shown = match &piece.made {
        Made::Pictures { pictures: made, settings } => pictures(page, settings_open, &piece, made, settings),
        Made::Story(told) => story(page, &piece, told),
    };
    view! { {ticker(page)} {shown} }.into_any()
}

/// On a phone the result is below the form: brings it into sight when a request begins.
fn bring_into_sight(page: Page) {
    let live = Memo::new(move |_| page.stage.with(Stage::is_live));
    Effect::new(move |before: Option<bool>| {
        let live = live.get();
        if live && before == Some(false) && browser::is_narrow() {
            browser::go_to("stage");
        }
        live
    });
}
