//! Reading Server-Sent Events. A stream comes in pieces that break anywhere: within lines, within letters. What the events of a request
//! and of waiting for work say is in `watch.rs`. Not here: how events are written (`throng-policy`), sockets, and what to do when a
//! stream ends.

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name; empty where it has none.
    pub name: String,
    /// What it says.
    pub data: String,
    /// Its number, by which whoever comes back says what they know already.
    pub id: Option<String>,
}

/// Reads one stream, from its beginning.
#[derive(Debug)]
pub struct Reader {
    bytes_max: usize,
    line: Vec<u8>,
    is_overlong: bool,
    after_return: bool,
    event: Event,
    has_data: bool,
    retry_ms: Option<u64>,
}

impl Reader {
    /// Reads events that say at most so many bytes. A longer line counts as not there: its event comes without it.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            line: Vec::new(),
            is_overlong: false,
            after_return: false,
            event: Event::default(),
            has_data: false,
            retry_ms: None,
        }
    }

    /// Takes a piece in; tells which events ended in it. A name alone makes an event, too.
    pub fn read(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in piece {
            let is_second_of_pair = *byte == b'\n' && self.after_return;
            self.after_return = *byte == b'\r';
            match byte {
                b'\n' if is_second_of_pair => {}
                b'\n' | b'\r' => events.extend(self.end_of_line()),
                byte if self.line.len() < self.bytes_max => self.line.push(*byte),
                _ => self.is_overlong = true,
            }
        }
        events
    }

    /// How many milliseconds the server asks to wait before coming back when the stream breaks, if it said so.
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// Reads a line; an empty one ends an event.
    fn end_of_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.is_overlong) {
            return None;
        }
        if line.is_empty() {
            return self.end_of_event();
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&*line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => self.push_data(value),
            "id" => self.event.id = Some(value.to_owned()),
            "retry" => self.retry_ms = value.parse().ok().or(self.retry_ms),
            // A line that begins with a colon says nothing; names of fields that nobody knows are of a later age.
            _ => {}
        }
        None
    }

    fn push_data(&mut self, value: &str) {
        if self.event.data.len() + value.len() > self.bytes_max {
            return;
        }
        if std::mem::replace(&mut self.has_data, true) {
            self.event.data.push('\n');
        }
        self.event.data.push_str(value);
    }

    fn end_of_event(&mut self) -> Option<Event> {
        let has_data = std::mem::take(&mut self.has_data);
        let event = std::mem::take(&mut self.event);
        (has_data || !event.name.is_empty()).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str, id: Option<&str>) -> Event {
        Event { name: name.to_owned(), data: data.to_owned(), id: id.map(str::to_owned) }
    }

    fn read(stream: &str) -> Vec<Event> {
        Reader::new(1_024).read(stream.as_bytes())
    }

    #[test]
    fn events_are_read_wherever_the_pieces_break() {
        let stream =
            "retry: 2500\n\n: still here\n\nid: 7\ndata: {\"text\":\"müde\"}\n\nevent: gone\r\ndata: {}\r\n\r\n";
        let expected = [event("", "{\"text\":\"müde\"}", Some("7")), event("gone", "{}", None)];
        let bytes = stream.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let mut reader = Reader::new(1_024);
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                let events: Vec<Event> = pieces.into_iter().flat_map(|piece| reader.read(piece)).collect();
                assert_eq!(events, expected, "{first}, {second}");
                assert_eq!(reader.retry_ms(), Some(2_500));
            }
        }
    }

    #[test]
    fn lines_of_data_are_put_together_and_blanks_are_kept_but_for_the_first() {
        assert_eq!(read("data: a\ndata:  b\ndata\n\n"), [event("", "a\n b\n", None)]);
        assert_eq!(read("data:a\r\rdata: b\r\n\r\n"), [event("", "a", None), event("", "b", None)]);
    }

    #[test]
    fn what_is_unfinished_unknown_or_a_remark_is_no_event() {
        for silent in
            ["data: a\n", "data: a", ": data: a\n\n", "colour: red\n\n", "id: 1\n\n", "\n\n", "retry: soon\n\n"]
        {
            assert_eq!(read(silent), [], "{silent:?}");
        }
        assert_eq!(read("event: wake\n\n"), [event("wake", "", None)]);
    }

    #[test]
    fn nothing_of_one_event_is_left_for_the_next() {
        assert_eq!(read("event: a\nid: 1\ndata: x\n\ndata: y\n\n"), [event("a", "x", Some("1")), event("", "y", None)]);
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut reader = Reader::new(1_024);
        assert_eq!(reader.read(&vec![b'x'; 1 << 20]), []);
        assert_eq!(reader.line.len(), 1_024);
        assert_eq!(reader.read(b"\nevent: wake\n\n"), [event("wake", "", None)]);
        for _ in 0..100 {
            assert_eq!(reader.read(format!("data: {}\n", "x".repeat(100)).as_bytes()), []);
        }
        assert!(reader.read(b"\n")[0].data.len() <= 1_024 + 100);
    }
}
