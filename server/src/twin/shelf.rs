//! Where answers are kept, and how many who want the same wait for one who asks. Nothing here knows what a call is, or
//! the time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use throng_policy::keep::AFTER_FAILURE_SECONDS;
use throng_policy::{Keep, Standing};
use tokio::sync::watch;

/// Answers kept at most: several times what there are, with every filter that people use.
const ANSWERS_MAX: usize = 4_096;

/// Bytes of all answers kept.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// What is kept of an answer's headers; all others are about one call.
const KEPT_HEADERS: [HeaderName; 2] = [header::CONTENT_TYPE, header::RETRY_AFTER];

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// When it was asked for, in milliseconds.
    asked: i64,
}

/// All answers. Cheap to clone: all clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf(Arc<Mutex<Rows>>);

#[derive(Debug, Default)]
struct Rows {
    rows: HashMap<String, Row>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Row {
    kept: Option<Arc<Answer>>,
    flight: Option<Flight>,
    /// When somebody last asked in vain.
    failed: Option<i64>,
}

/// Somebody is asking.
#[derive(Debug, Clone)]
pub(super) struct Flight(watch::Receiver<Option<Arc<Answer>>>);

/// The duty to ask. Dropped without an answer, whoever waits has to ask too.
#[derive(Debug)]
pub(super) struct Lead {
    shelf: Shelf,
    key: String,
    asked: i64,
    tell: watch::Sender<Option<Arc<Answer>>>,
    landed: bool,
}

/// What is found on the shelf.
#[derive(Debug)]
pub(super) enum Look {
    /// An answer as good as new.
    Fresh(Arc<Answer>),
    /// An answer to be given once more; who gets the lead fetches a new one meanwhile.
    Stale(Arc<Answer>, Option<Lead>),
    /// An old answer, because just now no new one could be had.
    Spare(Arc<Answer>),
    /// Nothing; ask. With what is better than none.
    Lead(Lead, Option<Arc<Answer>>),
    /// Nothing, and somebody asks already.
    Wait(Flight, Option<Arc<Answer>>),
}

impl Shelf {
    /// Looks for an answer.
    pub(super) fn look(&self, key: String, keep: Keep, now: i64) -> Look {
        let mut rows = self.rows();
        rows.make_room();
        let row = rows.rows.entry(key.clone()).or_default();
        let standing = row.kept.as_ref().map_or(Standing::Gone, |kept| keep.standing(now - kept.asked));
        let kept = row.kept.clone().filter(|_| standing != Standing::Gone);
        let failed_just_now =
            row.failed.is_some_and(|at| (0..i64::from(AFTER_FAILURE_SECONDS) * 1000).contains(&(now - at)));
        match (kept, standing, row.flight.clone()) {
            (Some(kept), Standing::Fresh, _) => Look::Fresh(kept),
            (Some(kept), Standing::Stale, Some(_)) => Look::Stale(kept, None),
            (Some(kept), Standing::Stale, None) => Look::Stale(kept, Some(self.lead(row, key, now))),
            (Some(kept), _, _) if failed_just_now => Look::Spare(kept),
            (kept, _, Some(flight)) => Look::Wait(flight, kept),
            (kept, _, None) => Look::Lead(self.lead(row, key, now), kept),
        }
    }

    fn lead(&self, row: &mut Row, key: String, asked: i64) -> Lead {
        let (tell, flight) = watch::channel(None);
        row.flight = Some(Flight(flight));
        Lead { shelf: self.clone(), key, asked, tell, landed: false }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    /// Ends a flight, with an answer or without; only good answers are kept.
    fn end(&mut self, key: &str, answer: Option<&Arc<Answer>>) {
        let Some(row) = self.rows.get_mut(key) else { return };
        row.flight = None;
        match answer {
            Some(answer) if answer.status == StatusCode::OK => {
                let old = row.kept.replace(Arc::clone(answer));
                row.failed = None;
                self.bytes = self.bytes + answer.body.len() - old.map_or(0, |old| old.body.len());
            }
            Some(answer) if answer.status.is_server_error() => row.failed = Some(answer.asked),
            Some(_) | None => {}
        }
        if row.kept.is_none() {
            self.rows.remove(key);
        }
    }

    /// Throws away the older half when there is too much.
    fn make_room(&mut self) {
        if self.rows.len() < ANSWERS_MAX && self.bytes <= BYTES_MAX {
            return;
        }
        let mut times: Vec<i64> = self.rows.values().filter_map(|row| Some(row.kept.as_ref()?.asked)).collect();
        if times.is_empty() {
            return;
        }
        let middle = times.len() / 2;
        let middle = *times.select_nth_unstable(middle).1;
        let is_young = |row: &Row| row.kept.as_ref().is_some_and(|kept| kept.asked > middle);
        self.rows.retain(|_, row| row.flight.is_some() || is_young(row));
        self.bytes = self.rows.values().filter_map(|row| Some(row.kept.as_ref()?.body.len())).sum();
    }
}

impl Lead {
    /// Gives everybody the answer, and keeps it if it is a good one.
    pub(super) fn land(mut self, status: StatusCode, headers: &HeaderMap, body: Bytes) -> Arc<Answer> {
        let mut kept = HeaderMap::new();
        for name in KEPT_HEADERS {
            if let Some(value) = headers.get(&name) {
                kept.insert(name, value.clone());
            }
        }
        let answer = Arc::new(Answer { status, headers: kept, body, asked: self.asked });
        self.landed = true;
        self.shelf.rows().end(&self.key, Some(&answer));
        self.tell.send_replace(Some(Arc::clone(&answer)));
        answer
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.landed {
            self.shelf.rows().end(&self.key, None);
        }
    }
}

impl Flight {
    /// Waits for the answer; none if whoever asked has none for others.
    pub(super) async fn landed(mut self) -> Option<Arc<Answer>> {
        let found = self.0.wait_for(Option::is_some).await.ok()?;
        found.clone()
    }
}

impl Answer {
    /// The answer, as it came.
    pub(super) fn response(&self) -> Response {
        let mut response = (self.status, self.body.clone()).into_response();
        *response.headers_mut() = self.headers.clone();
        response
    }

    /// The answer from memory: it tells its age.
    pub(super) fn again(&self, now: i64) -> Response {
        let mut response = self.response();
        response.headers_mut().insert(header::AGE, HeaderValue::from((now - self.asked).max(0) / 1000));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Keep = Keep::seconds(2);

    fn land(lead: Lead, status: u16, body: &'static str) -> Arc<Answer> {
        lead.land(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), Bytes::from_static(body.as_bytes()))
    }

    fn lead(shelf: &Shelf, key: &str, now: i64) -> Lead {
        match shelf.look(key.to_owned(), KEEP, now) {
            Look::Lead(lead, None) => lead,
            other => panic!("{other:?}"),
        }
    }

    fn look(shelf: &Shelf, now: i64) -> Look {
        shelf.look("a".to_owned(), KEEP, now)
    }

    #[tokio::test]
    async fn one_asks_and_all_who_want_the_same_get_the_answer() {
        let shelf = Shelf::default();
        let lead = lead(&shelf, "a", 0);
        let Look::Wait(second, None) = look(&shelf, 0) else { panic!("two ask") };
        let Look::Wait(third, None) = look(&shelf, 1) else { panic!("two ask") };
        let answer = land(lead, 200, "one");
        assert_eq!(second.landed().await.as_ref(), Some(&answer));
        assert_eq!(third.landed().await.as_ref(), Some(&answer));
        assert!(matches!(look(&shelf, 1_999), Look::Fresh(kept) if kept == answer));
    }

    #[tokio::test]
    async fn whoever_waits_for_somebody_who_gives_up_is_told_so() {
        let shelf = Shelf::default();
        let first = lead(&shelf, "a", 0);
        let Look::Wait(second, None) = look(&shelf, 0) else { panic!("two ask") };
        drop(first);
        assert_eq!(second.landed().await, None);
        assert!(matches!(look(&shelf, 0), Look::Lead(_, None)), "somebody else may ask");
        assert!(shelf.rows().rows.is_empty(), "nothing is left of those who gave up");
    }

    #[test]
    fn an_answer_is_given_once_more_while_one_fetches_a_new_one() {
        let shelf = Shelf::default();
        let old = land(lead(&shelf, "a", 0), 200, "one");
        let Look::Stale(kept, Some(lead)) = look(&shelf, 2_000) else { panic!("nobody fetches") };
        assert_eq!(kept, old);
        assert!(matches!(look(&shelf, 2_000), Look::Stale(_, None)), "one fetches already");
        let new = land(lead, 200, "two");
        assert!(matches!(look(&shelf, 3_000), Look::Fresh(kept) if kept == new));
        assert_eq!(shelf.rows().bytes, 3);
    }

    #[test]
    fn an_old_answer_is_a_spare_and_is_given_for_a_while_after_a_failure() {
        let shelf = Shelf::default();
        let old = land(lead(&shelf, "a", 0), 200, "one");
        let Look::Lead(lead, Some(spare)) = look(&shelf, 10_000) else { panic!("nobody asks") };
        assert_eq!(spare, old);
        land(lead, 503, "no");
        assert!(matches!(look(&shelf, 11_999), Look::Spare(kept) if kept == old));
        assert!(matches!(look(&shelf, 12_000), Look::Lead(_, Some(_))), "then somebody tries again");
        assert!(matches!(look(&shelf, 600_000), Look::Lead(_, None)), "too old to be shown");
    }

    #[test]
    fn only_good_answers_are_kept() {
        let shelf = Shelf::default();
        for status in [201, 204, 301, 404, 500] {
            land(lead(&shelf, "a", 0), status, "no");
        }
        assert!(matches!(look(&shelf, 0), Look::Lead(..)));
    }

    #[test]
    fn the_shelf_has_an_end_and_throws_away_what_is_old() {
        let shelf = Shelf::default();
        for at in 0..=ANSWERS_MAX {
            land(lead(&shelf, &at.to_string(), at as i64), 200, "x");
        }
        let rows = shelf.rows();
        assert!(rows.rows.len() <= ANSWERS_MAX / 2 + 1, "{}", rows.rows.len());
        assert!(rows.rows.contains_key(&ANSWERS_MAX.to_string()));
        assert!(!rows.rows.contains_key("0"));
        assert_eq!(rows.bytes, rows.rows.len());
    }
}
