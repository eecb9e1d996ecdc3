//! Shared keys: others ask with them at their owner's cost, within an allowance and limits. Making, changing and deleting them; what a
//! request that came with one must keep to; and how the allowance shrinks with each payment. Styles' own keys are not here.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use uuid::Builder;

use crate::desk::Desk;
use crate::desk::answer::{SharedKeyChange, SharedKeyView};
use crate::desk::events::Event;
use crate::desk::restore::SharedKeyRecord;
use crate::id::{Ids, SharedKeyId, UserId};
use crate::kudos::Kudos;
use crate::limits::{SHARED_KEYS_EDUCATION_MAX, SHARED_KEYS_MAX, SHARED_KEYS_TRUSTED_MAX};
use crate::price;
use crate::refusal::{AskRefusal, SharedKeyLimit, SharedKeyRefusal};
use crate::request::{Request, Work};
use crate::standing::Roles;
use crate::time::Timestamp;

/// What a new key may spend unless its owner says otherwise.
const ALLOWANCE: Kudos = Kudos::whole(5_000);

impl Desk {
    /// Makes a shared key. `id` is what it shall be, if the caller may say the same twice: a key that is there already answers.
    pub fn make_shared_key(
        &mut self,
        owner: UserId,
        wish: &SharedKeyChange,
        id: Option<SharedKeyId>,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<SharedKeyView, SharedKeyRefusal> {
        if let Some(view) = id.and_then(|id| self.shared_key(id)) {
            return Ok(view);
        }
        if owner.is_anonymous() {
            return Err(SharedKeyRefusal::Anonymous);
        }
        let roles = self.state.users.get(&owner).ok_or(SharedKeyRefusal::UnknownUser)?.roles;
        let limit = most_keys(roles);
        if self.state.shared_keys_of.get(&owner).is_some_and(|keys| keys.len() >= limit) {
            return Err(SharedKeyRefusal::TooMany { limit });
        }
        let key = SharedKeyRecord {
            id: id.unwrap_or_else(|| drawn(ids)),
            owner,
            created: now,
            name: None,
            expires: None,
            allowance: Some(ALLOWANCE),
            utilized: Kudos::ZERO,
            max_image_pixels: None,
            max_image_steps: None,
            max_text_tokens: None,
        };
        self.save_changed_key(key, wish, now, out)
    }

    /// Changes a shared key of the caller.
    pub fn change_shared_key(
        &mut self,
        caller: UserId,
        id: SharedKeyId,
        change: &SharedKeyChange,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<SharedKeyView, SharedKeyRefusal> {
        let key = SharedKeyRecord::clone(self.own_shared_key(caller, id)?);
        if *change == SharedKeyChange::default() {
            return Err(SharedKeyRefusal::Nothing);
        }
        self.save_changed_key(key, change, now, out)
    }

    /// Deletes a shared key of the caller. What was asked for with it is still done, and paid by its owner.
    pub fn delete_shared_key(
        &mut self,
        caller: UserId,
        id: SharedKeyId,
        out: &mut Vec<Event>,
    ) -> Result<(), SharedKeyRefusal> {
        self.own_shared_key(caller, id)?;
        self.emit(Event::SharedKeyForgotten(id), out);
        Ok(())
    }

    /// Tells about a shared key.
    pub fn shared_key(&self, id: SharedKeyId) -> Option<SharedKeyView> {
        let record = self.state.shared_keys.get(&id)?;
        let owner = self.state.users.get(&record.owner)?;
        Some(SharedKeyView { record: Arc::clone(record), owner: Arc::clone(owner) })
    }

    fn own_shared_key(&self, caller: UserId, id: SharedKeyId) -> Result<&Arc<SharedKeyRecord>, SharedKeyRefusal> {
        let key = self.state.shared_keys.get(&id).ok_or(SharedKeyRefusal::NotFound)?;
        if key.owner == caller { Ok(key) } else { Err(SharedKeyRefusal::NotOwner) }
    }

    fn save_changed_key(
        &mut self,
        mut key: SharedKeyRecord,
        change: &SharedKeyChange,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<SharedKeyView, SharedKeyRefusal> {
        key.name = change.name.clone().or(key.name);
        key.expires = change.life.map_or(key.expires, |life| life.map(|life| now + life));
        key.allowance = change.allowance.unwrap_or(key.allowance);
        key.max_image_pixels = change.max_image_pixels.unwrap_or(key.max_image_pixels);
        key.max_image_steps = change.max_image_steps.unwrap_or(key.max_image_steps);
        key.max_text_tokens = change.max_text_tokens.unwrap_or(key.max_text_tokens);
        let id = key.id;
        self.emit(Event::SharedKeySaved(Arc::new(key)), out);
        self.shared_key(id).ok_or(SharedKeyRefusal::NotFound)
    }

    /// Finds who pays for a request that came with a shared key. With nothing left on the key, whoever prefers that asks as nobody in
    /// particular; tells whether that is so.
    pub(super) fn open_purse(
        &self,
        request: &mut Request,
        allow_downgrade: bool,
        now: Timestamp,
    ) -> Result<bool, AskRefusal> {
        let Some(id) = request.shared_key else { return Ok(false) };
        let key = self.state.shared_keys.get(&id).ok_or(AskRefusal::UnknownUser)?;
        if key.is_expired(now) {
            return Err(AskRefusal::SharedKeyExpired);
        }
        if !key.is_empty() {
            request.user = key.owner;
            return Ok(false);
        }
        if !allow_downgrade {
            return Err(AskRefusal::SharedKeyEmpty);
        }
        request.user = UserId::ANONYMOUS;
        request.shared_key = None;
        request.key_of_style = false;
        Ok(true)
    }

    /// Checks that the allowance covers a request beside what was asked for before; tells whether it does not, where that only lowers
    /// the priority.
    pub(super) fn exceeds_allowance(&self, request: &Request, allow_downgrade: bool) -> Result<bool, AskRefusal> {
        let Some(key) = request.shared_key.and_then(|id| self.state.shared_keys.get(&id)) else { return Ok(false) };
        let Some(allowance) = key.allowance else { return Ok(false) };
        let available = allowance.minus_or_zero(self.awaited_on(key));
        let needed = self.needed(request);
        if needed <= available {
            return Ok(false);
        }
        if allow_downgrade { Ok(true) } else { Err(AskRefusal::SharedKeyInsufficientKudos { needed, available }) }
    }

    /// Tells what the unfinished results that were asked for with a key may still cost.
    fn awaited_on(&self, key: &SharedKeyRecord) -> Kudos {
        let requests = self.state.requests_of.get(&key.owner).into_iter().flatten();
        let of_key = requests.filter_map(|id| self.state.requests.get(id));
        of_key
            .filter(|live| live.record.request.shared_key == Some(key.id))
            .map(|live| {
                let (tally, request) = (live.tally(), &live.record.request);
                self.needed(request).scaled(i64::from(tally.waiting + tally.leased), i64::from(request.n.max(1)))
            })
            .sum()
    }

    /// Tells what a request may cost in all, as it is compared with what is in hand.
    pub(super) fn needed(&self, request: &Request) -> Kudos {
        match &request.work {
            Work::Image(_) => self.quote(request),
            Work::Text(text) => price::text_upfront(&self.settings.models, request, text),
            // Alchemy is never so demanding.
            Work::Alchemy(_) => Kudos::ZERO,
        }
    }

    /// Checks a request against the limits of its key. A key that goes with a style bounds what the style may spend, not what it asks for.
    pub(super) fn within_key_limits(&self, request: &Request) -> Result<(), AskRefusal> {
        let own = request.shared_key.filter(|_| !request.key_of_style);
        let Some(key) = own.and_then(|id| self.state.shared_keys.get(&id)) else { return Ok(()) };
        let beyond = match &request.work {
            Work::Image(image) => {
                let pixels = key.max_image_pixels.filter(|most| image.area() > *most).map(SharedKeyLimit::Pixels);
                let steps = key.max_image_steps.filter(|most| image.steps > *most).map(SharedKeyLimit::Steps);
                pixels.or(steps)
            }
            Work::Text(text) => key.max_text_tokens.filter(|most| text.max_length > *most).map(SharedKeyLimit::Tokens),
            Work::Alchemy(_) => None,
        };
        beyond.map_or(Ok(()), |limit| Err(AskRefusal::SharedKeyLimit(limit)))
    }

    /// Takes what its owner paid off a key's allowance, down to nothing; from an empty key nothing is taken.
    pub(super) fn charge_key(&mut self, key: Option<SharedKeyId>, paid: Kudos, out: &mut Vec<Event>) {
        let Some(record) = key.and_then(|id| self.state.shared_keys.get(&id)) else { return };
        if record.is_empty() || !paid.is_positive() {
            return;
        }
        let charged = SharedKeyRecord {
            allowance: record.allowance.map(|left| left.minus_or_zero(paid)),
            utilized: record.utilized + paid,
            ..SharedKeyRecord::clone(record)
        };
        self.emit(Event::SharedKeySaved(Arc::new(charged)), out);
    }

    /// Adds a gift to a key's allowance, unless it has no end.
    pub(super) fn raise_allowance(&mut self, key: SharedKeyId, given: Kudos, out: &mut Vec<Event>) {
        let Some(record) = self.state.shared_keys.get(&key) else { return };
        if let Some(left) = record.allowance {
            let raised = SharedKeyRecord { allowance: Some(left + given), ..SharedKeyRecord::clone(record) };
            self.emit(Event::SharedKeySaved(Arc::new(raised)), out);
        }
    }
}

/// Tells how many keys a user may have. Trust comes first, as on the AI Horde.
fn most_keys(roles: Roles) -> usize {
    if roles.trusted {
        SHARED_KEYS_TRUSTED_MAX
    } else if roles.education {
        SHARED_KEYS_EDUCATION_MAX
    } else {
        SHARED_KEYS_MAX
    }
}

/// Draws a key: all of it is chance, because it is a secret.
fn drawn(ids: &mut dyn Ids) -> SharedKeyId {
    let (high, low) = (u128::from(ids.random()), u128::from(ids.random()));
    SharedKeyId(Builder::from_random_bytes((high << 64 | low).to_be_bytes()).into_uuid())
}
