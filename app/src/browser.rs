//! What the page asks of the browser itself: storage, clipboard, time, theme, files. Nothing here knows jobs or kudos.

pub mod battery;
pub mod sight;

use std::pin::pin;

use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

const KEY_SLOT: &str = "throng.key";
const THEME_SLOT: &str = "throng.theme";

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// What was kept in a slot on an earlier visit.
pub fn kept(slot: &str) -> Option<String> {
    storage()?.get_item(slot).ok().flatten().filter(|kept| !kept.is_empty())
}

/// Keeps something in a slot for the next visit.
pub fn keep(slot: &str, text: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden storage only means that it must be set again.
        let _ = storage.set_item(slot, text);
    }
}

/// The key kept from an earlier visit.
pub fn kept_key() -> Option<String> {
    kept(KEY_SLOT)
}

/// Keeps a key for the next visit, or forgets it.
pub fn keep_key(key: Option<&str>) {
    match (key, storage()) {
        (Some(key), _) => keep(KEY_SLOT, key),
        (None, Some(storage)) => {
            let _ = storage.remove_item(KEY_SLOT);
        }
        (None, None) => {}
    }
}

/// Whether the page is dark now, by choice or by the system's wish.
pub fn is_dark() -> bool {
    let chosen = root().and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some(theme) => theme == "dark",
        None => web_sys::window()
            .and_then(|window| window.match_media("(prefers-color-scheme: dark)").ok().flatten())
            .is_some_and(|query| query.matches()),
    }
}

/// Puts on a theme and keeps it for the next visit.
pub fn choose_theme(dark: bool) {
    let theme = if dark { "dark" } else { "light" };
    if let Some(root) = root() {
        let _ = root.set_attribute("data-theme", theme);
    }
    keep(THEME_SLOT, theme);
}

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

/// Whether the columns stand below each other; the same bound as in `style/frame.css`.
pub fn is_narrow() -> bool {
    web_sys::window()
        .and_then(|window| window.match_media("(max-width: 59.99rem)").ok().flatten())
        .is_some_and(|query| query.matches())
}

/// Whether anybody can see the page: the network is not looked at for an empty room.
pub fn is_seen() -> bool {
    web_sys::window().and_then(|window| window.document()).is_none_or(|document| !document.hidden())
}

/// What stands behind the `#` of the address, with it.
pub fn hash() -> String {
    web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// Where the page came from: `https://throng.example`.
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Whether the browser knows that there is no network.
pub fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}

/// Whether the page came over https, or from this machine itself: browsers keep much from all others.
pub fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}

/// Whether the browser lets pages use the graphics card at all. Whether there is one is known only to whoever opens it.
pub fn has_gpu() -> bool {
    web_sys::window()
        .and_then(|window| js_sys::Reflect::get(&window.navigator(), &JsValue::from_str("gpu")).ok())
        .is_some_and(|gpu| gpu.is_object())
}

/// Three bytes of chance.
pub fn chance() -> [u8; 3] {
    let mut bytes = [0; 3];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// Milliseconds on the browser's clock, since 1970.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Waits for something, but no longer than this.
pub async fn within<T>(time_ms: u32, wanted: impl Future<Output = T>) -> Option<T> {
    let wanted = pin!(wanted);
    let limit = pin!(TimeoutFuture::new(time_ms));
    match select(wanted, limit).await {
        Either::Left((found, _)) => Some(found),
        Either::Right(_) => None,
    }
}

/// Puts a text on the clipboard; false where the browser does not let it.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    // Outside secure origins there is no clipboard at all.
    let navigator = window.navigator();
    match js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")) {
        Ok(clipboard) if !clipboard.is_undefined() => {
            JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
        }
        _ => false,
    }
}

/// Gives bytes an address for as long as the page is open.
pub fn address_of(bytes: &[u8], media_type: &str) -> Option<String> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    web_sys::Url::create_object_url_with_blob(&blob).ok()
}

/// Gives an element the focus; the browser brings it into sight if it is not.
pub fn focus(id: &str) {
    if let Some(element) = element(id) {
        let _ = element.focus();
    }
}

/// Brings an element's top into sight and gives it the focus, so that a screen reader goes on from there.
pub fn go_to(id: &str) {
    if let Some(element) = element(id) {
        element.scroll_into_view();
        focus(id);
    }
}

fn element(id: &str) -> Option<web_sys::HtmlElement> {
    let element = web_sys::window()?.document()?.get_element_by_id(id)?;
    wasm_bindgen::JsCast::dyn_into(element).ok()
}
