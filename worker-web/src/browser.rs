//! What a Web Worker asks of the browser: its global scope, time, and members that not every browser has.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use js_sys::Reflect;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

/// The worker's global scope.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Time since the worker began.
pub(crate) fn now() -> Duration {
    // Every browser that runs WebAssembly has it.
    let millis = scope().performance().map_or(0.0, |performance| performance.now());
    Duration::from_secs_f64(millis.max(0.0) / 1_000.0)
}

/// Waits for a while.
pub(crate) async fn sleep(time: Duration) {
    // A timer of a browser takes at most a signed 32-bit number of milliseconds.
    let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX).min(i32::MAX as u32);
    gloo_timers::future::TimeoutFuture::new(millis).await;
}

/// Waits for something, but no longer than this.
pub(crate) async fn within<T>(time: Duration, wanted: impl Future<Output = T>) -> Option<T> {
    let wanted = pin!(wanted);
    let limit = pin!(sleep(time));
    match select(wanted, limit).await {
        Either::Left((found, _)) => Some(found),
        Either::Right(_) => None,
    }
}

/// A member of an object, where the browser has it.
pub(crate) fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// What a JavaScript error says.
pub(crate) fn words(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "the browser did not say why".to_owned())
}
