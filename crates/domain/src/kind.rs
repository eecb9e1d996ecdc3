//! What can be asked for, and the role of a worker that makes it. Wire names are not here but in `api`.

use serde::{Deserialize, Serialize};

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A picture, made by a dreamer.
    Image,
    /// A text, made by a scribe.
    Text,
    /// Forms of one picture (a caption, a larger copy ...), made by an alchemist.
    Alchemy,
}

impl Kind {
    /// Every kind, in a fixed order.
    pub const ALL: [Self; 3] = [Self::Image, Self::Text, Self::Alchemy];

    /// Tells the name under which it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Text => "text",
            Self::Alchemy => "alchemy",
        }
    }

    /// Reads the name under which it is stored.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
