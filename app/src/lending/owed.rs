//! What a worker owes: generations that it popped and has not settled. Whoever ends the worker tells the server that nothing comes
//! of them, so that no requester waits for a lease to run out.

use throng_lend::messages::Craft;

/// A generation that somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// What it was to be.
    pub craft: Craft,
    /// The generation.
    pub generation: String,
}

/// All that is owed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Debts(Vec<Owed>);

impl Debts {
    /// Adds what was popped.
    pub fn add(&mut self, craft: Craft, generations: Vec<String>) {
        self.0.extend(generations.into_iter().map(|generation| Owed { craft, generation }));
    }

    /// Takes one off, because it was settled; none when it was not owed.
    pub fn settle(&mut self, generation: &str) -> Option<Owed> {
        let at = self.0.iter().position(|owed| owed.generation == generation)?;
        Some(self.0.remove(at))
    }

    /// Takes all off: there is nobody left to settle them.
    pub fn take(&mut self) -> Vec<Owed> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_popped_is_owed_until_it_is_settled() {
        let mut debts = Debts::default();
        debts.add(Craft::Pictures, vec!["a".into(), "b".into(), "c".into()]);
        debts.add(Craft::Stories, vec!["d".into()]);
        assert_eq!(debts.settle("b"), Some(Owed { craft: Craft::Pictures, generation: "b".into() }));
        assert_eq!(debts.settle("b"), None);
        let left: Vec<_> = debts.take().into_iter().map(|owed| (owed.craft, owed.generation)).collect();
        let (pictures, stories) = (Craft::Pictures, Craft::Stories);
        assert_eq!(left, [(pictures, "a".to_owned()), (pictures, "c".to_owned()), (stories, "d".to_owned())]);
        assert!(debts.take().is_empty());
    }
}
