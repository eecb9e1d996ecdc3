//! Finished pictures: each in its mat, with the facts to make it again.

use leptos::prelude::*;

use crate::browser;
use crate::components::prompt::PROMPT_ID;
use crate::habits::Craft;
use crate::piece::{self, Picture, Piece, Settings};
use crate::state::Page;
use crate::words;

/// All pictures of one request.
pub fn pictures(
    page: Page,
    open_settings: RwSignal<bool>,
    piece: &Piece,
    pictures: &[Picture],
    settings: &Settings,
) -> AnyView {
    let wall = if pictures.len() == 1 { "wall alone" } else { "wall" };
    let prints: Vec<_> = pictures.iter().map(|picture| print(page, open_settings, piece, picture, settings)).collect();
    let cost = format!("Made in {} for {}", words::span_ms(piece.took_ms), piece::cost(piece.kudos));
    view! {
        <article class="piece">
            <p class="asked">{piece.prompt.clone()}</p>
            <div class=wall>{prints}</div>
            <p class="print-note">{cost}</p>
        </article>
    }
    .into_any()
}

fn print(page: Page, open_settings: RwSignal<bool>, piece: &Piece, picture: &Picture, settings: &Settings) -> AnyView {
    let facts: Vec<_> = piece::facts(picture, settings)
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect();
    let name = words::file_name(&piece.prompt, &picture.seed, "webp");
    let (seed, prompt) = (picture.seed.clone(), piece.prompt.clone());
    let again = move |_| {
        page.form.update(|form| {
            form.craft = Craft::Picture;
            form.picture_prompt.clone_from(&prompt);
            form.seed.clone_from(&seed);
        });
        open_settings.set(true);
        browser::focus(PROMPT_ID);
    };
    let note = picture.censored.then(|| {
        view! { <p class="print-note">"The worker blanked this picture because it took it for adult content."</p> }
    });
    view! {
        <figure class="print">
            <div class="mat">
                <img
                    src=picture.source.clone()
                    alt=piece.prompt.clone()
                    width=settings.width.to_string()
                    height=settings.height.to_string()
                />
            </div>
            {note}
            <figcaption><dl class="facts">{facts}</dl></figcaption>
            <div class="acts">
                <a class="press" href=picture.source.clone() download=name>"Download"</a>
                <button type="button" class="press" on:click=again>"Use this seed again"</button>
            </div>
        </figure>
    }
    .into_any()
}
