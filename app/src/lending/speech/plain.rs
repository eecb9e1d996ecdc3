//! The small words: what is prepared, what is made, what kept waiting jobs away.

use throng_api::pop::skip;
use throng_lend::manners::Reason;
use throng_lend::messages::{Craft, Preparation, Processor};

/// What is being prepared.
pub(super) fn preparation(preparation: &Preparation, processor: Processor) -> String {
    let device = super::processor(processor);
    match preparation {
        Preparation::Opening => format!("Opening the {device}"),
        Preparation::Waiting => "Waiting for another tab to stop".to_owned(),
        Preparation::Testing => format!("Checking that the {device} computes rightly"),
        Preparation::Listing => "Asking which models there are".to_owned(),
        Preparation::Fetching { model, .. } => format!("Downloading {model}"),
        Preparation::Loading(model) => format!("Getting {model} ready"),
        Preparation::Measuring(model) => format!("Measuring how fast {model} is here"),
    }
}

/// What a job at hand makes.
pub(super) fn making(craft: Craft) -> &'static str {
    match craft {
        Craft::Pictures => "Making a picture",
        Craft::Stories => "Writing a story",
    }
}

/// What a pause is for.
pub(super) fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::Owner => "because you said so",
        Reason::Battery => "to spare the battery",
        Reason::Offline => "until the network is back",
    }
}

/// What crafts make, all together; nothing for none.
pub fn things(crafts: &[Craft]) -> Option<&'static str> {
    match (crafts.contains(&Craft::Pictures), crafts.contains(&Craft::Stories)) {
        (true, true) => Some("pictures and stories"),
        (true, false) => Some("pictures"),
        (false, true) => Some("stories"),
        (false, false) => None,
    }
}

/// Why there was nothing to do.
pub fn nothing(craft: Craft, reasons: &[String]) -> String {
    let thing = match craft {
        Craft::Pictures => "picture",
        Craft::Stories => "story",
    };
    if reasons.is_empty() {
        return format!("Nobody waits for a {thing} right now.");
    }
    let reasons: Vec<&str> = reasons.iter().map(|reason| skipped(reason)).collect();
    format!("There is no {thing} for this tab right now; what waits {}.", listed(&reasons))
}

/// What a waiting job asks for that this worker does not have, by the wire's word for it.
fn skipped(reason: &str) -> &str {
    match reason {
        skip::WORKER_ID => "is meant for another worker",
        skip::PERFORMANCE => "asks for faster workers",
        skip::NSFW => "is not safe for work",
        skip::BLACKLIST => "holds a word that is refused here",
        skip::UNTRUSTED => "asks for workers whose owners are trusted",
        skip::MODELS => "asks for models that are not here",
        skip::BRIDGE_VERSION => "needs what this program cannot do",
        skip::KUDOS => "cannot be paid for yet",
        skip::MAX_PIXELS => "is too large for this device",
        skip::STEP_COUNT => "takes too many steps",
        skip::UNSAFE_IP => "comes from a doubtful address",
        skip::IMG2IMG => "begins from another picture",
        skip::PAINTING => "paints over a part of another picture",
        skip::POST_PROCESSING => "wants the picture worked over afterwards",
        skip::LORA => "needs an addition to the model",
        skip::CONTROLNET => "needs a picture as a guide",
        skip::MAX_CONTEXT_LENGTH => "looks back further than this device can",
        skip::MAX_LENGTH => "is too long for this device",
        skip::MATCHING_SOFTPROMPT => "needs a soft prompt",
        other => other,
    }
}

/// A list as one says it: "a", "a or b", "a, b or c".
fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_for_idleness_are_plain_words() {
        assert_eq!(nothing(Craft::Stories, &[]), "Nobody waits for a story right now.");
        assert_eq!(
            nothing(Craft::Pictures, &["models".into(), "max_pixels".into(), "nsfw".into()]),
            "There is no picture for this tab right now; what waits asks for models that are not here, is too large for \
             this device or is not safe for work."
        );
    }

    #[test]
    fn every_word_that_servers_always_count_is_known() {
        for word in skip::ALWAYS_FOR_IMAGES {
            assert_ne!(skipped(word), word);
        }
        assert_eq!(skipped("new_reason"), "new_reason");
    }

    #[test]
    fn a_download_is_said_without_numbers_so_that_it_is_read_aloud_once() {
        let fetching = |done| Preparation::Fetching { model: "throng-shapes".into(), done, of: 9 };
        let said = preparation(&fetching(1), Processor::Gpu);
        assert_eq!(said, "Downloading throng-shapes");
        assert_eq!(said, preparation(&fetching(2), Processor::Gpu));
        assert_eq!(preparation(&Preparation::Opening, Processor::Cpu), "Opening the processor");
    }

    #[test]
    fn what_is_made_is_named_together() {
        assert_eq!(things(&[Craft::Stories, Craft::Pictures]), Some("pictures and stories"));
        assert_eq!(things(&[Craft::Stories]), Some("stories"));
        assert_eq!(things(&[]), None);
    }
}
