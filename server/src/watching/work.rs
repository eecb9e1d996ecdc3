//! New work that the edge is to be told of: for how many jobs of which models it should wake somebody. Told once: who is
//! not woken asks now and then. Not here: whom to wake (`throng_policy::wake`).

use std::collections::BTreeMap;

use throng_domain::Kind;
use throng_domain::request::Name;
use throng_policy::NewWork;
use throng_policy::wake::Wish;

/// Models that are told of at once by their names, kinds together: more than any house serves.
const NAMED_MAX: usize = 500;

/// A request that may be served by more models than this is told of as one for any: whoever waits for one of so many is
/// found by the kind as well.
const NAMES_MAX: usize = 8;

/// What is to be told.
#[derive(Debug, Default)]
pub(super) struct Work(BTreeMap<(Kind, Option<Name>), u32>);

impl Work {
    /// Notes that there are so many jobs.
    pub(super) fn note(&mut self, wish: &Wish<Kind>, jobs: usize) {
        if wish.is_for_any() || wish.names.len() > NAMES_MAX {
            return self.add(wish.kind, None, jobs);
        }
        for name in &wish.names {
            self.add(wish.kind, Some(Name::clone(name)), jobs);
        }
    }

    fn add(&mut self, kind: Kind, name: Option<Name>, jobs: usize) {
        let mut which = (kind, name);
        if self.0.len() >= NAMED_MAX && !self.0.contains_key(&which) {
            which.1 = None;
        }
        let known = self.0.entry(which).or_default();
        *known = known.saturating_add(u32::try_from(jobs).unwrap_or(u32::MAX));
    }

    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hands over what is to be told.
    pub(super) fn take(&mut self) -> Vec<NewWork> {
        let work = std::mem::take(&mut self.0).into_iter();
        work.map(|((kind, name), jobs)| NewWork { kind: told(kind), model: name.map(|name| name.to_string()), jobs })
            .collect()
    }
}

/// A kind in the edge's words. They are its own: the rules and all they need stay out of the edge.
pub(super) fn told(kind: Kind) -> throng_policy::Kind {
    match kind {
        Kind::Image => throng_policy::Kind::Image,
        Kind::Text => throng_policy::Kind::Text,
        Kind::Alchemy => throng_policy::Kind::Alchemy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(names: &[&str]) -> Wish<Kind> {
        Wish::of(Kind::Text, names.iter().map(|name| Name::from(*name)).collect())
    }

    fn work(model: Option<&str>, jobs: u32) -> NewWork {
        NewWork { kind: throng_policy::Kind::Text, model: model.map(str::to_owned), jobs }
    }

    #[test]
    fn work_is_told_by_model_and_once() {
        let mut told = Work::default();
        told.note(&wish(&["llama"]), 2);
        told.note(&wish(&["fables", "llama"]), 1);
        told.note(&wish(&[]), 4);
        assert_eq!(told.take(), [work(None, 4), work(Some("fables"), 1), work(Some("llama"), 3)]);
        assert!(told.is_empty() && told.take().is_empty());
    }

    #[test]
    fn what_cannot_be_named_is_for_any() {
        let mut told = Work::default();
        let names: Vec<String> = (0..=NAMED_MAX).map(|number| format!("{number:04}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        told.note(&wish(&names[..=NAMES_MAX]), 1);
        assert_eq!(told.take(), [work(None, 1)], "too many for one request");
        for name in &names {
            told.note(&wish(&[*name]), 1);
        }
        told.note(&wish(&names[..1]), u32::MAX as usize);
        let all = told.take();
        assert_eq!((all.len(), &all[0]), (NAMED_MAX + 1, &work(None, 1)), "too many in all");
        assert_eq!(all[1], work(Some("0000"), u32::MAX), "what is named is counted on");
    }
}
