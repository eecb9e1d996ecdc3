//! The news: those that come with the program and the operator's own, newest first. Not here: the operator's table (`store/news.rs`).

use sqlx::PgPool;
use throng_api::documents::News;

use crate::store;

const OURS: &str = include_str!("news.json");

/// What news can be, by importance.
pub const IMPORTANCES: [&str; 5] = ["Information", "Crisis", "Integration", "Upcoming", "Workers"];

/// Reads all news.
pub async fn all(pool: &PgPool) -> Result<Vec<News>, sqlx::Error> {
    let mut news = store::news::list(pool).await?;
    // A test reads the same file, so it can be read.
    news.extend(serde_json::from_str::<Vec<News>>(OURS).unwrap_or_default());
    news.sort_by(|one, other| other.date_published.cmp(&one.date_published));
    Ok(news)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_news_that_come_along_are_well_formed() {
        let news: Vec<News> = serde_json::from_str(OURS).unwrap();
        assert!(!news.is_empty());
        for piece in news {
            assert!(piece.date_published.parse::<chrono::NaiveDate>().is_ok(), "{}", piece.date_published);
            assert!(IMPORTANCES.contains(&piece.importance.as_str()), "{}", piece.importance);
        }
    }
}
