//! `POST /kudos/transfer`: gives kudos. The body is read loosely, as on the AI Horde.

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;
use throng_api::kudos::{Transfer, Transferred};
use throng_domain::desk::answer::{Gift, Recipient};
use throng_domain::ledger::TransferCode;
use throng_domain::{AccountId, Kudos, UserId};
use uuid::Uuid;

use super::super::asked::number;
use super::super::rights::user_of_alias;
use crate::app::App;
use crate::auth::{Call, shared_key_id};
use crate::error::Error;
use crate::idempotency::conflict;
use crate::store::statement;
use crate::validation::{self, loose};
use crate::wire::{JsonBody, ok};

/// Kudos in one transfer: more than there are, and few enough to be counted in hundredths.
const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// Gives kudos to a user, or to the owner of a shared key and to the key.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    call.key()?;
    let (username, amount) = read(&body)?;
    let from = call.caller(&app)?.user();
    // A name that means nobody is refused after what is wrong with the giver.
    let nobody = Recipient::User(UserId(-1));
    let to = shared_key_id(&throng_api::ApiKey::new(username.as_str()))
        .map(Recipient::Key)
        .or_else(|| user_of_alias(&username).map(Recipient::User))
        .unwrap_or(nobody);
    let gift = Gift { from, to, amount, cause: call.cause };
    if let Some(given) = given_before(&app, &gift).await? {
        return Ok(ok(&Transferred { transferred: number(given) }));
    }
    let transferred = app.desk.transfer(gift).await?;
    Ok(ok(&Transferred { transferred: number(transferred.amount) }))
}

/// Reads who shall get how much.
pub(super) fn read(body: &Value) -> Result<(String, Kudos), Error> {
    validation::need(body, "username", "The user ID which will receive the kudos.")?;
    let username = loose::text(body, "username")?.unwrap_or_default();
    let amount = loose::within("amount", loose::whole(body, "amount")?, -AMOUNT_MAX, AMOUNT_MAX)?;
    Ok((username, Kudos::whole(amount.unwrap_or(Transfer::AMOUNT))))
}

/// Finds this very gift, if the call came before and the server died before it could remember its answer.
async fn given_before(app: &App, gift: &Gift) -> Result<Option<Kudos>, Error> {
    let Some(line) = moved(app, gift.cause).await? else { return Ok(None) };
    let to = match gift.to {
        Recipient::User(user) => Some(user),
        Recipient::Key(key) => app.desk.shared_key(key).await?.map(|view| view.record.owner),
    };
    let same = line.code == TransferCode::Gift.as_str()
        && line.debit == AccountId::of(gift.from)
        && to.is_some_and(|to| line.credit == AccountId::of(to))
        && line.amount == gift.amount;
    if same { Ok(Some(line.amount)) } else { Err(conflict()) }
}

/// Finds the transfer of a call that may have come before.
pub(super) async fn moved(app: &App, cause: Option<Uuid>) -> Result<Option<statement::Line>, Error> {
    let Some(cause) = cause else { return Ok(None) };
    let lines = statement::of_cause(&app.pool, cause).await.map_err(Error::internal)?;
    Ok(lines.into_iter().next())
}
