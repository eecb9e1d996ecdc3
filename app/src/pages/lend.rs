//! The page on which the tab is lent: what it means and on what terms on the left, how it goes on the right.

use leptos::prelude::*;

use crate::components::lend::device::device;
use crate::components::lend::earned::earned;
use crate::components::lend::now::now;
use crate::components::lend::offer::offer;
use crate::components::lend::terms::terms;
use crate::lend::Lend;

/// The id of all of it, for the skip link.
pub const PANEL_ID: &str = "lend-panel";

/// The page.
pub fn lend(lent: Lend) -> AnyView {
    view! {
        <div class="lend-terms">{offer(lent)} {terms(lent)}</div>
        <div class="lend-course">{now(lent)} {earned(lent)} {device(lent)}</div>
    }
    .into_any()
}
