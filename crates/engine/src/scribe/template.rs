//! Where a model's tags come from: its own `throng.json`, or else its chat template, tried out on marked words.
//!
//! Not here: filling placeholders, which `tags` does.

use minijinja::{Environment, Error, ErrorKind, context};
use serde::Deserialize;

use crate::error::EngineError;
use crate::files::Place;
use crate::scribe::tags::Tags;

/// `throng.json`: what a model folder of ours says beyond the common layout.
#[derive(Deserialize)]
struct ThrongFile {
    tags: Option<Tags>,
}

#[derive(Deserialize)]
struct TokenizerFile {
    chat_template: Option<ChatTemplate>,
    bos_token: Option<Mark>,
    eos_token: Option<Mark>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ChatTemplate {
    One(String),
    Named(Vec<NamedTemplate>),
}

#[derive(Deserialize)]
struct NamedTemplate {
    name: String,
    template: String,
}

/// A special token, alone or with its properties.
#[derive(Deserialize)]
#[serde(untagged)]
enum Mark {
    Bare(String),
    Described { content: String },
}

impl Mark {
    fn text(self) -> String {
        match self {
            Self::Bare(text) | Self::Described { content: text } => text,
        }
    }
}

/// The tags of the model in a folder.
pub(crate) fn read_tags(folder: &Place) -> Result<Tags, EngineError> {
    let own = folder.join("throng.json");
    if own.is_file() {
        let file: ThrongFile = own.read_json()?;
        if let Some(tags) = file.tags {
            return Ok(tags);
        }
    }
    let Some((template, beginning, end)) = chat_template(folder)? else { return Ok(Tags::default()) };
    Ok(probe(&template, &beginning, &end).unwrap_or_else(|error| {
        tracing::warn!(%error, folder = %folder.display(), "the chat template could not be tried out; plain headings are used");
        Tags::default()
    }))
}

fn chat_template(folder: &Place) -> Result<Option<(String, String, String)>, EngineError> {
    let path = folder.join("tokenizer_config.json");
    if !path.is_file() {
        return Ok(None);
    }
    let file: TokenizerFile = path.read_json()?;
    let separate = folder.join("chat_template.jinja");
    let template = if separate.is_file() {
        Some(String::from_utf8_lossy(&separate.read()?).into_owned())
    } else {
        match file.chat_template {
            Some(ChatTemplate::One(template)) => Some(template),
            Some(ChatTemplate::Named(all)) => all.into_iter().find(|t| t.name == "default").map(|t| t.template),
            None => None,
        }
    };
    let text = |mark: Option<Mark>| mark.map(Mark::text).unwrap_or_default();
    Ok(template.map(|template| (template, text(file.bos_token), text(file.eos_token))))
}

// Words no template contains, so that what stands between them is the template's own.
const SYSTEM: &str = "\u{2}s\u{3}";
const FIRST_USER: &str = "\u{2}u1\u{3}";
const ASSISTANT: &str = "\u{2}a\u{3}";
const SECOND_USER: &str = "\u{2}u2\u{3}";

/// Renders marked conversations through a chat template and reads the tags off between the marks.
fn probe(template: &str, beginning: &str, end: &str) -> Result<Tags, Error> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", |why: String| -> Result<String, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, why))
    });
    // Some templates print the date; the tags do not depend on it.
    environment.add_function("strftime_now", |_format: String| String::new());
    let template = environment.template_from_str(template)?;
    let render = |turns: &[(&str, &str)], prompting: bool| {
        let messages: Vec<_> = turns.iter().map(|(role, content)| context! { role, content }).collect();
        template.render(context! {
            messages, add_generation_prompt => prompting, bos_token => beginning, eos_token => end,
        })
    };
    let turns = [("user", FIRST_USER), ("assistant", ASSISTANT), ("user", SECOND_USER)];
    let renderings = Renderings {
        asked: render(&turns, false)?,
        prompted: render(&turns, true)?,
        answered: render(&turns[..2], false)?,
        // A template may refuse a system's turn; then its words simply stand before the user's.
        with_system: render(&[("system", SYSTEM), turns[0]], false).ok(),
    };
    renderings
        .read_off(beginning)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "the words of a turn are not in its rendering"))
}

/// What a template made of the marked conversations.
struct Renderings {
    /// User, assistant, user.
    asked: String,
    /// The same, with the assistant prompted to answer.
    prompted: String,
    /// User, assistant.
    answered: String,
    /// System, user.
    with_system: Option<String>,
}

impl Renderings {
    fn read_off(&self, beginning: &str) -> Option<Tags> {
        let (_, rest) = self.asked.split_once(FIRST_USER)?;
        let (to_assistant, rest) = rest.split_once(ASSISTANT)?;
        let (to_user, tail) = rest.split_once(SECOND_USER)?;
        let (_, closing) = self.answered.split_once(ASSISTANT)?;
        // Not from before the first user: a template may put words of its own there.
        let (assistant_end, user_start) = to_user.strip_prefix(closing).map_or(("", to_user), |start| (closing, start));
        // What also stands behind the last user's words closes the user's turn.
        let (user_end, assistant_start) =
            to_assistant.strip_prefix(tail).map_or(("", to_assistant), |start| (tail, start));
        let assistant_prompt = self
            .prompted
            .split_once(SECOND_USER)
            .and_then(|(_, gap)| gap.strip_prefix(user_end))
            .filter(|prompt| *prompt != assistant_start);
        let (system_start, system_end) =
            self.read_system_off(user_start, beginning).unwrap_or(("", SYSTEM_END_WITHOUT_TURN));
        Some(Tags {
            system_start: system_start.to_owned(),
            system_end: system_end.to_owned(),
            user_start: user_start.to_owned(),
            user_end: user_end.to_owned(),
            assistant_start: assistant_start.to_owned(),
            assistant_end: assistant_end.to_owned(),
            assistant_prompt: assistant_prompt.map(str::to_owned),
        })
    }

    fn read_system_off(&self, user_start: &str, beginning: &str) -> Option<(&str, &str)> {
        let (before, rest) = self.with_system.as_ref()?.split_once(SYSTEM)?;
        let (gap, _) = rest.split_once(FIRST_USER)?;
        // The tokenizer puts the beginning mark itself.
        Some((without_mark(before, beginning), gap.strip_suffix(user_start).unwrap_or(gap)))
    }
}

/// A blank line parts the system's words from the user's where a template knows no system.
const SYSTEM_END_WITHOUT_TURN: &str = "\n\n";

fn without_mark<'a>(text: &'a str, mark: &str) -> &'a str {
    if mark.is_empty() { text } else { text.strip_prefix(mark).unwrap_or(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHATML: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message['content'] | trim }}<|im_end|>\n\
        {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    const BRACKETS: &str = "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}\
        {% elif m.role == 'user' %}[INST] {{ m.content.strip() }} [/INST]{% else %} {{ m.content }}{{ eos_token }}{% endif %}\
        {% endfor %}";

    #[test]
    fn turns_with_headings_are_read_off() {
        let tags = probe(CHATML, "<s>", "</s>").unwrap();
        assert_eq!(tags.system_start, "<|im_start|>system\n");
        assert_eq!(tags.system_end, "<|im_end|>\n");
        assert_eq!(tags.user_start, "<|im_start|>user\n");
        assert_eq!(tags.user_end, "<|im_end|>\n");
        assert_eq!(tags.assistant_start, "<|im_start|>assistant\n");
        assert_eq!(tags.assistant_end, "<|im_end|>\n");
        assert_eq!(tags.assistant_prompt, None);
    }

    #[test]
    fn a_template_without_a_system_and_with_marks_is_read_off() {
        let tags = probe(BRACKETS, "<s>", "</s>").unwrap();
        assert_eq!(tags.user_start, "[INST] ");
        assert_eq!(tags.user_end, " [/INST]");
        assert_eq!(tags.assistant_start, " ");
        assert_eq!(tags.assistant_end, "</s>");
        assert_eq!(tags.system_end, "\n\n");
    }

    #[test]
    fn words_a_template_puts_first_are_no_tag() {
        let tags = probe(&format!("Be kind.<|im_end|>\n{CHATML}"), "", "").unwrap();
        assert_eq!(tags.user_start, "<|im_start|>user\n");
        assert_eq!(tags.assistant_end, "<|im_end|>\n");
    }

    #[test]
    fn our_own_file_wins_and_no_description_gives_headings() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_tags(&folder.path().into()).unwrap(), Tags::default());
        let config = serde_json::json!({ "chat_template": CHATML, "bos_token": {"content": "<s>"} }).to_string();
        std::fs::write(folder.path().join("tokenizer_config.json"), config).unwrap();
        assert_eq!(read_tags(&folder.path().into()).unwrap().user_start, "<|im_start|>user\n");
        std::fs::write(folder.path().join("throng.json"), r#"{"tags":{"user_start":"Q: "}}"#).unwrap();
        assert_eq!(read_tags(&folder.path().into()).unwrap().user_start, "Q: ");
    }
}
