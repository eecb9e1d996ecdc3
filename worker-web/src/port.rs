//! The way to the page: reports go out, orders come in, both as JSON.

use std::cell::RefCell;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use throng_lend::messages::{Ending, PROTOCOL};
use throng_lend::{Order, Report};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::MessageEvent;

use crate::browser;

thread_local! {
    static ORDERS: RefCell<Option<UnboundedReceiver<Order>>> = const { RefCell::new(None) };
}

/// Begins to listen, and tells the page that the program runs. A panic ends the worker; the page hears why.
pub(crate) fn open() {
    std::panic::set_hook(Box::new(|panic| tell(&Report::Ended(Ending::Broken(panic.to_string())))));
    let (sender, receiver) = unbounded();
    ORDERS.with_borrow_mut(|orders| *orders = Some(receiver));
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| hear(&sender, &event));
    browser::scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    // It listens for as long as the worker lives.
    listen.forget();
    tell(&Report::Ready { protocol: PROTOCOL });
}

fn hear(sender: &UnboundedSender<Order>, event: &MessageEvent) {
    let order = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
    match order {
        // The receiver lives as long as the worker.
        Some(order) => drop(sender.unbounded_send(order)),
        // A page of another age speaks otherwise.
        None => tell(&Report::Ended(Ending::Outdated)),
    }
}

/// The orders, once.
pub(crate) fn orders() -> Option<UnboundedReceiver<Order>> {
    ORDERS.with_borrow_mut(Option::take)
}

/// Tells the page.
pub(crate) fn tell(report: &Report) {
    if let Ok(text) = serde_json::to_string(report) {
        // Fails only when the page is gone, and with it this worker.
        let _ = browser::scope().post_message(&text.into());
    }
}
