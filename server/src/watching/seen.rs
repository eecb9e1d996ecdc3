//! What is seen of a request at one look, and the JSON that it makes: the same that `check` and `status` answer. Not
//! here: when to look.

use throng_domain::desk::answer::{AlchemyState, AlchemyStatus, Progress, Status};
use throng_domain::{Desk, Kind, RequestId, Timestamp};

use crate::app::App;
use crate::error::Error;
use crate::routes::{alchemy_status, progress, text_status};

/// What is seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Seen {
    /// How far pictures are, without them.
    Image(Progress),
    /// How far texts are, with them.
    Text(Box<Status>),
    /// Where each form stands.
    Alchemy(AlchemyStatus),
}

impl Seen {
    /// Looks at a request; nothing if there is none of this kind.
    pub(super) fn of(desk: &Desk, kind: Kind, id: RequestId, now: Timestamp) -> Option<Self> {
        match kind {
            Kind::Image => desk.check(id, kind, now).ok().map(Self::Image),
            Kind::Text => desk.status(id, kind, now).ok().map(|status| Self::Text(Box::new(status))),
            Kind::Alchemy => desk.forms(id).ok().map(Self::Alchemy),
        }
    }

    /// Whether nothing more will come.
    pub(super) fn is_done(&self) -> bool {
        match self {
            Self::Image(progress) => progress.done,
            Self::Text(status) => status.progress.done,
            Self::Alchemy(status) => match status.state {
                AlchemyState::Waiting | AlchemyState::Processing => false,
                AlchemyState::Done | AlchemyState::Faulted | AlchemyState::Partial => true,
            },
        }
    }

    /// Writes it as a look would be answered.
    pub(super) async fn body(&self, app: &App) -> Result<String, Error> {
        let written = match self {
            Self::Image(found) => serde_json::to_string(&progress(found)),
            Self::Text(found) => serde_json::to_string(&text_status(found)),
            Self::Alchemy(found) => serde_json::to_string(&alchemy_status(app, found).await?),
        };
        written.map_err(Error::internal)
    }
}
