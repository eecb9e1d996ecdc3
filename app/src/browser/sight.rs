//! When somebody came back to the page who had left it: what could not be heard meanwhile is asked for at once. Whether anybody sees the
//! page now is in `browser.rs`.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

thread_local! {
    static RETURNS: Cell<u32> = const { Cell::new(0) };
    static RETURNED_MS: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
}

/// Begins to notice, for as long as the page is open.
pub fn watch() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let changed = Closure::<dyn Fn()>::new(|| {
        if super::is_seen() {
            RETURNS.set(RETURNS.get().wrapping_add(1));
            RETURNED_MS.set(super::now_ms());
        }
    });
    let listener = changed.into_js_value();
    let _ = document.add_event_listener_with_callback("visibilitychange", listener.unchecked_ref());
}

/// How often somebody came back. Counted and not timed, because clocks are set.
pub fn returns() -> u32 {
    RETURNS.get()
}

/// Whether somebody came back within this time, by the browser's clock.
pub fn returned_within(time_ms: f64) -> bool {
    (0.0..time_ms).contains(&(super::now_ms() - RETURNED_MS.get()))
}
