//! The pictures of a shared request are rated: once, when all of them are in. Whoever knows the request may rate it; its requester is
//! rewarded. What an opinion is worth is not here but in `rating.rs`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::answer::Outcome;
use crate::desk::events::Event;
use crate::desk::pay::Payment;
use crate::id::{AccountId, GenerationId, Ids, RequestId, UserId};
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::ledger::TransferCode;
use crate::offer::Product;
use crate::rating::{Opinion, RatedPicture, RatingSet};
use crate::refusal::RatingRefusal;
use crate::time::Timestamp;

impl Desk {
    /// Takes an opinion in; tells the reward.
    pub fn rate(
        &mut self,
        id: RequestId,
        opinion: &Opinion,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Kudos, RatingRefusal> {
        use RatingRefusal as R;
        let refuse = |no: bool, refusal| if no { Err(refusal) } else { Ok(()) };
        let status = self.status(id, Kind::Image, now).map_err(|_| R::NotFound)?;
        refuse(!status.progress.done, R::NotCompleted)?;
        refuse(!status.request.shared, R::NotShared)?;
        let set: Vec<GenerationId> = status.results.iter().map(|result| result.generation).collect();
        let best = opinion.judge(&set)?;
        let rated = self.state.requests.get(&id).is_some_and(|live| live.record.progress.rated);
        refuse(rated, R::AlreadyRated)?;
        let user = status.request.user;
        let requester = self.state.users.get(&user).ok_or(R::NotFound)?;
        let reward = opinion.reward(status.progress.consumed).at_most(self.earns_by_ratings(user));
        let rating_set = RatingSet {
            request_id: id,
            at: now,
            user,
            trusted: requester.roles.trusted,
            account_seconds: now.since(requester.created).as_seconds().max(0),
            balance: self.state.ledger.balance(AccountId::of(user)),
            accumulated: requester.counts.accumulated,
            client_agent: Arc::clone(&opinion.client_agent),
            place: Arc::clone(&opinion.place),
            best,
            reward,
            pictures: status.results.iter().map(|result| picture(result, opinion)).collect(),
            request: status.request,
        };
        self.progress(id, out, |progress| progress.rated = true);
        self.emit(Event::RatingTaken(Arc::new(rating_set)), out);
        let mut payment = Payment::new(ids.uuid(now), now).request(id);
        self.pay(&mut payment, AccountId::TREASURY, AccountId::of(user), reward, TransferCode::Award, out);
        self.count_user(user, out, |counts| {
            counts.awarded += reward;
            counts.rated += reward;
        });
        Ok(reward)
    }

    /// Tells what a user may still be paid for ratings: no more than it paid for what it shared, or whoever has nothing would make kudos out
    /// of pictures that were forgiven it. Kudos of nobody in particular would be everybody's, and who may not be given kudos does not get
    /// them this way either.
    fn earns_by_ratings(&self, user: UserId) -> Kudos {
        let Some(record) = self.state.users.get(&user).filter(|_| !user.is_anonymous()) else { return Kudos::ZERO };
        let roles = record.roles;
        if roles.flagged || roles.suspicious || roles.deleted {
            return Kudos::ZERO;
        }
        record.counts.paid_shared.minus_or_zero(record.counts.rated)
    }
}

/// A picture as the data set knows it.
fn picture(result: &Outcome, opinion: &Opinion) -> RatedPicture {
    let rating = opinion.ratings.iter().find(|one| one.generation == result.generation);
    let (seed, censored) = match &result.finished.product {
        Product::Image(image) => (image.seed, image.censored),
        Product::Text(_) | Product::Form(_) => (0, false),
    };
    RatedPicture {
        generation: result.generation,
        model: result.model.clone(),
        seed,
        censored,
        rating: rating.map(|one| one.rating),
        artifacts: rating.and_then(|one| one.artifacts),
    }
}
