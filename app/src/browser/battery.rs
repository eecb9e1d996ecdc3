//! Whether the machine runs on its battery, where the browser says so. Most do not: then nobody knows, and nothing is guessed.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Tells now and at every change whether the machine runs on its battery; never, where the browser does not say.
pub fn watch(told: impl Fn(bool) + 'static) {
    let Some(promise) = ask() else { return };
    spawn_local(async move {
        let Ok(battery) = JsFuture::from(promise).await else { return };
        let charging = move |battery: &JsValue| Reflect::get(battery, &JsValue::from_str("charging")).ok()?.as_bool();
        let Some(first) = charging(&battery) else { return };
        told(!first);
        let Ok(target) = battery.clone().dyn_into::<web_sys::EventTarget>() else { return };
        let changed = Closure::<dyn Fn()>::new(move || {
            if let Some(charging) = charging(&battery) {
                told(!charging);
            }
        });
        // The page listens for as long as it is open.
        let listener = changed.into_js_value();
        let _ = target.add_event_listener_with_callback("chargingchange", listener.unchecked_ref());
    });
}

fn ask() -> Option<js_sys::Promise> {
    let navigator = web_sys::window()?.navigator();
    let get: js_sys::Function = Reflect::get(&navigator, &JsValue::from_str("getBattery")).ok()?.dyn_into().ok()?;
    get.call0(&navigator).ok()?.dyn_into().ok()
}
