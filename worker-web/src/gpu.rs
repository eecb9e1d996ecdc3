//! Whether this browser has a graphics card to lend, and what it calls it. Opening it is the engine's.

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser::{member, scope};

/// A graphics card, as the browser describes it.
pub(crate) struct Card {
    /// For people: `NVIDIA ampere`.
    pub(crate) words: String,
    /// Whether a processor only poses as one.
    pub(crate) software: bool,
}

/// Asks for the card; the words say why there is none.
pub(crate) async fn look() -> Result<Card, String> {
    let Some(gpu) = member(&scope().navigator(), "gpu") else {
        let why = if scope().is_secure_context() {
            "this browser has no WebGPU"
        } else {
            "a browser gives WebGPU only to pages opened over https, or from this machine itself"
        };
        return Err(why.to_owned());
    };
    let adapter = match call(&gpu, "requestAdapter").await {
        Some(adapter) => adapter,
        None => return Err("this browser found no graphics card that it would use".to_owned()),
    };
    let info = member(&adapter, "info").unwrap_or(JsValue::UNDEFINED);
    let software =
        [&adapter, &info].iter().any(|place| member(place, "isFallbackAdapter").is_some_and(|value| value.is_truthy()));
    let text = |name: &str| member(&info, name).and_then(|value| value.as_string()).filter(|text| !text.is_empty());
    let words = text("description").unwrap_or_else(|| {
        let parts: Vec<String> = ["vendor", "architecture", "device"].iter().filter_map(|name| text(name)).collect();
        if parts.is_empty() { "a graphics card".to_owned() } else { parts.join(" ") }
    });
    Ok(Card { words: format!("WebGPU: {words}"), software })
}

async fn call(object: &JsValue, method: &str) -> Option<JsValue> {
    let method = member(object, method)?.dyn_into::<Function>().ok()?;
    let promise = method.call0(object).ok()?.dyn_into::<Promise>().ok()?;
    JsFuture::from(promise).await.ok().filter(|value| !value.is_null() && !value.is_undefined())
}

/// How much memory the machine has, in bytes, where the browser tells; it never tells more than eight gigabytes.
pub(crate) fn memory_bytes() -> Option<u64> {
    const TOLD_AT_MOST: f64 = 8.0;
    let gib = member(&scope().navigator(), "deviceMemory")?.as_f64()?;
    (gib < TOLD_AT_MOST).then_some((gib * f64::from(1 << 30)) as u64)
}
