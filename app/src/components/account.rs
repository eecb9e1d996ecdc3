//! The account's panel: who one is, a field for the key, and a way to get one. The key never leaves this browser but in calls.

use leptos::prelude::*;
use leptos::task::spawn_local;
use throng_api::ApiKey;

use crate::browser;
use crate::session::{Session, Who};
use crate::words;

/// The panel.
pub fn account(session: Session) -> AnyView {
    view! {
        <section class="account" id="account" aria-label="Account">
            {who(session)}
            {new_key(session)}
        </section>
    }
    .into_any()
}

fn who(session: Session) -> AnyView {
    let typed = RwSignal::new(String::new());
    let anonymous = move || session.key.with(ApiKey::is_anonymous);
    let facts = move || match session.who.get() {
        Who::Unknown => view! { <p>"Asking the server who you are."</p> }.into_any(),
        Who::Refused(trouble) => {
            view! { <p class="complaint" role="alert">{trouble.sentence} " " {trouble.advice}</p> }.into_any()
        }
        Who::Known { name, kudos, escrow } => {
            let held_back = (escrow > 0.0).then(|| {
                view! {
                    <dt>"Held back"</dt>
                    <dd>{words::kudos(escrow)}</dd>
                }
            });
            view! {
                <dl class="who">
                    <dt>"Name"</dt>
                    <dd>{name}</dd>
                    <dt>"Kudos"</dt>
                    <dd>{words::kudos(kudos)}</dd>
                    {held_back}
                </dl>
            }
            .into_any()
        }
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        session.fresh_key.set(None);
        session.use_key(&typed.get_untracked());
        typed.set(String::new());
    };
    let leave = move |_| {
        session.fresh_key.set(None);
        session.use_key("");
    };
    view! {
        <section>
            <h2>"You"</h2>
            {facts}
            <p>
                {move || if anonymous() {
                    "You need no account: everything on this page works without one. With one, your requests go first in the queue and you can collect kudos by lending a computer."
                } else {
                    "Your key is kept in this browser only and sent with your requests."
                }}
            </p>
            <form class="row" on:submit=save>
                <input
                    type="password"
                    autocomplete="off"
                    aria-label="API key"
                    placeholder="Your API key"
                    prop:value=typed
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <button class="press" disabled=move || typed.with(|typed| typed.trim().is_empty())>"Use this key"</button>
            </form>
            <Show when=move || !anonymous()>
                <div class="row"><button type="button" class="press" on:click=leave>"Be anonymous again"</button></div>
            </Show>
        </section>
    }
    .into_any()
}

fn new_key(session: Session) -> AnyView {
    let name = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let complaint = RwSignal::new(None::<String>);
    let register = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        complaint.set(None);
        spawn_local(async move {
            let wanted = name.get_untracked();
            match session.register(&wanted).await {
                Ok(()) => name.set(String::new()),
                Err(trouble) => complaint.set(Some(trouble.sentence)),
            }
            busy.set(false);
        });
    };
    view! {
        <section>
            <h2>"Get a key"</h2>
            <p>"Choose a name; the server adds a number to it. No address, no password."</p>
            <form class="row" on:submit=register>
                <input
                    type="text"
                    autocomplete="off"
                    maxlength="30"
                    aria-label="Name"
                    placeholder="A name"
                    prop:value=name
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <button
                    class="press"
                    disabled=move || busy.get() || name.with(|name| name.trim().is_empty())
                >
                    "Get a key"
                </button>
            </form>
            {move || complaint.get().map(|sentence| view! { <p class="complaint" role="alert">{sentence}</p> })}
            {fresh_key(session)}
        </section>
    }
    .into_any()
}

/// A key that was just made, to be copied while it is there.
pub fn fresh_key(session: Session) -> AnyView {
    let copied = RwSignal::new(None::<String>);
    let copy = move |_| {
        let key = session.fresh_key.get_untracked().unwrap_or_default();
        spawn_local(async move {
            if browser::copy(&key).await {
                copied.set(Some(key));
            }
        });
    };
    // Another key than the one that was copied is not copied yet.
    let word = move || if copied.get() == session.fresh_key.get() { "Copied" } else { "Copy the key" };
    let fresh = move || {
        session.fresh_key.get().map(|key| {
            view! {
                <p role="status">"This is your key. It is shown this once: keep it somewhere safe."</p>
                <p class="newkey">{key}</p>
                <div class="row">
                    <button type="button" class="press" on:click=copy>{word}</button>
                </div>
            }
        })
    };
    fresh.into_any()
}
