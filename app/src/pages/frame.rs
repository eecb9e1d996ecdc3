//! What both pages share: the top, the foot, the account's panel, and the bar that is there while the tab is lent. Both pages are
//! always there; one of them is seen.

use leptos::prelude::*;

use crate::browser;
use crate::components::account::account;
use crate::components::footing::footing;
use crate::components::lend::bar::{announcer, bar};
use crate::components::masthead::masthead;
use crate::components::prompt::PROMPT_ID;
use crate::lend::Lend;
use crate::lending::Lending;
use crate::network;
use crate::pages::create::create;
use crate::pages::lend::{PANEL_ID, lend};
use crate::place::Place;
use crate::state::Page;

/// Everything there is to see.
pub fn frame() -> AnyView {
    let page = Page::begin();
    browser::sight::watch();
    network::watch(page);
    let lent = Lend::begin(page.session);
    let place = RwSignal::new(Place::of(&browser::hash()));
    window_event_listener_untyped("hashchange", move |_| place.set(Place::of(&browser::hash())));
    Effect::new(move |_| {
        if place.get() == Place::Lend {
            lent.ask_for_shelf();
        }
    });
    let account_open = RwSignal::new(false);
    let active = lent.part(Lending::is_active);
    let skip = move || match place.get() {
        Place::Create => (format!("#{PROMPT_ID}"), "To the prompt"),
        Place::Lend => (format!("#{PANEL_ID}"), "To lending"),
    };
    view! {
        <a class="skip" href=move || skip().0>{move || skip().1}</a>
        <div class="frame" class:lent=move || active.get()>
            <div>
                {masthead(page, place, active, account_open)}
                <Show when=move || account_open.get()>{account(page.session)}</Show>
            </div>
            <main class="columns" hidden=move || place.get() != Place::Create>{create(page)}</main>
            <main
                class="columns"
                id=PANEL_ID
                tabindex="-1"
                data-lend=""
                aria-label="Lend this tab"
                hidden=move || place.get() != Place::Lend
            >
                {lend(lent)}
            </main>
            {footing(page)}
        </div>
        {bar(lent)}
        {announcer(lent)}
    }
    .into_any()
}
