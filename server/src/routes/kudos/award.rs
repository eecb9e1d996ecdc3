//! `POST /kudos/award`: the first user rewards others from the treasury.

use axum::extract::State;
use axum::response::Response;
use throng_api::kudos::Awarded;
use throng_domain::desk::answer::{Gift, Recipient};
use throng_domain::ledger::TransferCode;
use throng_domain::{AccountId, UserId};

use super::super::asked::number;
use super::super::rights::user_of_alias;
use super::transfer::{moved, read};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::idempotency::conflict;
use crate::wire::{JsonBody, ok};

/// Rewards a user.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    call.key()?;
    let (username, amount) = read(&body)?;
    let from = call.caller(&app)?.user();
    let to = user_of_alias(&username).unwrap_or(UserId(-1));
    if let Some(line) = moved(&app, call.cause).await? {
        let award = TransferCode::Award.as_str();
        let same = line.code == award && line.credit == AccountId::of(to) && line.amount == amount;
        return if same { Ok(ok(&Awarded { awarded: number(amount) })) } else { Err(conflict()) };
    }
    let gift = Gift { from, to: Recipient::User(to), amount, cause: call.cause };
    let awarded = app.desk.award(gift).await?;
    Ok(ok(&Awarded { awarded: number(awarded.amount) }))
}
