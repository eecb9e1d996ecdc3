//! What there is to load: the part of the server's list of models that the page needs to say how much it will be.

use serde::Deserialize;
use throng_lend::messages::Craft;

/// The models that a lent tab may load.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Shelf {
    /// Whether all of them are listed; a server that has just started may still be going through its files.
    #[serde(default)]
    pub complete: bool,
    /// What is listed.
    pub models: Vec<Entry>,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// `image` or `text`.
    pub kind: String,
    /// All its files together.
    pub bytes: u64,
}

impl Shelf {
    /// Bytes to load for these crafts at most; none when there is no model for any of them.
    pub fn download(&self, crafts: &[Craft]) -> Option<u64> {
        let kinds: Vec<&str> = crafts.iter().map(|craft| kind(*craft)).collect();
        let wanted = self.models.iter().filter(|model| kinds.contains(&model.kind.as_str()));
        wanted.map(|model| model.bytes).reduce(u64::saturating_add)
    }
}

fn kind(craft: Craft) -> &'static str {
    match craft {
        Craft::Pictures => "image",
        Craft::Stories => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_download_is_that_of_the_chosen_crafts() {
        let list = r#"{"complete":true,"models":[
            {"name":"a","kind":"image","bytes":30,"tensor_bytes":1,"files":[]},
            {"name":"b","kind":"image","bytes":5,"tensor_bytes":1,"files":[]},
            {"name":"c","kind":"text","bytes":7,"tensor_bytes":1,"files":[]}]}"#;
        let shelf: Shelf = serde_json::from_str(list).unwrap();
        assert!(shelf.complete);
        assert_eq!(shelf.download(&[Craft::Pictures, Craft::Stories]), Some(42));
        assert_eq!(shelf.download(&[Craft::Stories]), Some(7));
        assert_eq!(shelf.download(&[]), None);
        assert_eq!(Shelf { complete: true, models: Vec::new() }.download(&[Craft::Pictures]), None);
    }
}
