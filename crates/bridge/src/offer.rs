//! What a worker offers when it pops: the owner's terms, and what the engine is able to do.

use throng_domain::kind::Kind;

/// One model an engine can serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ability {
    /// The model's name on the wire.
    pub model: String,
    /// What it makes.
    pub kind: Kind,
    /// Whether it can begin from a picture.
    pub img2img: bool,
    /// Whether it can paint inside a mask.
    pub inpainting: bool,
}

/// The owner's terms: who the worker is and what it is willing to take.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The worker's name.
    pub name: String,
    /// The name for text jobs. AI Horde refuses one name for two kinds, so a worker that serves both has two.
    pub text_name: String,
    /// `name:version:address` of this program.
    pub agent: String,
    /// How many jobs at once.
    pub threads: u32,
    /// Whether requests marked as not safe for work are welcome.
    pub nsfw: bool,
    /// The largest picture, in pixels.
    pub pixels_max: u32,
    /// The longest text to make, in tokens.
    pub length_max: u32,
    /// The longest prompt and text together, in tokens.
    pub context_length_max: u32,
    /// Users (`name#number`) who go first.
    pub priority_usernames: Vec<String>,
    /// Words whose requests are not taken.
    pub blacklist: Vec<String>,
    /// Whether only requesters who can pay at once are served.
    pub upfront_kudos_required: bool,
    /// Whether requests from addresses considered unsafe are welcome.
    pub unsafe_addresses: bool,
}

/// What is sent with a pop: the terms and the models of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Which kind of job is asked for.
    pub kind: Kind,
    /// Every model of that kind the engine can serve.
    pub models: Vec<String>,
    /// Whether all of these can begin from a picture.
    pub img2img: bool,
    /// Whether all of these can paint inside a mask.
    pub inpainting: bool,
    /// The owner's terms.
    pub terms: Terms,
}

impl Offer {
    /// Makes the offer for a kind; none when no model makes it.
    ///
    /// A pop has one flag for all its models, so only what every model can do is offered.
    pub fn of(kind: Kind, abilities: &[Ability], terms: &Terms) -> Option<Self> {
        let able: Vec<&Ability> = abilities.iter().filter(|ability| ability.kind == kind).collect();
        (!able.is_empty()).then(|| Self {
            kind,
            models: able.iter().map(|ability| ability.model.clone()).collect(),
            img2img: able.iter().all(|ability| ability.img2img),
            inpainting: able.iter().all(|ability| ability.inpainting),
            terms: terms.clone(),
        })
    }

    /// The name under which this kind is served.
    pub fn worker_name(&self) -> &str {
        match self.kind {
            Kind::Image => &self.terms.name,
            // No engine makes alchemy yet, so no offer is made for it.
            Kind::Text | Kind::Alchemy => &self.terms.text_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parrot::terms;

    #[test]
    fn an_offer_names_only_the_models_of_its_kind_and_what_all_of_them_can_do() {
        let ability = |model: &str, kind, img2img| Ability { model: model.into(), kind, img2img, inpainting: false };
        let abilities =
            [ability("a", Kind::Image, true), ability("b", Kind::Text, false), ability("c", Kind::Image, false)];
        let offer = Offer::of(Kind::Image, &abilities, &terms()).unwrap();
        assert_eq!(offer.models, ["a", "c"]);
        assert!(!offer.img2img, "c cannot");
        assert!(Offer::of(Kind::Text, &abilities[..1], &terms()).is_none());
    }
}
