//! Hearing, in a stream of Server-Sent Events, that there may be work. The stream comes in pieces that break anywhere.

use throng_api::watch::WAKE_EVENT;

/// Bytes kept of a line: names of events are short, and nothing else matters here.
const LINE_BYTES_MAX: usize = 1_024;

/// Reads a stream.
#[derive(Debug, Default)]
pub struct Bell {
    line: Vec<u8>,
    after_return: bool,
    rings: bool,
}

impl Bell {
    /// Takes a piece in; tells whether an event that says so ended in it.
    pub fn hear(&mut self, piece: &[u8]) -> bool {
        let mut rung = false;
        for byte in piece {
            let is_second_of_pair = *byte == b'\n' && self.after_return;
            self.after_return = *byte == b'\r';
            match byte {
                b'\n' if is_second_of_pair => {}
                b'\n' | b'\r' => rung |= self.end_of_line(),
                byte if self.line.len() < LINE_BYTES_MAX => self.line.push(*byte),
                _ => {}
            }
        }
        rung
    }

    /// Reads a line; an empty one ends an event.
    fn end_of_line(&mut self) -> bool {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return std::mem::take(&mut self.rings);
        }
        if let Some(name) = line.strip_prefix(b"event:") {
            let name = name.strip_prefix(b" ").unwrap_or(name);
            self.rings = name == WAKE_EVENT.as_bytes();
        }
        false
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
    fn a_line_without_end_is_not_kept() {
        let mut bell = Bell::default();
        assert!(!bell.hear(&vec![b'x'; 1 << 20]));
        assert_eq!(bell.line.len(), LINE_BYTES_MAX);
        assert!(bell.hear(b"\nevent: wake\n\n"));
    }
}
