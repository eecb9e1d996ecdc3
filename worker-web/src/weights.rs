//! Bringing a model's weights: piece by piece, each checked by its hash, going on where an earlier visit broke off.

use std::fmt::Write as _;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use throng_api::weights::{GetPiece, Model};
use throng_bridge::{Backoff, HordeError};
use throng_lend::Report;
use throng_lend::messages::Preparation;

use crate::fetch::Server;
use crate::shell::Tab;
use crate::{browser, cellar, port};

/// One piece over a slow line: four megabytes at 50 kB/s.
const PIECE_TIMEOUT: Duration = Duration::from_secs(90);
/// The first wait after a piece that did not come.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// The longest.
const RETRY_LONGEST: Duration = Duration::from_secs(30);
/// Tries for a piece whose bytes are not what its name says, before its server is given up.
const WRONG_TRIES_MAX: u32 = 3;

/// Brings every file of a model; those that are here already cost nothing but a look.
pub(crate) async fn bring(server: &Server, model: &Model) -> Result<(), String> {
    let mut done = 0;
    let report = |done| {
        let fetching = Preparation::Fetching { model: model.name.clone(), done, of: model.bytes };
        port::tell(&Report::Preparing(fetching));
    };
    report(0);
    for file in &model.files {
        for (number, hash) in file.pieces.iter().enumerate() {
            let Some(bytes) = file.piece_bytes(number) else { continue };
            piece(server, hash, bytes).await.map_err(|why| format!("{} could not be fetched: {why}", file.path))?;
            done += bytes;
            report(done);
        }
        cellar::shelve(&model.name, file);
    }
    Ok(())
}

async fn piece(server: &Server, hash: &str, bytes: u64) -> Result<(), String> {
    if let Some(kept) = cellar::find(hash, bytes).await {
        if name_of(&kept) == hash {
            return Ok(());
        }
        cellar::drop_piece(hash);
    }
    let mut backoff = Backoff::new(RETRY_FIRST, RETRY_LONGEST);
    let mut wrong = 0;
    loop {
        if server.purse().is_empty() {
            return Err("the data cap is reached".to_owned());
        }
        let error = match server.bytes::<GetPiece>(&[hash], PIECE_TIMEOUT).await {
            Ok(raw) if raw.len() as u64 == bytes && name_of(&raw) == hash => {
                cellar::keep(hash, raw).await;
                return Ok(());
            }
            Ok(_) => {
                wrong += 1;
                if wrong >= WRONG_TRIES_MAX {
                    return Err("what the server sends is not what it promised".to_owned());
                }
                HordeError::Unreadable("the bytes are not those that were asked for".to_owned())
            }
            Err(error) => error,
        };
        if !error.is_passing() {
            return Err(error.to_string());
        }
        let wait = backoff.next(&Tab::default(), error.retry_after());
        let again_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        port::tell(&Report::Trouble { words: format!("fetching weights: {error}"), again_ms });
        browser::sleep(wait).await;
    }
}

/// The name a piece must have.
fn name_of(raw: &[u8]) -> String {
    Sha256::digest(raw).iter().fold(String::with_capacity(64), |mut name, byte| {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}
