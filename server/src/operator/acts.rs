//! Shows an operator what moderators and administrators did. Not here: writing it down (`store/moderator_acts.rs`).

use std::fmt::Write as _;

use clap::Args;
use sqlx::PgPool;
use throng_domain::UserId;

use crate::store::moderator_acts;

/// Which acts to show.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// Only what this user did, or had done to what is its own: the number after the `#`.
    #[arg(long)]
    pub user: Option<i64>,
    /// How many, latest first.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    pub last: i64,
}

/// Tells what to print: a line an act, with when, who, what, to what, whose, and what was asked for.
pub async fn list(pool: &PgPool, which: &Which) -> Result<String, sqlx::Error> {
    let lines = moderator_acts::list(pool, which.user.map(UserId), which.last).await?;
    let mut text = String::new();
    for line in lines {
        let whose = line.user_id.map(|user| format!("#{user}")).unwrap_or_default();
        let at = line.at.format("%Y-%m-%dT%H:%M:%SZ");
        // Writing to a text cannot fail.
        let _ =
            writeln!(text, "{at}\t#{}\t{}\t{}\t{whose}\t{}", line.moderator_id, line.act, line.target, line.details);
    }
    Ok(text)
}
