//! Puts the crowd on the page; what it looks like is in `crowd.rs`, how it moves in `style/stage.css`.

use leptos::prelude::*;

use crate::crowd;
use crate::stage::Stage;
use crate::state::Page;

/// The crowd, with oneself in it while one waits in the queue.
pub fn crowd_view(page: Page) -> AnyView {
    let place = Memo::new(move |_| {
        page.stage.with(|stage| match stage {
            Stage::Waiting { place, possible: true, .. } => Some(*place),
            _ => None,
        })
    });
    view! { <div class="crowd" inner_html=move || crowd::svg(place.get())></div> }.into_any()
}
