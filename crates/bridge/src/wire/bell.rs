//! Hearing, in a stream of Server-Sent Events, that there may be work. How such a stream is read is in `throng_api::events`.

use throng_api::events::Reader;
use throng_api::watch::WAKE_EVENT;

/// Bytes kept of an event: its name is short, and nothing else matters here.
const EVENT_BYTES_MAX: usize = 1_024;

/// Reads a stream.
#[derive(Debug)]
pub struct Bell(Reader);

impl Default for Bell {
    fn default() -> Self {
        Self(Reader::new(EVENT_BYTES_MAX))
    }
}

impl Bell {
    /// Takes a piece in; tells whether an event that says so ended in it.
    pub fn hear(&mut self, piece: &[u8]) -> bool {
        self.0.read(piece).iter().any(|event| event.name == WAKE_EVENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rings_at_the_end_of_an_event_wherever_the_pieces_break() {
        let stream = b"retry: 3000\n\n: still here\n\nevent: wake\ndata: {}\n\n";
        for at in 0..stream.len() {
            let mut bell = Bell::default();
            assert!(!bell.hear(&stream[..at]), "{at}");
            assert!(bell.hear(&stream[at..]), "{at}");
        }
    }

    #[test]
    fn other_events_and_unfinished_ones_do_not_ring() {
        for silent in
            ["event: gone\n\n", "event: wake\ndata: {}\n", "data: event: wake\n\n", ": event: wake\n\n", "\n\n"]
        {
            assert!(!Bell::default().hear(silent.as_bytes()), "{silent:?}");
        }
        let mut bell = Bell::default();
        assert!(bell.hear(b"event:wake\r\ndata:\r\n\r\n"));
        assert!(!bell.hear(b"data: {}\n\n"), "an event without a name is none of these");
        assert!(bell.hear(b"event: wake\r\r"));
    }

    #[test]
    fn a_line_without_end_does_not_deafen_it() {
        let mut bell = Bell::default();
        assert!(!bell.hear(&vec![b'x'; 1 << 20]));
        assert!(bell.hear(b"\nevent: wake\n\n"));
    }
}
