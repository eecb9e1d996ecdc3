//! What the house says about itself. Each text comes with the program and can be replaced by the operator: a file of the same name in the
//! folder `documents` of the data folder. Not here: turning Markdown into HTML (`documents/markdown.rs`).

pub mod markdown;
pub mod news;

use std::path::Path;

/// Bytes of a text that replaces ours: a long contract has a tenth of it.
const TEXT_BYTES_MAX: u64 = 512 * 1024;

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// What users agree to.
    Terms,
    /// What becomes of data.
    Privacy,
    /// Who pays for it all.
    Sponsors,
}

impl Document {
    /// Every text.
    pub const ALL: [Self; 3] = [Self::Terms, Self::Privacy, Self::Sponsors];

    /// The name of its file.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Terms => "terms.md",
            Self::Privacy => "privacy.md",
            Self::Sponsors => "sponsors.md",
        }
    }

    const fn ours(self) -> &'static str {
        match self {
            Self::Terms => include_str!("documents/terms.md"),
            Self::Privacy => include_str!("documents/privacy.md"),
            Self::Sponsors => include_str!("documents/sponsors.md"),
        }
    }

    /// Reads it in Markdown: the operator's text, or ours.
    pub async fn read(self, data: &Path) -> Result<String, std::io::Error> {
        use tokio::io::AsyncReadExt as _;
        let file = match tokio::fs::File::open(data.join("documents").join(self.file())).await {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(self.ours().to_owned()),
            Err(error) => return Err(error),
        };
        let mut text = String::new();
        file.take(TEXT_BYTES_MAX).read_to_string(&mut text).await?;
        Ok(text)
    }
}
