//! The browser worker that does the work: started, spoken to, ended. What its reports mean is in `lending/hear.rs`.

use throng_lend::{Order, Report};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Where its program is.
const PATH: &str = "/lend/worker.js";

/// What comes from a worker.
pub(super) enum Word {
    /// It reports.
    Report(Report),
    /// It said something that is no report.
    Garbled,
    /// Its program broke down, or was never there.
    Crashed(String),
}

/// A worker. Dropping it ends it at once, whatever it is doing.
pub(super) struct Program {
    worker: Worker,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

impl Program {
    /// Starts one that tells `heard` what it says; none where the browser has no workers of this kind.
    pub(super) fn start(heard: impl Fn(Word) + Clone + 'static) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(PATH, &options).ok()?;
        let said = heard.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| said(read(&event.data())));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::<dyn Fn(Event)>::new(move |event: Event| heard(Word::Crashed(broken(&event))));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Sends it an order.
    pub(super) fn send(&self, order: &Order) {
        if let Ok(text) = serde_json::to_string(order) {
            // A text can always be posted; a worker that is gone hears nothing.
            let _ = self.worker.post_message(&JsValue::from_str(&text));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // In this order: a word that is on its way already must not be heard by the next worker's listener.
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn read(data: &JsValue) -> Word {
    let report = data.as_string().and_then(|text| serde_json::from_str(&text).ok());
    report.map_or(Word::Garbled, Word::Report)
}

/// What an error event says, as a clause.
fn broken(event: &Event) -> String {
    match event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message) {
        Some(message) if !message.is_empty() => format!("its program broke down: {message}"),
        _ => "its program could not be loaded".to_owned(),
    }
}
