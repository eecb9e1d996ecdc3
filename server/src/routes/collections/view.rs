//! A collection as the wire shows it; and a style, where one is found in the place of a collection.

use throng_api::collections::{self as wire, StyleShort};

use crate::store::collections::Collection;
use crate::store::styles::Style;

/// Shows a collection.
pub(super) fn shown(collection: Collection) -> wire::Collection {
    let styles = collection.made.styles.iter().zip(collection.names);
    wire::Collection {
        id: collection.id.to_string(),
        name: collection.made.name,
        kind: collection.kind.as_str().to_owned(),
        info: collection.made.info,
        public: collection.made.public,
        styles: styles.map(|(id, name)| StyleShort { name, id: id.to_string() }).collect(),
        use_count: collection.use_count,
    }
}

/// Shows a style as a collection of itself.
pub(super) fn shown_style(style: Style) -> wire::Collection {
    wire::Collection {
        id: style.id.to_string(),
        kind: style.kind.as_str().to_owned(),
        info: style.made.info,
        public: style.made.public,
        styles: vec![StyleShort { name: style.made.name.clone(), id: style.id.to_string() }],
        name: style.made.name,
        use_count: style.use_count,
    }
}
