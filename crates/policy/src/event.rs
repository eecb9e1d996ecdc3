//! Server-Sent Events as text, written the same way by the server and by the edge. Not here: what is told (`latest.rs`).

/// Stands at the beginning of a stream: how long whoever loses it should wait before coming back, in milliseconds. A
/// take-over is over by then.
pub const OPENING: &str = "retry: 3000\n\n";

/// A line that says nothing but that the stream is alive.
pub const HEARTBEAT: &str = ": still here\n\n";

/// How often that line comes, in seconds: proxies give up on streams that are silent for longer than half a minute.
pub const HEARTBEAT_SECONDS: u64 = 15;

/// The event that tells how far a request is. `body` is the JSON of the look that had this number.
pub fn told(sequence: u64, body: &str) -> String {
    let mut event = format!("id: {sequence}\n");
    push_data(&mut event, body);
    event
}

/// An event of a name of its own.
pub fn named(name: &str, body: &str) -> String {
    let mut event = format!("event: {name}\n");
    push_data(&mut event, body);
    event
}

/// JSON of ours has no line breaks; were there one, the reader would put it back.
fn push_data(event: &mut String, body: &str) {
    for line in body.split('\n') {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_look_as_browsers_read_them() {
        assert_eq!(told(7, r#"{"done":false}"#), "id: 7\ndata: {\"done\":false}\n\n");
        assert_eq!(named("wake", "{}"), "event: wake\ndata: {}\n\n");
        assert_eq!(told(8, "a\nb"), "id: 8\ndata: a\ndata: b\n\n");
    }
}
