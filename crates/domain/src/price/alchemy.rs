//! What a form earns its alchemist and costs its requester.

use super::SURCHARGE;
use crate::alchemy::{AlchemyWork, INTERROGATION, makes_picture};
use crate::kudos::Kudos;
use crate::request::Request;

/// What a form earns that tells something of a picture.
const TELLING: Kudos = Kudos::whole(1);
/// What the most laborious of these earns, and each tile of a form that makes a picture anew.
const LABORIOUS: Kudos = Kudos::whole(3);
/// What ten minutes of an alchemist's presence are worth.
pub const UPTIME: Kudos = Kudos::whole(40);

/// Tells what a form of a picture of so many tiles earns.
pub fn reward(form: &str, tiles: u32) -> Kudos {
    match form {
        INTERROGATION => LABORIOUS,
        form if makes_picture(form) => LABORIOUS.times(i64::from(tiles)),
        _ => TELLING,
    }
}

/// Tells what a form costs its requester: what it earns and one on top, and one more unless slow workers are refused.
pub fn debit(reward: Kudos, request: &Request) -> Kudos {
    let slow = if request.slow_workers { SURCHARGE } else { Kudos::ZERO };
    reward + SURCHARGE + slow
}

/// Tells what all forms of a request cost together.
pub fn quote(request: &Request, work: &AlchemyWork) -> Kudos {
    work.forms.iter().map(|form| debit(reward(&form.name, work.tiles), request)).sum()
}
