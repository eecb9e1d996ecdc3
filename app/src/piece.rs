//! What came out of a request, as the page keeps it for this visit: pictures with their facts, or a story that may grow.

use crate::words;

/// One finished request.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its number within this visit.
    pub number: u32,
    /// What was asked.
    pub prompt: String,
    /// What was made.
    pub made: Made,
    /// What it has cost.
    pub kudos: f64,
    /// From Create to the result.
    pub took_ms: u32,
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// One picture or several.
    Pictures {
        /// The pictures, in the server's order.
        pictures: Vec<Picture>,
        /// What all of them share.
        settings: Settings,
    },
    /// A story.
    Story(Story),
}

/// One picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Where the browser finds it.
    pub source: String,
    /// The seed that makes it again.
    pub seed: String,
    /// The model.
    pub model: String,
    /// Who made it.
    pub worker: String,
    /// Whether the worker blanked it.
    pub censored: bool,
}

/// How pictures were made.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Denoising steps.
    pub steps: u32,
    /// The sampler's wire name.
    pub sampler: String,
    /// How strictly the prompt was followed.
    pub cfg_scale: f64,
    /// What was not to be seen.
    pub negative: String,
}

/// A story: what came from one or several requests, each going on from the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The parts, in order.
    pub parts: Vec<String>,
    /// The last part's seed.
    pub seed: i64,
    /// The last part's model.
    pub model: String,
    /// The last part's worker.
    pub worker: String,
    /// The model had nothing to add.
    pub ended: bool,
}

/// How a prompt stands over its story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It asked for a story: a title of its own.
    Title(String),
    /// It began the story: the text goes on from it.
    Beginning(String),
}

impl Story {
    /// Everything that was made, as one text.
    pub fn text(&self) -> String {
        self.parts.concat()
    }

    /// Adds what another request made; a part that says nothing ends the story.
    pub fn go_on(&mut self, next: Self) {
        self.ended = next.parts.iter().all(|part| part.trim().is_empty());
        self.parts.extend(next.parts);
        (self.seed, self.model, self.worker) = (next.seed, next.model, next.worker);
    }
}

/// Reads how a prompt stands over its story: an order is a title, anything else a beginning.
pub fn opening(prompt: &str) -> Opening {
    const ORDERS: [&str; 14] = [
        "write ",
        "tell ",
        "give ",
        "continue ",
        "make ",
        "compose ",
        "please ",
        "can you ",
        "could you ",
        "i would like ",
        "a story about ",
        "a fable about ",
        "story:",
        "fable:",
    ];
    let prompt = prompt.trim();
    let lower = prompt.to_ascii_lowercase();
    if ORDERS.iter().any(|order| lower.starts_with(order)) {
        Opening::Title(prompt.to_owned())
    } else {
        Opening::Beginning(prompt.to_owned())
    }
}

/// The text the model goes on from. An order is finished by an empty line, or the model would go on ordering.
pub fn begun(prompt: &str) -> String {
    match opening(prompt) {
        Opening::Title(order) => format!("{order}\n\n"),
        Opening::Beginning(beginning) => beginning,
    }
}

/// What a person copies: the story with its beginning, or with its title above.
pub fn copied(prompt: &str, story: &Story) -> String {
    match opening(prompt) {
        Opening::Title(title) => format!("{title}\n\n{}\n", story.text().trim()),
        Opening::Beginning(beginning) => format!("{}\n", joined(&beginning, &story.text()).trim()),
    }
}

/// What the model goes on from: the prompt and everything made since.
pub fn so_far(prompt: &str, story: &Story) -> String {
    joined(&begun(prompt), &story.text())
}

/// A story's paragraphs: texts between line breaks, without empty ones.
pub fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What belongs between a beginning and the text that goes on from it.
pub fn gap(after: &str) -> &'static str {
    if joined("x", after).len() > after.len() + 1 { " " } else { "" }
}

/// Two texts as one: models often leave out the blank between prompt and answer.
fn joined(before: &str, after: &str) -> String {
    let glued = before.ends_with(char::is_whitespace)
        || after.starts_with(|c: char| c.is_whitespace() || ",.;:!?'\u{2019})".contains(c));
    if before.is_empty() || after.is_empty() || glued {
        format!("{before}{after}")
    } else {
        format!("{before} {after}")
    }
}

/// The facts under a picture, as name and value.
pub fn facts(picture: &Picture, settings: &Settings) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Seed", picture.seed.clone()),
        ("Model", picture.model.clone()),
        ("Size", format!("{} × {}", settings.width, settings.height)),
        ("Steps", settings.steps.to_string()),
        ("Sampler", settings.sampler.clone()),
        ("Guidance", words::decimal(settings.cfg_scale)),
        ("Worker", picture.worker.clone()),
    ];
    if !settings.negative.is_empty() {
        facts.push(("Without", settings.negative.clone()));
    }
    facts
}

/// What a request has cost, in words.
pub fn cost(kudos: f64) -> String {
    format!("{} kudos", words::kudos(kudos))
}

/// Says where the browser finds a result: a link as it is, bare base64 as a data address, nothing for a lost one.
pub fn source(img: &str) -> Option<String> {
    if img.is_empty() || img == "N/A" {
        return None;
    }
    if img.starts_with("http://") || img.starts_with("https://") || img.starts_with("data:") {
        return Some(img.to_owned());
    }
    Some(format!("data:image/webp;base64,{img}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(text: &str) -> Story {
        Story { parts: vec![text.to_owned()], seed: 7, model: "m".to_owned(), worker: "w".to_owned(), ended: false }
    }

    #[test]
    fn an_order_is_a_title_and_anything_else_a_beginning() {
        assert_eq!(opening(" Write a fable about a fox "), Opening::Title("Write a fable about a fox".to_owned()));
        assert_eq!(begun("A story about a fox"), "A story about a fox\n\n");
        assert_eq!(begun("Once upon a time "), "Once upon a time");
        assert_eq!(opening("Writers met a lion"), Opening::Beginning("Writers met a lion".to_owned()));
    }

    #[test]
    fn a_copied_story_reads_on_from_its_beginning() {
        assert_eq!(copied("There was a lion who", &story("slept.")), "There was a lion who slept.\n");
        assert_eq!(copied("There was a lion", &story(", old and wise.")), "There was a lion, old and wise.\n");
        assert_eq!(copied("Write a fable", &story(" A fox ran.")), "Write a fable\n\nA fox ran.\n");
    }

    #[test]
    fn paragraphs_are_what_stands_between_line_breaks() {
        assert_eq!(paragraphs(" A fox.\n\n  A crow.\n"), ["A fox.", "A crow."]);
        assert_eq!([gap("slept"), gap(", old"), gap("")], [" ", "", ""]);
    }

    #[test]
    fn going_on_sends_everything_so_far() {
        let mut tale = story("A fox ran.");
        tale.go_on(story(" A crow laughed."));
        assert_eq!(so_far("Write a fable", &tale), "Write a fable\n\nA fox ran. A crow laughed.");
        assert!(!tale.ended);
    }

    #[test]
    fn a_part_that_says_nothing_ends_the_story() {
        let mut tale = story("A fox ran.");
        tale.go_on(story("  \n"));
        assert!(tale.ended);
    }

    #[test]
    fn a_result_is_a_link_or_inline_or_lost() {
        assert_eq!(source("http://h/x.webp").as_deref(), Some("http://h/x.webp"));
        assert_eq!(source("UklGRg==").as_deref(), Some("data:image/webp;base64,UklGRg=="));
        assert_eq!(source("N/A"), None);
    }
}
