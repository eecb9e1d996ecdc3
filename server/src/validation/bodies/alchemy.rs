//! What the bodies about alchemy must look like.

use throng_domain::alchemy::FORMS;

use super::{POP_AGENT, POP_NAME, POP_PRIORITY, TEXTS};
use crate::validation::{Rule, TEXT, WHOLE, list, may, must, text, whole};

const ANYTHING: Rule = Rule::Object(&[]);

/// The body of `POST /interrogate/async`. `source_image` is not required here: its absence is told in other words.
pub const ALCHEMY_ASK: Rule = Rule::Object(&[
    may("source_image", TEXT),
    may("forms", list(&Rule::Object(&[must("name", Rule::OneOf(&FORMS)), may("payload", ANYTHING)]))),
    may("slow_workers", Rule::Flag),
    may("webhook", text(10, 1024)),
]);

/// The body of `POST /interrogate/pop`. Forms may have any name: one that is new to this server must not keep a worker out.
pub const ALCHEMY_POP: Rule = Rule::Object(&[
    POP_NAME,
    POP_PRIORITY,
    may("forms", TEXTS),
    may("amount", WHOLE),
    POP_AGENT,
    may("threads", whole(1, 100)),
    may("max_tiles", whole(1, 256)),
]);

/// The body of `POST /interrogate/submit`, whose members are required in other words.
pub const ALCHEMY_SUBMIT: Rule = Rule::Object(&[may("id", TEXT), may("result", ANYTHING), may("state", TEXT)]);
