//! Somebody who listens to a stream of events and reads it as a browser does. It knows nothing of our types.

use axum::body::Body;
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::time::Duration;

/// Longer than anything that a story waits for, on a busy machine: the longest are looks that come by themselves.
const PATIENCE: Duration = Duration::from_mins(1);

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// What kind of event it is; most have no name.
    pub name: String,
    /// Its id; some have none.
    pub id: String,
    /// What it says.
    pub data: String,
}

impl Event {
    /// What it says, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).expect("JSON")
    }
}

/// Somebody who listens.
#[derive(Debug)]
pub struct Listener {
    body: Body,
    heard: String,
}

impl Listener {
    pub(crate) fn new(response: Response) -> Listener {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Listener { body: response.into_body(), heard: String::new() }
    }

    /// Waits for the next event; none if the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("something is said in time")
    }

    /// Waits for an event that says so.
    pub async fn until(&mut self, says: impl Fn(&Value) -> bool) -> Event {
        loop {
            let event = self.next().await.expect("an event before the stream ends");
            if says(&event.json()) {
                return event;
            }
        }
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.heard.split_once("\n\n") {
                let (event, rest) = (parsed(block), rest.to_owned());
                self.heard = rest;
                if event != Event::default() {
                    return Some(event);
                }
            }
            let piece = self.body.frame().await?.expect("the stream does not break").into_data().expect("data");
            self.heard.push_str(std::str::from_utf8(&piece).expect("text"));
        }
    }
}

/// Reads the lines between two empty ones; comments and what is not about the event are passed over.
fn parsed(block: &str) -> Event {
    let mut event = Event::default();
    for line in block.lines() {
        let (field, value) = line.split_once(": ").unwrap_or((line, ""));
        match field {
            "event" => value.clone_into(&mut event.name),
            "id" => value.clone_into(&mut event.id),
            "data" => event.data.push_str(value),
            _ => {}
        }
    }
    event
}
