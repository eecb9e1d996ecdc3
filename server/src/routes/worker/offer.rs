//! What all pops have in common: from what a worker says to the rules' offer, and from the rules' counts to the wire's.

use std::net::IpAddr;

use throng_api::ReturnCode as Rc;
use throng_api::pop::{Message, Skipped, Terms, Worker, skip};
use throng_domain::UserId;
use throng_domain::desk::answer;
use throng_domain::limits::WORKER_NAME_CHARS_MAX;
use throng_domain::offer::{Ability, Address, Offer, Seen};
use throng_domain::request::Name;
use throng_domain::standing::Roles;

use super::super::asked::roles;
use crate::app::App;
use crate::error::Error;
use crate::texts::{clean, is_foul};
use crate::wire::date;

/// The help that stands before "missing", as for every parameter.
pub(super) const NAME_HELP: &str = "The Name of the Worker.";

/// The part of a pop that every kind has, or is taken to say.
#[derive(Debug)]
pub(super) struct Common<'a> {
    pub worker: &'a Worker,
    pub terms: &'a Terms,
    pub blacklist: &'a [String],
    pub allow_unsafe_ipaddr: bool,
}

impl Common<'_> {
    /// Makes the offer.
    pub(super) async fn offer(
        &self,
        app: &App,
        owner: UserId,
        address: IpAddr,
        priority_users: Vec<UserId>,
        ability: Ability,
    ) -> Result<Offer, Error> {
        let seen = self.seen(app, owner, address).await?;
        let names = |texts: &[String]| texts.iter().map(|text| Name::from(text.as_str())).collect();
        Ok(Offer {
            owner,
            name: sanitised(&self.worker.name),
            bridge_agent: Name::from(self.worker.bridge_agent.as_str()),
            address: Name::from(address.to_string()),
            safe_address: seen.address == Address::Safe,
            models: names(&self.terms.models),
            nsfw: self.terms.nsfw,
            blacklist: names(self.blacklist),
            threads: u16::try_from(self.worker.threads).unwrap_or(u16::MAX),
            amount: u16::try_from(self.terms.amount).unwrap_or(u16::MAX),
            priority_users,
            require_upfront_kudos: self.terms.require_upfront_kudos,
            extra_slow: self.terms.extra_slow_worker,
            allow_unsafe_address: self.allow_unsafe_ipaddr,
            ability,
            seen,
        })
    }

    /// Looks at who stands at the door. A service is asked about the address only for owners to whom its answer matters.
    async fn seen(&self, app: &App, owner: UserId, address: IpAddr) -> Result<Seen, Error> {
        let now = app.clock.now();
        let known = app.addresses.safety.known(address, now);
        let judged = match known {
            Some(known) => known,
            None if may_hide(roles(app, owner).await?) => Address::Safe,
            None => app.addresses.safety.judge(address, now).await,
        };
        // Under a raid those who hide are let in and watched: who is sent away only looks for another door.
        let hides = judged == Address::Unsafe && app.board.modes().raid;
        let is_watched = hides && !may_hide(roles(app, owner).await?);
        let seconds = app.addresses.timeouts.seconds_left(address, now);
        Ok(Seen {
            timed_out_seconds: seconds.map(|seconds| u64::try_from(seconds).unwrap_or(0)),
            address: if is_watched { Address::Watched } else { judged },
            name_chars: self.worker.name.trim().chars().count(),
            foul_name: is_foul(&self.worker.name),
            foul_agent: is_foul(&self.worker.bridge_agent),
        })
    }
}

/// Whether an owner's workers may come from addresses that hide who is behind them.
fn may_hide(roles: Roles) -> bool {
    roles.trusted || roles.vpn
}

/// Reads whose requests come first. Checked before the key, as at the AI Horde.
pub(super) fn priority_users(names: &[String]) -> Result<Vec<UserId>, Error> {
    let number = |name: &String| name.rsplit_once('#').and_then(|(_, number)| number.parse().ok()).map(UserId);
    names.iter().map(|name| number(name).ok_or_else(|| Error::refused(Rc::InvalidPriorityUsername))).collect()
}

/// Takes out of a name what could be read as markup or break a line, and cuts it.
fn sanitised(name: &str) -> Name {
    Name::from(clean(name).chars().take(WORKER_NAME_CHARS_MAX).collect::<String>())
}

/// Counts of skipped requests, in the wire's words.
pub(super) fn skipped(counts: &answer::Skipped) -> Skipped {
    let answer::Skipped {
        worker_id,
        performance,
        nsfw,
        untrusted,
        models,
        bridge_version,
        unsafe_ip,
        img2img,
        painting,
        post_processing,
        lora,
        controlnet,
        max_pixels,
        kudos,
        blacklist,
        step_count,
        max_length,
        max_context_length,
        matching_softprompt,
    } = *counts;
    let counts = [
        (skip::WORKER_ID, worker_id),
        (skip::PERFORMANCE, performance),
        (skip::NSFW, nsfw),
        (skip::UNTRUSTED, untrusted),
        (skip::MODELS, models),
        (skip::BRIDGE_VERSION, bridge_version),
        (skip::UNSAFE_IP, unsafe_ip),
        (skip::IMG2IMG, img2img),
        (skip::PAINTING, painting),
        (skip::POST_PROCESSING, post_processing),
        (skip::LORA, lora),
        (skip::CONTROLNET, controlnet),
        (skip::MAX_PIXELS, max_pixels),
        (skip::KUDOS, kudos),
        (skip::BLACKLIST, blacklist),
        (skip::STEP_COUNT, step_count),
        (skip::MAX_LENGTH, max_length),
        (skip::MAX_CONTEXT_LENGTH, max_context_length),
        (skip::MATCHING_SOFTPROMPT, matching_softprompt),
    ];
    counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| (word.to_owned(), u64::from(count)))
        .collect()
}

/// What the house has to say, in the wire's form.
pub(super) fn messages(messages: &[answer::Message]) -> Vec<Message> {
    let message = |message: &answer::Message| Message {
        id: message.id.to_string(),
        message: message.text.to_string(),
        origin: Some(message.origin.to_string()),
        expiry: date(message.expires),
    };
    messages.iter().map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_is_no_name() {
        assert_eq!(&*sanitised("  my <b>rig</b>\n "), "my &lt;b&gt;rig&lt;/b&gt;");
        assert_eq!(sanitised(&"<".repeat(200)).chars().count(), WORKER_NAME_CHARS_MAX);
    }

    #[test]
    fn priority_usernames_need_their_number() {
        assert_eq!(priority_users(&["ada#12".into(), "a#b#7".into()]).unwrap(), [UserId(12), UserId(7)]);
        for wrong in ["ada", "ada#", "ada#x"] {
            assert!(
                matches!(priority_users(&[wrong.into()]), Err(Error::Refused(Rc::InvalidPriorityUsername, _))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn only_reasons_that_counted_are_told() {
        let counts = answer::Skipped { post_processing: 2, ..answer::Skipped::default() };
        assert_eq!(skipped(&counts), Skipped::from([("post-processing".to_owned(), 2)]));
    }
}
