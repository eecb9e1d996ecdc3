//! What a style is for, and how its prompt is filled with a requester's. Which style is meant, and its parameters, are not here but in the server.

/// What a style is for. There are none for alchemy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StyleKind {
    /// Pictures.
    Image,
    /// Texts.
    Text,
}

impl StyleKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Image, Self::Text];

    /// Tells the name under which it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Text => "text",
        }
    }

    /// Reads the name under which it is stored and sent.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The places that a prompt of the kind must have.
    pub fn places(self) -> &'static [&'static str] {
        match self {
            Self::Image => &[PROMPT, NEGATIVE],
            Self::Text => &[PROMPT],
        }
    }

    /// The prompt of a style that names none: the requester's own.
    pub fn plain_prompt(self) -> &'static str {
        match self {
            Self::Image => "{p}{np}",
            Self::Text => PROMPT,
        }
    }
}

/// Parts the wanted from the unwanted in a prompt for a picture.
const PARTING: &str = "###";

/// Where the requester's prompt goes.
pub const PROMPT: &str = "{p}";
/// Where what the requester does not want goes.
pub const NEGATIVE: &str = "{np}";

/// Fills the prompt of an image style. A requester's prompt is parted at its first `###`; if the style's has no parting of its own, the
/// unwanted part brings it along.
pub fn image_prompt(style: &str, prompt: &str) -> String {
    let (wanted, unwanted) = prompt.split_once(PARTING).unwrap_or((prompt, ""));
    if unwanted.is_empty() || style.contains(PARTING) {
        return fill(style, &[(PROMPT, wanted), (NEGATIVE, unwanted)]);
    }
    fill(style, &[(PROMPT, wanted), (NEGATIVE, &format!("{PARTING}{unwanted}"))])
}

/// Fills the prompt of a text style.
pub fn text_prompt(style: &str, prompt: &str) -> String {
    fill(style, &[(PROMPT, prompt)])
}

/// Puts values where their names stand. Other braces stay, those in values too: nothing is filled twice.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = values.iter().find_map(|(name, value)| Some((rest.strip_prefix(name)?, value)));
        if let Some((behind, value)) = found {
            filled.push_str(value);
            rest = behind;
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_both_parts_of_the_prompt() {
        for (style, prompt, expected) in [
            ("{p}{np}", "a cat", "a cat"),
            ("{p}{np}", "a cat###blurry", "a cat###blurry"),
            ("{p}, oil on canvas{np}", "a cat###blurry", "a cat, oil on canvas###blurry"),
            ("{p}, oil###ugly, {np}", "a cat###blurry", "a cat, oil###ugly, blurry"),
            ("{p}, oil###ugly, {np}", "a cat", "a cat, oil###ugly, "),
            ("{p}{np}", "a###b###c", "a###b###c"),
            ("{p}{np}", "a cat###", "a cat"),
            ("old {p}, young {p}{np}", "cat", "old cat, young cat"),
        ] {
            assert_eq!(image_prompt(style, prompt), expected, "{style} with {prompt}");
        }
    }

    #[test]
    fn texts_have_one_part() {
        assert_eq!(
            text_prompt("### Instruction: {p}\n### Response:", "a###b"),
            "### Instruction: a###b\n### Response:"
        );
        assert_eq!(text_prompt("{p}{np}", "tale"), "tale{np}");
    }

    #[test]
    fn other_braces_stay_and_nothing_is_filled_twice() {
        assert_eq!(image_prompt("{{p}} {x} {p{np}", "{np}{p}"), "{{np}{p}} {x} {p");
        assert_eq!(image_prompt("ö{p}é{np}{", "ü"), "öüé{");
    }
}
