//! What the page asks of the browser itself: storage, clipboard, time, theme, files. Nothing here knows jobs or kudos.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

const KEY_SLOT: &str = "throng.key";
const THEME_SLOT: &str = "throng.theme";

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The key kept from an earlier visit.
pub fn kept_key() -> Option<String> {
    storage()?.get_item(KEY_SLOT).ok().flatten().filter(|key| !key.is_empty())
}

/// Keeps a key for the next visit, or forgets it.
pub fn keep_key(key: Option<&str>) {
    let Some(storage) = storage() else { return };
    // A full or forbidden storage only means that the key must be typed again.
    let _ = match key {
        Some(key) => storage.set_item(KEY_SLOT, key),
        None => storage.remove_item(KEY_SLOT),
    };
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
    if let Some(storage) = storage() {
        let _ = storage.set_item(THEME_SLOT, theme);
    }
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

/// Whether anybody can see the page: nothing is polled for an empty room.
pub fn is_seen() -> bool {
    web_sys::window().and_then(|window| window.document()).is_none_or(|document| !document.hidden())
}

/// Milliseconds on the browser's clock: for differences only.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
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
