//! This visit's results, small: press one to see it again. Nothing is kept after the page is closed.

use leptos::prelude::*;

use crate::piece::{Made, Piece};
use crate::state::Page;

/// The strip of results, once there is more than one.
pub fn history(page: Page) -> AnyView {
    let several = Memo::new(move |_| page.pieces.with(|pieces| pieces.len() > 1));
    let small = move || page.pieces.with(|pieces| pieces.iter().map(|piece| one(page, piece)).collect_view());
    view! {
        <Show when=move || several.get()>
            <section class="history" aria-label="Made in this visit">
                <h2>"Made in this visit"</h2>
                <ol>{small}</ol>
            </section>
        </Show>
    }
    .into_any()
}

fn one(page: Page, piece: &Piece) -> AnyView {
    let number = piece.number;
    let face = match &piece.made {
        Made::Pictures { pictures, .. } => {
            let source = pictures.first().map(|picture| picture.source.clone());
            view! { <img src=source alt=piece.prompt.clone()/> }.into_any()
        }
        Made::Story(_) => view! { <span class="line">{piece.prompt.clone()}</span> }.into_any(),
    };
    view! {
        <li>
            <button
                type="button"
                title=piece.prompt.clone()
                aria-current=move || (page.shown.get() == Some(number)).to_string()
                on:click=move |_| page.shown.set(Some(number))
            >
                {face}
            </button>
        </li>
    }
    .into_any()
}
