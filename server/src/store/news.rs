//! The operator's own news. Not here: those that come with the program (`documents/news.rs`).

use chrono::NaiveDate;
use sqlx::PgPool;
use throng_api::documents::News;
use uuid::Uuid;

/// News listed at most.
const NEWS_MAX: i64 = 500;

/// Lists them, newest first.
pub async fn list(pool: &PgPool) -> Result<Vec<News>, sqlx::Error> {
    let rows = sqlx::query!(
        "select published_on, title, body, importance, tags, urls from news order by published_on desc, id desc limit $1",
        NEWS_MAX
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| News {
            date_published: row.published_on.to_string(),
            newspiece: row.body,
            importance: row.importance,
            tags: row.tags,
            title: row.title,
            more_info_urls: row.urls,
        })
        .collect())
}

/// Adds a piece.
pub async fn add(pool: &PgPool, id: Uuid, on: NaiveDate, news: &News) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into news (id, published_on, title, body, importance, tags, urls) values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        on,
        news.title,
        news.newspiece,
        news.importance,
        &news.tags,
        &news.more_info_urls
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes a piece back; false if there was none.
pub async fn remove(pool: &PgPool, id: Uuid) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query!("delete from news where id = $1", id).execute(pool).await?.rows_affected() == 1)
}
