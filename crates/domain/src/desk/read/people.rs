//! Reads: users and workers.

use std::sync::Arc;

use crate::bridge::BridgeAgent;
use crate::desk::Desk;
use crate::desk::answer::{UserView, WorkerView};
use crate::desk::index::LiveWorker;
use crate::desk::restore::{KeyHash, UserRecord};
use crate::eligibility::mean_speed_milli;
use crate::id::{AccountId, RequestId, UserId, WorkerId};
use crate::kind::Kind;
use crate::offer::Ability;
use crate::time::Timestamp;

impl Desk {
    /// Finds whose key it is.
    pub fn user_by_key(&self, key: &KeyHash) -> Option<UserId> {
        self.state.keys.get(key).copied()
    }

    /// Tells about a user.
    pub fn user(&self, user: UserId) -> Option<UserView> {
        self.state.users.get(&user).filter(|record| !record.profile.wiped).map(|record| self.user_view(record))
    }

    fn user_view(&self, record: &Arc<UserRecord>) -> UserView {
        let user = record.id;
        let account = AccountId::of(user);
        let ledger = &self.state.ledger;
        let requests = self.state.requests_of.get(&user);
        let of_kind = |kind| -> Vec<RequestId> {
            let is_of_kind =
                |id: &RequestId| self.state.requests.get(id).is_some_and(|live| live.record.request.kind() == kind);
            // Everybody shares the anonymous account, so its requests are nobody's to see.
            requests
                .filter(|_| !user.is_anonymous())
                .map(|ids| ids.iter().copied().filter(is_of_kind).collect())
                .unwrap_or_default()
        };
        UserView {
            record: Arc::clone(record),
            balance: ledger.balance(account),
            escrow: ledger.balance(AccountId::escrow_of(user)),
            held: ledger.held(account),
            workers: self.state.workers_of.get(&user).cloned().unwrap_or_default(),
            active_images: of_kind(Kind::Image),
            active_texts: of_kind(Kind::Text),
            shared_keys: self.state.shared_keys_of.get(&user).into_iter().flatten().copied().collect(),
            active_alchemy: of_kind(Kind::Alchemy),
            alchemists: self.alchemists_of(user),
        }
    }

    fn alchemists_of(&self, user: UserId) -> usize {
        let workers = self.state.workers_of.get(&user).map_or(&[][..], Vec::as_slice);
        let kinds =
            workers.iter().filter_map(|id| self.state.workers.get(id)).map(|live| live.record.profile.ability.kind());
        kinds.filter(|kind| *kind == Kind::Alchemy).count()
    }

    /// Lists one page of users, richest first or oldest first.
    pub fn users(&self, by_age: bool, skip: usize, take: usize) -> Vec<UserView> {
        let users = self.state.users.values().filter(|user| !user.profile.wiped);
        let mut page: Vec<&Arc<UserRecord>> = users.collect();
        if by_age {
            page.sort_by_key(|user| (user.created, user.id));
        } else {
            let balance = |user: &Arc<UserRecord>| self.state.ledger.balance(AccountId::of(user.id));
            page.sort_by_cached_key(|user| (std::cmp::Reverse(balance(user)), user.id));
        }
        page.into_iter().skip(skip).take(take).map(|user| self.user_view(user)).collect()
    }

    /// Tells about a worker.
    pub fn worker(&self, worker: WorkerId, now: Timestamp) -> Option<WorkerView> {
        self.worker_view(self.state.workers.get(&worker)?, now)
    }

    /// Tells about the worker of this exact name.
    pub fn worker_by_name(&self, name: &str, now: Timestamp) -> Option<WorkerView> {
        self.worker(*self.state.names.get(name)?, now)
    }

    /// Lists the workers online, of one kind or all, in the order they first came.
    pub fn workers(&self, kind: Option<Kind>, now: Timestamp) -> Vec<WorkerView> {
        let mut workers: Vec<WorkerView> = self
            .state
            .workers
            .values()
            .filter(|live| live.is_online(now))
            .filter(|live| kind.is_none_or(|kind| live.record.profile.ability.kind() == kind))
            .filter_map(|live| self.worker_view(live, now))
            .collect();
        workers.sort_by_key(|worker| (worker.record.created, worker.record.id));
        workers
    }

    /// Lists all workers of a user.
    pub fn workers_of(&self, user: UserId, now: Timestamp) -> Vec<WorkerView> {
        let workers = self.state.workers_of.get(&user).map_or(&[][..], Vec::as_slice);
        workers.iter().filter_map(|id| self.worker(*id, now)).collect()
    }

    fn worker_view(&self, live: &LiveWorker, now: Timestamp) -> Option<WorkerView> {
        let record = Arc::clone(&live.record);
        let owner = Arc::clone(self.state.users.get(&record.owner)?);
        let agent = BridgeAgent::parse(&record.profile.bridge_agent);
        let (img2img, painting) = match &record.profile.ability {
            Ability::Dreamer(dreamer) => {
                (dreamer.allow_img2img && agent.can("img2img"), dreamer.allow_painting && agent.can("inpainting"))
            }
            Ability::Scribe(_) | Ability::Alchemist(_) => (false, false),
        };
        Some(WorkerView {
            online: live.is_online(now),
            team: record.team.and_then(|team| self.state.teams.get(&team)).map(Arc::clone),
            messages: self.own_messages(record.id, now),
            speed_milli: mean_speed_milli(&record.counts.speeds_milli),
            record,
            owner,
            img2img,
            painting,
        })
    }
}
