//! Between the loop's words and the wire's: an offer becomes a pop, an answer becomes work, an outcome becomes a submit.
//! The wire's types are `throng-api`'s; how they travel is the shell's affair. What an error means is in `wire/errors.rs`,
//! reading a pop in `wire/popped.rs`, hearing that there may be work in `wire/bell.rs`.

mod bell;
mod errors;
mod popped;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use throng_api::pop::{Terms, Worker, image, text};
use throng_api::submit::{Metadata, Submit};
use throng_api::users::UserDetails;

pub use bell::Bell;
pub use errors::{AfterPop, AfterSubmit, after_pop, after_submit, error_of};
pub use popped::{read_image_pop, read_text_pop};

use crate::horde::Account;
use crate::offer::Offer;
use crate::outcome::{Fault, Outcome, Submission};

/// The body of a pop for images.
pub fn image_pop(offer: &Offer) -> image::Pop {
    image::Pop {
        worker: worker(offer),
        terms: terms(offer),
        max_pixels: u64::from(offer.terms.pixels_max),
        blacklist: offer.terms.blacklist.clone(),
        allow_img2img: offer.img2img,
        allow_painting: offer.inpainting,
        allow_unsafe_ipaddr: offer.terms.unsafe_addresses,
        // What no engine of ours can do is not offered.
        allow_post_processing: false,
        allow_controlnet: false,
        allow_sdxl_controlnet: false,
        allow_lora: false,
        limit_max_steps: false,
    }
}

/// The body of a pop for texts.
pub fn text_pop(offer: &Offer) -> text::Pop {
    text::Pop {
        worker: worker(offer),
        terms: terms(offer),
        max_length: offer.terms.length_max,
        max_context_length: offer.terms.context_length_max,
        softprompts: Vec::new(),
    }
}

fn worker(offer: &Offer) -> Worker {
    Worker {
        name: offer.worker_name().to_owned(),
        priority_usernames: offer.terms.priority_usernames.clone(),
        bridge_agent: offer.terms.agent.clone(),
        threads: offer.terms.threads,
    }
}

fn terms(offer: &Offer) -> Terms {
    Terms {
        nsfw: offer.terms.nsfw,
        models: offer.models.clone(),
        require_upfront_kudos: offer.terms.upfront_kudos_required,
        ..Terms::default()
    }
}

/// The body of a submit.
pub fn submit(submission: &Submission) -> Submit {
    let id = submission.generation.clone();
    let made = |generation: String, seed: u64| Submit {
        generation,
        seed: Some(i64::try_from(seed).unwrap_or(i64::MAX)),
        state: throng_api::submit::State::Ok,
        ..Submit::faulted(id.clone())
    };
    match &submission.outcome {
        Outcome::Uploaded { seed } => made(Submit::UPLOADED.to_owned(), *seed),
        Outcome::Inline { webp, seed } => made(BASE64.encode(webp), *seed),
        Outcome::Text { text, seed } => made(text.clone(), *seed),
        Outcome::Faulted(fault) => {
            let mut faulted = Submit::faulted(id);
            // The only cause the wire has a word for.
            if let Fault::Source(_) = fault {
                faulted.gen_metadata.push(Metadata {
                    kind: "source_image".to_owned(),
                    value: "download_failed".to_owned(),
                    reference: None,
                });
            }
            faulted
        }
    }
}

/// Whose key it is, from the answer of `find_user`.
pub fn account(details: &UserDetails) -> Account {
    Account { username: details.username.clone(), kudos: details.kudos }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use throng_domain::kind::Kind;

    use super::*;
    use crate::horde::HordeError;
    use crate::offer::Ability;
    use crate::parrot;

    fn offer(kind: Kind) -> Offer {
        let ability = Ability { model: "m".into(), kind, img2img: true, inpainting: false };
        Offer::of(kind, &[ability], &parrot::terms()).unwrap()
    }

    #[test]
    fn a_pop_offers_what_the_engine_can_do_and_nothing_else() {
        let body = serde_json::to_value(image_pop(&offer(Kind::Image))).unwrap();
        assert_eq!(body["name"], "polly");
        assert_eq!(body["models"], json!(["m"]));
        assert_eq!(body["allow_img2img"], true);
        for closed in ["allow_painting", "allow_post_processing", "allow_controlnet", "allow_lora"] {
            assert_eq!(body[closed], false, "{closed}");
        }
        let body = serde_json::to_value(text_pop(&offer(Kind::Text))).unwrap();
        assert_eq!(body["name"], "polly the scribe");
        assert_eq!(body["max_length"], 512);
    }

    fn submitted(outcome: Outcome) -> Value {
        let submission = Submission { kind: Kind::Image, generation: "g".into(), outcome };
        serde_json::to_value(submit(&submission)).unwrap()
    }

    #[test]
    fn a_submit_says_how_it_went() {
        let uploaded = submitted(Outcome::Uploaded { seed: 7 });
        assert_eq!(uploaded, json!({"id": "g", "generation": "R2", "seed": 7, "state": "ok"}));
        assert_eq!(submitted(Outcome::Inline { webp: vec![1, 2, 3], seed: 7 })["generation"], "AQID");
        let faulted = submitted(Outcome::Faulted(Fault::TooSlow));
        assert_eq!(faulted, json!({"id": "g", "generation": "faulted", "seed": -1, "state": "faulted"}));
        let faulted = submitted(Outcome::Faulted(Fault::Source(HordeError::Network("down".into()))));
        assert_eq!(faulted["gen_metadata"][0]["value"], "download_failed");
    }
}
