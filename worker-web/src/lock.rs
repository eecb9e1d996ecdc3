//! One lent tab a browser: a Web Lock that lasts as long as this worker lives, so that two tabs do not fight over one graphics card.

use js_sys::{Array, Function, Object, Promise, Reflect};
use throng_lend::Report;
use throng_lend::messages::Preparation;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::browser::{member, scope};
use crate::port;

/// The lock's name: one for each origin, as locks are.
const NAME: &str = "throng.lend";

/// Takes the lock, waiting for another tab if there is one. Browsers without locks go without.
pub(crate) async fn take() {
    let Some(locks) = member(&scope().navigator(), "locks") else { return };
    if request(&locks, true).await {
        return;
    }
    port::tell(&Report::Preparing(Preparation::Waiting));
    request(&locks, false).await;
}

/// Asks for the lock; true when it was granted. It is given back when the worker ends, because the promise that holds it never does.
async fn request(locks: &JsValue, only_if_free: bool) -> bool {
    let (granted, answer) = futures::channel::oneshot::channel::<bool>();
    let mut granted = Some(granted);
    let hold = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let got = !lock.is_null();
        if let Some(granted) = granted.take() {
            // Nobody is waiting any more when the worker is being ended.
            let _ = granted.send(got);
        }
        if got { Promise::new(&mut |_, _| {}).into() } else { JsValue::UNDEFINED }
    });
    let options = Object::new();
    // Setting a member of a fresh object cannot fail.
    let _ = Reflect::set(&options, &"ifAvailable".into(), &JsValue::from_bool(only_if_free));
    let Some(request) = member(locks, "request").and_then(|method| method.dyn_into::<Function>().ok()) else {
        return true;
    };
    let arguments = Array::of3(&NAME.into(), &options, &hold);
    if Reflect::apply(&request, locks, &arguments).is_err() {
        return true;
    }
    answer.await.unwrap_or(true)
}
