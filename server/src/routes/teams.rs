//! Teams of workers.

pub mod dissolve;
pub mod edit;
pub mod found;
pub mod list;
pub mod show;
mod view;

use throng_api::ReturnCode;
use throng_domain::TeamId;
use uuid::Uuid;

use crate::error::Error;

/// Reads a team's id. What is no id names no team.
fn team_id(text: &str) -> Result<TeamId, Error> {
    Uuid::try_parse(text).map(TeamId).map_err(|_| Error::refused(ReturnCode::TeamNotFound))
}
