//! A finished story: to be read, copied, gone on with.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::piece::{self, Opening, Piece, Story};
use crate::run;
use crate::stage::Stage;
use crate::state::Page;
use crate::words;

/// A story on its leaf.
pub fn story(page: Page, piece: &Piece, story: &Story) -> AnyView {
    let (title, given) = match piece::opening(&piece.prompt) {
        Opening::Title(title) => (Some(title), None),
        Opening::Beginning(beginning) => (None, Some(beginning)),
    };
    let dress = if title.is_some() { "text titled" } else { "text" };
    let title = title.map(|title| view! { <h2>{title}</h2> });
    let mut paragraphs = piece::paragraphs(&story.text()).into_iter();
    // The beginning and what follows it are one paragraph.
    let first = paragraphs.next().unwrap_or_default();
    let first = match given {
        Some(given) => view! { <p><span class="given">{given}</span> {piece::gap(&first)} {first}</p> }.into_any(),
        None => view! { <p>{first}</p> }.into_any(),
    };
    let rest: Vec<_> = paragraphs
        .map(|paragraph| {
            let moral = paragraph.starts_with("Moral:") || paragraph.starts_with("The moral");
            view! { <p class:moral=moral>{paragraph}</p> }
        })
        .collect();
    let over = story.ended.then(|| view! { <p class="over">"The model had nothing to add: the story is over."</p> });
    view! {
        <article class="piece">
            <div class="leaf">
                {title}
                <div class=dress>{first} {rest}</div>
                {over}
            </div>
            {facts(piece, story)}
            {acts(page, piece, story)}
        </article>
    }
    .into_any()
}

fn facts(piece: &Piece, story: &Story) -> AnyView {
    let facts = [
        ("Model", story.model.clone()),
        ("Worker", story.worker.clone()),
        ("Seed", story.seed.to_string()),
        ("Made in", words::span_ms(piece.took_ms)),
        ("Cost", piece::cost(piece.kudos)),
    ];
    view! {
        <dl class="facts">
            {facts.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).into_iter().collect_view()}
        </dl>
    }
    .into_any()
}

fn acts(page: Page, piece: &Piece, story: &Story) -> AnyView {
    let copied = RwSignal::new(None::<bool>);
    let text = piece::copied(&piece.prompt, story);
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move { copied.set(Some(browser::copy(&text).await)) });
    };
    let copy_word = move || match copied.get() {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Copying is not allowed here",
    };
    let live = Memo::new(move |_| page.stage.with(Stage::is_live));
    let again = piece.clone();
    let go_on = (!story.ended).then(|| {
        view! {
            <button type="button" class="press" disabled=move || live.get() on:click=move |_| run::go_on(page, &again)>
                "Continue"
            </button>
        }
    });
    view! {
        <div class="acts">
            {go_on}
            <button type="button" class="press" on:click=copy aria-live="polite">{copy_word}</button>
        </div>
    }
    .into_any()
}
