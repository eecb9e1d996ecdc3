//! `GET /users/{id}/statement`: what a user's kudos came from and went to, a page at a time. For the user and for moderators. Each side
//! of a transfer sees only its own: a worker's owner never learns which request it served, nor a requester whose worker it was.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::DateTime;
use throng_api::ReturnCode;
use throng_api::kudos::{Entry, Statement};
use throng_domain::ledger::TransferCode;
use throng_domain::{AccountId, Kudos, Timestamp, UserId};
use uuid::Uuid;

use super::super::asked::number;
use super::super::rights::{authority, no_user, user_id};
use super::super::users::alias;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::statement::{self, Cursor, Line};
use crate::wire::{date, ok};

/// Transfers on a page.
const PAGE: i64 = 100;

/// Names of the other sides, as far as they are told.
type Names = BTreeMap<UserId, String>;

/// Shows a page.
pub async fn get(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Error> {
    let user = user_id(&id)?;
    let by = authority(&app, &call).await?;
    let read = move |desk: &throng_domain::Desk| {
        let moderator = by.admin || desk.user(by.caller).is_some_and(|view| view.record.roles.moderator);
        (desk.user(user), moderator)
    };
    let (found, moderator) = app.desk.read(read).await?;
    let view = found.ok_or_else(no_user)?;
    if by.caller.is_anonymous() || by.caller != user && !moderator {
        return Err(Error::refused(ReturnCode::NotUserOrMod));
    }
    let behind = match query.get("before").filter(|before| !before.is_empty()) {
        None => Cursor::LATEST,
        Some(text) => parse(text).ok_or_else(|| Error::invalid("before", "This is not the end of a page."))?,
    };
    let lines = statement::page(&app.pool, user, behind, PAGE).await.map_err(Error::internal)?;
    let next = lines.last().filter(|_| lines.len() as i64 == PAGE).map(print);
    let names = names(&app, user, &lines).await?;
    let entries = lines.iter().map(|line| entry(line, user, &names)).collect();
    let (kudos, escrow) = (number(view.balance), number(view.escrow));
    Ok(ok(&Statement { username: alias(&view.record), kudos, escrow, entries, next }))
}

/// Looks up whom gifts came from and went to.
async fn names(app: &App, user: UserId, lines: &[Line]) -> Result<Names, Error> {
    let gifts = lines.iter().filter(|line| line.code == TransferCode::Gift.as_str());
    let others: Vec<UserId> = gifts.filter_map(|line| other(line, user)).collect();
    if others.is_empty() {
        return Ok(Names::new());
    }
    let look = move |desk: &throng_domain::Desk| {
        let named = |id: UserId| desk.user(id).map(|view| (id, alias(&view.record)));
        others.into_iter().filter_map(named).collect()
    };
    Ok(app.desk.read(look).await?)
}

/// Finds the user on the other side.
fn other(line: &Line, user: UserId) -> Option<UserId> {
    [line.debit, line.credit].into_iter().filter_map(AccountId::user).find(|side| *side != user)
}

fn entry(line: &Line, user: UserId, names: &Names) -> Entry {
    let change = |account| {
        let got = if line.credit == account { line.amount } else { Kudos::ZERO };
        let gave = if line.debit == account { line.amount } else { Kudos::ZERO };
        number(got - gave)
    };
    let pays = line.debit.user() == Some(user);
    let is_gift = line.code == TransferCode::Gift.as_str();
    // What is awarded for a request is awarded to its requester: for rating it.
    let is_requester = pays || line.code == TransferCode::Award.as_str();
    let uuid = |id: &Uuid| id.to_string();
    Entry {
        id: format!("{}:{}", line.cause, line.leg),
        date: date(Timestamp(line.at.timestamp_micros())),
        reason: line.code.clone(),
        kudos: change(AccountId::of(user)),
        escrow: change(AccountId::escrow_of(user)),
        with: other(line, user).filter(|_| is_gift).and_then(|other| names.get(&other).cloned()),
        request: line.request.as_ref().filter(|_| is_requester).map(uuid),
        generation: line.generation.as_ref().filter(|_| !pays).map(uuid),
    }
}

fn print(line: &Line) -> String {
    format!("{}_{}_{}", line.at.timestamp_micros(), line.cause.simple(), line.leg)
}

fn parse(text: &str) -> Option<Cursor> {
    let mut parts = text.split('_');
    let at = DateTime::from_timestamp_micros(parts.next()?.parse().ok()?)?;
    let cause = Uuid::try_parse(parts.next()?).ok()?;
    let leg = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some(Cursor { at, cause, leg })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(debit: AccountId, credit: AccountId, code: TransferCode) -> Line {
        Line {
            cause: Uuid::from_u128(7),
            leg: 2,
            debit,
            credit,
            amount: Kudos::whole(5),
            code: code.as_str().to_owned(),
            at: DateTime::from_timestamp_micros(1_795_601_987_123_456).unwrap(),
            request: Some(Uuid::from_u128(1)),
            generation: Some(Uuid::from_u128(2)),
        }
    }

    #[test]
    fn each_side_sees_its_own_and_no_more() {
        let (ada, bob) = (UserId(1), UserId(2));
        let paid = line(AccountId::of(ada), AccountId::escrow_of(bob), TransferCode::Generation);
        let (payer, maker) = (entry(&paid, ada, &Names::new()), entry(&paid, bob, &Names::new()));
        assert_eq!((payer.kudos, payer.escrow, payer.request.is_some(), payer.generation), (-5.0, 0.0, true, None));
        assert_eq!((maker.kudos, maker.escrow, maker.request, maker.generation.is_some()), (0.0, 5.0, None, true));
        assert_eq!((payer.with, maker.with), (None, None));
    }

    #[test]
    fn a_promotion_moves_both_accounts_of_one_user() {
        let ada = UserId(1);
        let line = line(AccountId::escrow_of(ada), AccountId::of(ada), TransferCode::Promotion);
        let entry = entry(&line, ada, &Names::new());
        assert_eq!((entry.kudos, entry.escrow), (5.0, -5.0));
    }

    #[test]
    fn the_end_of_a_page_reads_back() {
        let line = line(AccountId::TREASURY, AccountId::of(UserId(1)), TransferCode::Grant);
        assert_eq!(parse(&print(&line)), Some(Cursor { at: line.at, cause: line.cause, leg: line.leg }));
        for text in ["", "1", "1_2_3", "x_00000000000000000000000000000007_1", "1_00000000000000000000000000000007_1_"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
