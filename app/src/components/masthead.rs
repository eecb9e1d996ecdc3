//! The top of the page: the name, what it is, the two pages, the account's button, the theme's button.

use leptos::prelude::*;
use throng_api::ApiKey;

use crate::browser;
use crate::components::icon::{self, icon};
use crate::place::Place;
use crate::session::Who;
use crate::state::Page;
use crate::words;

/// The top of the page; `lent` tells whether the tab is lent, `open` whether the account's panel is open.
pub fn masthead(page: Page, place: RwSignal<Place>, lent: Memo<bool>, open: RwSignal<bool>) -> AnyView {
    let dark = RwSignal::new(browser::is_dark());
    let toggle_theme = move |_| {
        // Read anew: the system may have changed its mind since.
        let now = !browser::is_dark();
        browser::choose_theme(now);
        dark.set(now);
    };
    let who = page.session.who;
    let name = move || match who.get() {
        _ if page.session.key.with(ApiKey::is_anonymous) => "Anonymous".to_owned(),
        Who::Known { name, .. } => name,
        Who::Unknown => "Account".to_owned(),
        Who::Refused(_) => "Check your key".to_owned(),
    };
    let amount = move || match who.get() {
        Who::Known { kudos, .. } if !page.session.key.with(ApiKey::is_anonymous) => {
            format!("{} kudos", words::kudos(kudos))
        }
        _ => String::new(),
    };
    view! {
        <header class="masthead">
            <h1 class="wordmark">{icon(icon::MARK, 32)} "Throng"</h1>
            <p class="tagline">"Ask for a picture or a story. A volunteer’s computer makes it, for free."</p>
            {places(place, lent)}
            <div class="masthead-tools">
                <button
                    type="button"
                    class="tool"
                    aria-expanded=move || open.get().to_string()
                    aria-controls="account"
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    {icon(icon::SOMEBODY, 24)}
                    <span>{name}</span>
                    <span class="amount">{amount}</span>
                </button>
                <button
                    type="button"
                    class="tool tool-round"
                    aria-label=move || if dark.get() { "Use light colours" } else { "Use dark colours" }
                    title=move || if dark.get() { "Light colours" } else { "Dark colours" }
                    on:click=toggle_theme
                >
                    {icon(icon::THEME, 24)}
                </button>
            </div>
        </header>
    }
    .into_any()
}

/// The two pages, one of them marked as the one that is seen.
fn places(place: RwSignal<Place>, lent: Memo<bool>) -> AnyView {
    let here = move |which: Place| (place.get() == which).then_some("page");
    view! {
        <nav class="places" aria-label="Pages">
            <a href=Place::Create.link() aria-current=move || here(Place::Create)>"Create"</a>
            <a href=Place::Lend.link() id="lend-open" aria-current=move || here(Place::Lend)>
                <span class="pulse" class:lit=move || lent.get() aria-hidden="true"></span>
                "Lend this tab"
            </a>
        </nav>
    }
    .into_any()
}
