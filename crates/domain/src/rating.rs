//! Ratings: what a requester thinks of the pictures it shared, which opinions make sense, and what they are worth. Taking one in, once,
//! is the desk's (`desk/rate.rs`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{GenerationId, RequestId, UserId};
use crate::kudos::Kudos;
use crate::limits::{BEST_OF_REWARD, RATED_BEST_MIN, RATING_REWARD};
use crate::refusal::RatingRefusal;
use crate::request::{Name, Request};
use crate::time::Timestamp;

/// What somebody thinks of one picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rating {
    /// Which picture.
    pub generation: GenerationId,
    /// How beautiful it is, from 1 to 10.
    pub rating: u8,
    /// How flawed it is, from 0 (not at all) to 5.
    pub artifacts: Option<u8>,
}

/// What somebody thinks of the pictures of one request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Opinion {
    /// Of some of them, or of all.
    pub ratings: Vec<Rating>,
    /// Which is the best of them.
    pub best: Option<GenerationId>,
    /// With which program it was said.
    pub client_agent: Name,
    /// A mark of the place it was said at: the same for the same place.
    pub place: Name,
}

/// An opinion that was taken in, with all that a data set needs to judge it by.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RatingSet {
    /// On which request.
    pub request_id: RequestId,
    /// When.
    pub at: Timestamp,
    /// What was asked for.
    pub request: Arc<Request>,
    /// Whose request it was.
    pub user: UserId,
    /// That user was trusted.
    pub trusted: bool,
    /// How old its account was.
    pub account_seconds: i64,
    /// Its balance.
    pub balance: Kudos,
    /// What it had earned by generating, less what it had spent.
    pub accumulated: Kudos,
    /// With which program the opinion was said.
    pub client_agent: Name,
    /// A mark of the place it was said at.
    pub place: Name,
    /// Which picture is the best, if that was said or follows.
    pub best: Option<GenerationId>,
    /// What was paid for it.
    pub reward: Kudos,
    /// All pictures of the request, rated or not.
    pub pictures: Vec<RatedPicture>,
}

/// A picture of a request that was rated.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RatedPicture {
    /// Which.
    pub generation: GenerationId,
    /// With which model it was made.
    pub model: Name,
    /// With which seed.
    pub seed: i64,
    /// Its worker blanked it.
    pub censored: bool,
    /// How beautiful it is, if that was said.
    pub rating: Option<u8>,
    /// How flawed it is, if that was said.
    pub artifacts: Option<u8>,
}

impl Opinion {
    /// Tells which picture of a set is the best in this opinion, if any is, and refuses an opinion that makes no sense.
    pub fn judge(&self, set: &[GenerationId]) -> Result<Option<GenerationId>, RatingRefusal> {
        use RatingRefusal as R;
        let refuse = |no: bool, refusal| if no { Err(refusal) } else { Ok(()) };
        for (at, rating) in self.ratings.iter().enumerate() {
            refuse(!set.contains(&rating.generation), R::UnknownGeneration)?;
            refuse(self.ratings[..at].iter().any(|one| one.generation == rating.generation), R::Duplicate)?;
        }
        refuse(self.best.is_some_and(|best| !set.contains(&best)), R::UnknownGeneration)?;
        match &self.ratings[..] {
            [] => {
                refuse(self.best.is_none(), R::Nothing)?;
                refuse(set.len() < 2, R::Solo)?;
                Ok(self.best)
            }
            // One alone that pleases is the best, unless another one is said to be.
            [one] => Ok(self.best.or((set.len() > 1 && one.rating >= RATED_BEST_MIN).then_some(one.generation))),
            ratings => {
                let top = ratings.iter().map(|one| one.rating).max();
                let at_top: Vec<_> = ratings.iter().filter(|one| Some(one.rating) == top).collect();
                let is_top = |best| at_top.iter().any(|one| one.generation == best);
                refuse(self.best.is_some_and(|best| !is_top(best)), R::Confused)?;
                Ok(self.best.or(if let [one] = at_top[..] { Some(one.generation) } else { None }))
            }
        }
    }

    /// Tells what an opinion is worth: never as much as its request cost, so that nobody asks in order to rate. That its requester also paid
    /// that much is seen to in `desk/rate.rs`.
    pub fn reward(&self, consumed: Kudos) -> Kudos {
        let remarks = self.ratings.iter().map(|one| 1 + i64::from(one.artifacts.is_some())).sum();
        let earned = if self.ratings.is_empty() { BEST_OF_REWARD } else { RATING_REWARD.times(remarks) };
        earned.at_most(consumed.minus_or_zero(Kudos::whole(1)))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u8) -> GenerationId {
        GenerationId(Uuid::from_bytes([number; 16]))
    }

    /// What is thought of pictures 1, 2 and 3; nothing where a rating is 0.
    fn opinion(ratings: &[(u8, u8)], best: Option<u8>) -> Opinion {
        let rating =
            |(picture, rating): &(u8, u8)| Rating { generation: id(*picture), rating: *rating, artifacts: None };
        Opinion { ratings: ratings.iter().map(rating).collect(), best: best.map(id), ..Opinion::default() }
    }

    #[test]
    fn opinions_make_sense_or_are_refused() {
        use RatingRefusal as R;
        let set = [id(1), id(2), id(3)];
        for (ratings, best, judged) in [
            (&[(4, 5)][..], None, Err(R::UnknownGeneration)),
            (&[(1, 5), (1, 5)], None, Err(R::Duplicate)),
            (&[(1, 5)], Some(4), Err(R::UnknownGeneration)),
            (&[], None, Err(R::Nothing)),
            (&[], Some(2), Ok(Some(2))),
            (&[(1, 6)], None, Ok(None)),
            (&[(1, 7)], None, Ok(Some(1))),
            (&[(1, 7)], Some(3), Ok(Some(3))),
            (&[(1, 5), (2, 6)], None, Ok(Some(2))),
            (&[(1, 5), (2, 6)], Some(1), Err(R::Confused)),
            (&[(1, 5), (2, 6)], Some(3), Err(R::Confused)),
            (&[(1, 6), (2, 6), (3, 1)], None, Ok(None)),
            (&[(1, 6), (2, 6), (3, 1)], Some(2), Ok(Some(2))),
        ] {
            assert_eq!(
                opinion(ratings, best).judge(&set),
                judged.map(|best: Option<u8>| best.map(id)),
                "{ratings:?} {best:?}"
            );
        }
        assert_eq!(opinion(&[], Some(1)).judge(&set[..1]), Err(R::Solo));
        assert_eq!(opinion(&[(1, 9)], Some(1)).judge(&set[..1]), Ok(Some(id(1))));
        assert_eq!(opinion(&[(1, 9)], None).judge(&set[..1]), Ok(None), "one of one is not the best");
    }

    #[test]
    fn a_rating_is_worth_five_and_never_what_the_request_cost() {
        let mut three = opinion(&[(1, 5), (2, 5), (3, 5)], Some(1));
        three.ratings[0].artifacts = Some(0);
        for (opinion, consumed, worth) in [
            (&three, 100, 20),
            (&three, 21, 20),
            (&three, 20, 19),
            (&three, 1, 0),
            (&three, 0, 0),
            (&opinion(&[], Some(1)), 100, 15),
            (&opinion(&[(1, 5)], Some(2)), 100, 5),
        ] {
            assert_eq!(opinion.reward(Kudos::whole(consumed)), Kudos::whole(worth), "of {consumed}");
        }
    }
}
