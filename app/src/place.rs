//! Which of its pages the page shows, by what stands behind the `#` of its address. Both stay as they are while the other is seen.

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where things are made.
    Create,
    /// Where the tab is lent.
    Lend,
}

impl Place {
    /// Reads it from the address; links within a page begin with its name, and all others are Create's.
    pub fn of(hash: &str) -> Self {
        if hash.starts_with(Self::Lend.link()) { Self::Lend } else { Self::Create }
    }

    /// The address of this page.
    pub fn link(self) -> &'static str {
        match self {
            Self::Create => "#",
            Self::Lend => "#lend",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_again_by_its_own_link() {
        for place in [Place::Create, Place::Lend] {
            assert_eq!(Place::of(place.link()), place);
        }
        assert_eq!(
            [Place::of(""), Place::of("#prompt"), Place::of("#lend-panel")],
            [Place::Create, Place::Create, Place::Lend]
        );
    }
}
