//! The offer: what lending takes and gives in one sentence, the one button that starts it, and why it ended if it did.

use leptos::prelude::*;
use throng_api::ApiKey;
use throng_lend::messages::Processor;

use crate::components::account::fresh_key;
use crate::lend::Lend;
use crate::lending::speech::{self, Download};
use crate::lending::{Lending, Phase};

/// The offer.
pub fn offer(lend: Lend) -> AnyView {
    view! {
        <section class="offer">
            <h2>"Lend this tab"</h2>
            <p class="pitch">{move || pitch(lend)}</p>
            {obstacle(lend)}
            {why(lend)}
            {start(lend)}
            {instead(lend)}
            <div class="account-made">{fresh_key(lend.session)}</div>
        </section>
    }
    .into_any()
}

fn pitch(lend: Lend) -> String {
    let download = match (lend.download(), lend.shelf.with(Option::is_some)) {
        (Some(bytes), _) => Download::Bytes(bytes),
        (None, true) => Download::Unknown,
        (None, false) => Download::Asked,
    };
    let anonymous = lend.session.key.with(ApiKey::is_anonymous);
    lend.terms.with(|terms| speech::pitch(terms, download, anonymous))
}

/// What keeps it from being started at all.
fn obstacle(lend: Lend) -> AnyView {
    let said = move || {
        if lend.terms.with(|terms| terms.crafts().is_empty()) {
            return Some(view! { <p class="complaint">"Choose pictures, stories or both below."</p> }.into_any());
        }
        let again = move |_| lend.ask_for_shelf();
        match lend.shelf.get()? {
            Err(trouble) => Some(
                view! {
                    <p class="complaint" role="alert">
                        "The server was asked what there is to load. " {trouble.sentence} " "
                        <button type="button" class="press" on:click=again>"Ask again"</button>
                    </p>
                }
                .into_any(),
            ),
            Ok(_) if lend.download().is_none() => {
                Some(view! { <p class="complaint">"This network has no model for that yet."</p> }.into_any())
            }
            Ok(_) => None,
        }
    };
    said.into_any()
}

fn why(lend: Lend) -> AnyView {
    let why = lend.part(Lending::why);
    let said = move || why.get().map(|why| view! { <p class="why" id="lend-why">{why}</p> });
    said.into_any()
}

/// One button: it starts while nothing is lent, and it lets the last job be finished while something is.
fn start(lend: Lend) -> AnyView {
    let active = lend.part(Lending::is_active);
    let draining = lend.part(|lending| lending.draining);
    let invitation = lend.part(Lending::invitation);
    let ready = Memo::new(move |_| lend.download().is_some());
    let button = move || {
        if active.get() {
            let word = move || if draining.get() { "Stopping after this job" } else { "Finish this job, then stop" };
            view! {
                <button
                    type="button"
                    class="press"
                    id="lend-drain"
                    disabled=move || draining.get()
                    on:click=move |_| lend.drain()
                >
                    {word}
                </button>
            }
            .into_any()
        } else {
            view! {
                <button
                    type="button"
                    class="create"
                    id="lend-start"
                    disabled=move || !ready.get()
                    on:click=move |_| lend.start()
                >
                    {move || invitation.get()}
                </button>
            }
            .into_any()
        }
    };
    view! { <div class="create-row">{button}</div> }.into_any()
}

/// The processor, where the graphics card will not do.
fn instead(lend: Lend) -> AnyView {
    let site = lend.site;
    let failed = lend.part(Lending::may_use_the_processor);
    let idle = lend.part(|lending| lending.phase == Phase::Idle);
    // Known before anybody tries: then it is said before, too.
    let hopeless = move || !site.gpu && idle.get() && lend.terms.with(|terms| terms.processor == Processor::Gpu);
    let ready = Memo::new(move |_| lend.download().is_some());
    let said = move || {
        let note = hopeless().then(|| view! { <p>{speech::no_gpu(site.secure)}</p> });
        (note.is_some() || failed.get()).then(|| {
            view! {
                <div class="instead">
                    {note}
                    <button
                        type="button"
                        class="press"
                        id="lend-cpu"
                        disabled=move || !ready.get()
                        on:click=move |_| lend.start_on_the_processor()
                    >
                        "Use the processor instead"
                    </button>
                    <p class="aside">"It is much slower and gets small jobs only, but it works everywhere."</p>
                </div>
            }
        })
    };
    said.into_any()
}
