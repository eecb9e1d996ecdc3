//! From the wire's text request to the rules' request, and what a text request may be beyond the shape of its body.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use throng_api::ReturnCode as Rc;
use throng_api::text::{Ask, Params};
use throng_domain::request::{Name, Request, TextWork, Work};

use super::super::asked::{names, network, shared, targeting};
use crate::auth::{Call, Requester};
use crate::error::Error;

/// Members of `params` that the rules hold as types, so the payload must not hold them a second time.
const TYPED: [&str; 3] = ["n", "max_length", "max_context_length"];

/// The samplers that an order must name.
const SAMPLERS: usize = 7;
/// Texts at which to stop.
const STOPS_MAX: usize = 128;
/// Their characters in all.
const STOPS_CHARS_MAX: usize = 2000;

/// Refuses what no worker should get, in the order in which the AI Horde looks.
pub(in crate::routes) fn check(ask: &Ask) -> Result<(), Error> {
    let params = &ask.params;
    let refuse_if = |condition: bool, code: Rc| if condition { Err(Error::refused(code)) } else { Ok(()) };
    refuse_if(max_length(params) > max_context_length(params), Rc::TokenOverflow)?;
    let distinct = |order: &Vec<i64>| order.iter().collect::<HashSet<_>>().len();
    refuse_if(
        params.sampler_order.as_ref().is_some_and(|order| distinct(order) < SAMPLERS),
        Rc::MissingFullSamplerOrder,
    )?;
    let stops: HashSet<_> = params.stop_sequence.iter().flatten().collect();
    refuse_if(stops.len() > STOPS_MAX, Rc::TooManyStopSequences)?;
    let characters: usize = stops.iter().map(|stop| stop.chars().count()).sum();
    refuse_if(characters > STOPS_CHARS_MAX, Rc::ExcessiveStopSequence)?;
    refuse_if(!ask.extra_source_images.is_empty(), Rc::InvalidExtraSourceImagesDotted)
}

fn max_length(params: &Params) -> u32 {
    params.max_length.unwrap_or(Params::MAX_LENGTH)
}

fn max_context_length(params: &Params) -> u32 {
    params.max_context_length.unwrap_or(Params::MAX_CONTEXT_LENGTH)
}

/// Makes the request.
pub(super) fn request(ask: &Ask, by: Requester, call: &Call) -> Result<Request, Error> {
    let mut payload = serde_json::to_value(&ask.params).map_err(Error::internal)?;
    if let Value::Object(members) = &mut payload {
        members.retain(|name, _| !TYPED.contains(&name.as_str()));
    }
    Ok(Request {
        user: by.user,
        prompt: Arc::from(ask.prompt.as_str()),
        payload: Arc::new(payload),
        work: Work::Text(TextWork {
            max_length: max_length(&ask.params),
            max_context_length: max_context_length(&ask.params),
            softprompt: ask.softprompt.as_deref().map(Name::from),
        }),
        models: names(&ask.models),
        n: u16::try_from(ask.params.n.unwrap_or(1)).unwrap_or(u16::MAX),
        // Texts are never marked: the wire has no member for it.
        nsfw: false,
        trusted_workers: ask.trusted_workers,
        validated_backends: ask.validated_backends,
        slow_workers: ask.slow_workers,
        extra_slow_workers: ask.extra_slow_workers,
        disable_batching: ask.disable_batching,
        targeting: targeting(&ask.workers, ask.worker_blacklist)?,
        safe_address: true,
        shared: false,
        client_agent: Arc::from(call.agent.as_str()),
        webhook: shared(ask.webhook.as_deref()),
        proxied_account: shared(ask.proxied_account.as_deref()),
        shared_key: by.shared_key,
        key_of_style: by.of_style,
        style_owner: None,
        address: Some(network(call.origin)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_mistake_is_told() {
        let stops = |count: usize, length: usize| (0..count).map(|at| format!("{at:0length$}")).collect::<Vec<_>>();
        for (params, expected) in [
            (json!({}), None),
            (json!({"max_length": 200, "max_context_length": 100}), Some(Rc::TokenOverflow)),
            (json!({"max_length": 2048}), None),
            (json!({"max_length": 2049}), Some(Rc::TokenOverflow)),
            (json!({"sampler_order": [6, 0, 1, 3, 4, 2, 5]}), None),
            (json!({"sampler_order": [6, 0, 1, 3, 4, 2, 2]}), Some(Rc::MissingFullSamplerOrder)),
            (json!({"stop_sequence": stops(128, 3)}), None),
            (json!({"stop_sequence": stops(129, 3)}), Some(Rc::TooManyStopSequences)),
            (json!({"stop_sequence": stops(2, 1001)}), Some(Rc::ExcessiveStopSequence)),
        ] {
            let ask: Ask = serde_json::from_value(json!({"prompt": "a", "params": params})).unwrap();
            let code = match check(&ask) {
                Ok(()) => None,
                Err(Error::Refused(code, _)) => Some(code),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(code, expected, "{params}");
        }
    }
}
