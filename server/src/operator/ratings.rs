//! Writes the ratings out as a data set: a line of JSON for each request that was rated, with all its pictures. Not here: taking ratings
//! in (`routes/image/rate.rs`), keeping the pictures (`images.rs`).

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};
use sqlx::PgPool;
use throng_domain::{Kudos, RequestId};
use uuid::Uuid;

use crate::images::shared_name;
use crate::store::ratings::{self, Picture, Set};

/// Sets read at once: few enough for any memory.
const AT_ONCE: i64 = 1_000;

/// What can be done about ratings.
#[derive(Debug, Clone, Subcommand)]
pub enum RatingsRole {
    /// Write all of them to a file, one request a line, as JSON.
    Export {
        /// The file; what it holds is replaced.
        file: PathBuf,
    },
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The file could not be written.
    #[error("cannot write the file: {0}")]
    File(#[from] std::io::Error),
}

/// Writes all ratings to a file; tells how many requests they are of.
pub async fn export(pool: &PgPool, file: &Path) -> Result<usize, ExportError> {
    let mut out = BufWriter::new(File::create(file)?);
    let (mut behind, mut written) = (RequestId(Uuid::nil()), 0);
    loop {
        let sets = ratings::page(pool, behind, AT_ONCE).await?;
        for set in &sets {
            writeln!(out, "{}", line(set))?;
        }
        written += sets.len();
        match sets.last() {
            Some(last) => behind = last.request,
            None => break,
        }
    }
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(written)
}

fn line(set: &Set) -> Value {
    json!({
        "set": set.request.to_string(),
        "rated_at": set.at.to_rfc3339(),
        "client_agent": set.client_agent,
        "user": {
            "id": set.user.0,
            "trusted": set.trusted,
            "account_age": set.account_seconds,
            "kudos": number(set.kudos),
            "kudos_accumulated": number(set.accumulated),
            "place": set.place,
        },
        "asked": set.asked,
        "best": set.best.map(|best| best.to_string()),
        "reward": number(set.reward),
        "pictures": set.pictures.iter().map(picture).collect::<Vec<_>>(),
    })
}

fn picture(picture: &Picture) -> Value {
    json!({
        "id": picture.generation.to_string(),
        // Where it lies in the store of pictures, for as long as the operator keeps shared ones; what was censored is not kept.
        "file": (!picture.censored).then(|| shared_name(picture.generation)),
        "model": picture.model,
        "seed": picture.seed,
        "censored": picture.censored,
        "rating": picture.rating,
        "artifacts": picture.artifacts,
    })
}

fn number(kudos: Kudos) -> Value {
    Value::Number(kudos.to_number())
}
