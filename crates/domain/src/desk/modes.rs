//! The modes of the house, which keepers of order switch while it lives: closed for maintenance, by invitation only, under a raid.
//! Who may switch them is not here.

use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::desk::events::Event;
use crate::desk::restore::JobState;
use crate::id::RequestId;
use crate::kind::Kind;
use crate::time::Timestamp;

/// Which modes are on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Modes {
    /// No new request is admitted; what was begun goes on.
    pub maintenance: bool,
    /// New workers need an invitation.
    pub invite_only: bool,
    /// Strangers are trusted less.
    pub raid: bool,
}

/// Which modes shall be switched; the others stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ModesChange {
    /// For maintenance.
    pub maintenance: Option<bool>,
    /// For invitations.
    pub invite_only: Option<bool>,
    /// For raids.
    pub raid: Option<bool>,
}

impl ModesChange {
    /// Tells whether nothing shall be switched.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl Desk {
    /// Tells which modes are on.
    pub fn modes(&self) -> Modes {
        self.state.modes
    }

    /// Switches modes, and tells which are on then. Maintenance cancels the pictures nobody is at; texts stay, and are made when it is over.
    pub fn set_modes(&mut self, change: ModesChange, now: Timestamp, out: &mut Vec<Event>) -> Modes {
        let before = self.state.modes;
        let modes = Modes {
            maintenance: change.maintenance.unwrap_or(before.maintenance),
            invite_only: change.invite_only.unwrap_or(before.invite_only),
            raid: change.raid.unwrap_or(before.raid),
        };
        if modes != before {
            self.emit(Event::ModesSet(modes), out);
        }
        if modes.maintenance && !before.maintenance {
            self.cancel_waiting_images(now, out);
        }
        modes
    }

    fn cancel_waiting_images(&mut self, now: Timestamp, out: &mut Vec<Event>) {
        let waits = |live: &&super::index::LiveRequest| {
            live.record.request.kind() == Kind::Image && live.jobs.iter().any(|job| job.state == JobState::Waiting)
        };
        let mut waiting: Vec<RequestId> =
            self.state.requests.values().filter(waits).map(|live| live.record.id).collect();
        waiting.sort();
        for request in waiting {
            self.progress(request, out, |progress| progress.cancelled = true);
            self.drop_waiting(request, JobState::Cancelled, now, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::answer::Ask;
    use crate::kit::{START, SeededIds, alchemy, open_desk, picture, register};
    use crate::refusal::AskRefusal;

    #[test]
    fn maintenance_admits_nothing_and_cancels_the_pictures_that_wait() {
        let (mut out, mut ids) = (Vec::new(), SeededIds::new(1));
        let mut desk = open_desk(&mut out);
        let ada = register(&mut desk, "ada", START, &mut out);
        let ask = Ask { request: picture(ada, 2), allow_downgrade: false, id: None };
        let asked = desk.ask(&ask, START, &mut ids, &mut out).unwrap();
        let on = ModesChange { maintenance: Some(true), ..ModesChange::default() };
        assert!(desk.set_modes(on, START, &mut out).maintenance);
        assert!(desk.check(asked.request, Kind::Image, START).unwrap().done);
        assert_eq!(desk.ask(&ask, START, &mut ids, &mut out), Err(AskRefusal::Maintenance));
        let off = ModesChange { maintenance: Some(false), ..ModesChange::default() };
        desk.set_modes(off, START, &mut out);
        assert!(desk.ask(&ask, START, &mut ids, &mut out).is_ok());
        desk.audit().unwrap();
        assert_eq!(Desk::replay(crate::kit::settings(), out).records(), desk.records());
    }

    #[test]
    fn under_a_raid_strangers_from_hidden_addresses_are_refused() {
        let (mut out, mut ids) = (Vec::new(), SeededIds::new(1));
        let mut desk = open_desk(&mut out);
        let ada = register(&mut desk, "ada", START, &mut out);
        let mut ask = Ask { request: picture(ada, 1), allow_downgrade: false, id: None };
        ask.request.safe_address = false;
        assert!(desk.ask(&ask, START, &mut ids, &mut out).is_ok());
        desk.set_modes(ModesChange { raid: Some(true), ..ModesChange::default() }, START, &mut out);
        assert_eq!(desk.ask(&ask, START, &mut ids, &mut out), Err(AskRefusal::UnsafeAddress));
        let mut forms = Ask { request: alchemy(ada, &["caption"]), allow_downgrade: false, id: None };
        assert!(desk.ask(&forms, START, &mut ids, &mut out).is_ok());
        forms.request.safe_address = false;
        assert_eq!(desk.ask(&forms, START, &mut ids, &mut out), Err(AskRefusal::UnsafeAddress));
        desk.set_roles(ada, crate::standing::Roles { trusted: true, ..Default::default() }, &mut out);
        assert!(desk.ask(&ask, START, &mut ids, &mut out).is_ok());
    }
}
