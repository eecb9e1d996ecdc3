//! Alchemy: forms of one picture, each a job of its own. What forms there are, and what a request holds of them. What they cost is not
//! here but in `price/alchemy.rs`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bridge::POST_PROCESSORS;
use crate::request::Name;

/// Forms that tell something of a picture, by wire name. Beside them, every post-processor is a form.
const TELLING: [&str; 7] = ["caption", "interrogation", "nsfw", "vectorize", "palette", "describe", "aesthetic"];

/// Every form the wire knows, in the wire's order.
pub const FORMS: [&str; TELLING.len() + POST_PROCESSORS.len()] = {
    let mut forms = [""; TELLING.len() + POST_PROCESSORS.len()];
    let mut at = 0;
    while at < forms.len() {
        forms[at] = if at < TELLING.len() { TELLING[at] } else { POST_PROCESSORS[at - TELLING.len()] };
        at += 1;
    }
    forms
};

/// The form of an alchemist that names none.
pub const USUAL_FORM: &str = "caption";
/// The form that costs three times as much as others that tell something: it asks many questions at once.
pub const INTERROGATION: &str = "interrogation";

/// Pixels along a side of a tile. The larger the picture, the more tiles an alchemist needs room for.
pub const TILE_SIDE: u32 = 512;

/// Forms of one picture.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlchemyWork {
    /// The picture, as a reference that only the server reads.
    pub source: Arc<str>,
    /// Its extent in tiles.
    pub tiles: u32,
    /// What is wanted of it: slot i is form i. The same form may be wanted several times.
    pub forms: Vec<Form>,
}

impl AlchemyWork {
    /// Tells the form of a job.
    pub fn form(&self, slot: u16) -> Option<&Form> {
        self.forms.get(usize::from(slot))
    }
}

/// One thing wanted of a picture.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Form {
    /// Its wire name.
    pub name: Name,
    /// What only the worker reads, as a JSON object; none if nothing was said.
    pub payload: Option<Arc<Value>>,
}

/// Tells whether the result of a form is a picture, which is uploaded.
pub fn makes_picture(form: &str) -> bool {
    POST_PROCESSORS.contains(&form)
}

/// Tells how many tiles cover a picture, each side rounded up.
pub fn tiles(width: u32, height: u32) -> u32 {
    width.div_ceil(TILE_SIDE).saturating_mul(height.div_ceil(TILE_SIDE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_three_forms_and_sixteen_make_pictures() {
        assert_eq!((FORMS.len(), FORMS[0], FORMS[7], FORMS[22]), (23, "caption", "GFPGAN", "RestoreFormer"));
        assert_eq!(FORMS.iter().filter(|form| makes_picture(form)).count(), 16);
        assert!(FORMS.contains(&USUAL_FORM) && FORMS.contains(&INTERROGATION));
    }

    #[test]
    fn tiles_cover_every_pixel() {
        for (sides, covered) in [((1, 1), 1), ((512, 512), 1), ((513, 512), 2), ((1025, 600), 6)] {
            assert_eq!(tiles(sides.0, sides.1), covered, "{sides:?}");
        }
    }
}
