//! What an operator keeps from the command line, beside a running server or without one: filters and news. A running server takes up
//! changed filters within seconds. Not here: the same over HTTP (`routes/filters`), what needs the lead (`operator.rs`).

use chrono::NaiveDate;
use clap::Subcommand;
use sqlx::PgPool;
use throng_api::documents::News;
use throng_domain::UserId;
use uuid::Uuid;

use crate::clock::{Clock as _, SystemClock};
use crate::documents::news::IMPORTANCES;
use crate::filters::{compiled, rules};
use crate::store::{filters, news};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum KeepingError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The pattern cannot be used.
    #[error("this regular expression cannot be used: {0}")]
    Pattern(#[from] rules::PatternError),
    /// There is no such thing, or what was said of it cannot be.
    #[error("{0}")]
    Refused(String),
}

/// What can be done about filters.
#[derive(Debug, Clone, Subcommand)]
pub enum FilterRole {
    /// List them.
    List,
    /// Add one.
    Add {
        /// Its type: 10, 11 or 20 do something.
        #[arg(value_parser = clap::value_parser!(i16).range(10..=29))]
        filter_type: i16,
        /// The pattern.
        regex: String,
        /// What stands for a match in a rewritten prompt.
        #[arg(long, default_value = "")]
        replacement: String,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
    },
    /// Remove one.
    Remove {
        /// Its number.
        id: i64,
    },
}

/// What can be done about news.
#[derive(Debug, Clone, Subcommand)]
pub enum NewsRole {
    /// Add a piece, and print its id.
    Add {
        /// Its heading.
        title: String,
        /// What it says, in Markdown.
        text: String,
        /// Information, Crisis, Integration, Upcoming or Workers.
        #[arg(long, default_value = "Information")]
        importance: String,
        /// The day it is dated, as YYYY-MM-DD [default: today].
        #[arg(long)]
        date: Option<NaiveDate>,
        /// What it is about; may be given several times.
        #[arg(long = "tag")]
        tags: Vec<String>,
        /// Where to read on; may be given several times.
        #[arg(long = "url")]
        urls: Vec<String>,
    },
    /// Take a piece back.
    Remove {
        /// Its id.
        id: Uuid,
    },
}

/// Does something about filters, and tells what to print.
pub async fn filter(pool: &PgPool, role: FilterRole) -> Result<String, KeepingError> {
    match role {
        FilterRole::List => {
            let rows = filters::list(pool, None, None).await?;
            Ok(rows.iter().fold(String::new(), |text, row| {
                text + &format!("{}\t{}\t{}\t{}\n", row.id, row.filter_type, row.regex, row.replacement)
            }))
        }
        FilterRole::Add { filter_type, regex, replacement, description } => {
            rules::pattern(&regex)?;
            let mut lines = filters::lines(pool).await?;
            lines.push(rules::Line { filter_type, regex: regex.clone(), replacement: replacement.clone() });
            compiled(lines).await?;
            let user_id = UserId::ANONYMOUS.0;
            let row = filters::Row { id: 0, filter_type, regex, description, replacement, user_id };
            let added = filters::add(&mut *pool.acquire().await?, &row, SystemClock.now()).await?;
            let added = added.ok_or_else(|| KeepingError::Refused("no number was free".to_owned()))?;
            Ok(format!("filter {}\n", added.id))
        }
        FilterRole::Remove { id } => {
            if filters::remove(&mut *pool.acquire().await?, id).await? {
                Ok(format!("removed filter {id}\n"))
            } else {
                Err(KeepingError::Refused(format!("there is no filter {id}")))
            }
        }
    }
}

/// Does something about news, and tells what to print.
pub async fn news(pool: &PgPool, id: Uuid, role: NewsRole) -> Result<String, KeepingError> {
    match role {
        NewsRole::Add { title, text, importance, date, tags, urls } => {
            if !IMPORTANCES.contains(&importance.as_str()) {
                return Err(KeepingError::Refused(format!("the importance is one of {}", IMPORTANCES.join(", "))));
            }
            let date = date.unwrap_or_else(|| SystemClock.now().date_naive());
            let (newspiece, more_info_urls) = (text, urls);
            let piece = News { date_published: date.to_string(), newspiece, importance, tags, title, more_info_urls };
            news::add(pool, id, date, &piece).await?;
            Ok(format!("news {id}\n"))
        }
        NewsRole::Remove { id } => {
            if news::remove(pool, id).await? {
                Ok(format!("removed {id}\n"))
            } else {
                Err(KeepingError::Refused(format!("there is no news {id} of yours")))
            }
        }
    }
}
