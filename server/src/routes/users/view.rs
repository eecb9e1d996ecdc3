//! A user as the wire shows it, by how much the viewer may see.

use throng_api::users::{
    ActiveGenerations, AmountRecords, Contributions, KudosDetails, MonthlyKudos, ThingRecords, Usage, UserDetails,
    UserRecords,
};
use throng_domain::desk::answer::UserView;
use throng_domain::desk::restore::{UserCounts, UserRecord};
use throng_domain::standing::Identity;
use throng_domain::{RequestId, Timestamp};

use super::super::asked::number;
use super::super::status::models::in_millions;
use crate::secret::Secret;

/// How much a viewer may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::routes) enum Sight {
    /// What everybody sees.
    Public,
    /// What the user sees too.
    Own,
    /// What only moderators see.
    Moderator,
}

/// How suspicious a user is: from 5 on it has consequences.
pub(in crate::routes) fn suspicion(user: &UserRecord) -> i64 {
    i64::from(user.counts.suspicions.total())
}

/// How much of a user's use is recorded.
pub(in crate::routes) fn multiplier(user: &UserRecord) -> f64 {
    f64::from(user.profile.usage_hundredths) / 100.0
}

/// The name others call a user by.
pub(in crate::routes) fn alias(user: &UserRecord) -> String {
    format!("{}#{}", user.name, user.id)
}

/// Shows a user.
pub(in crate::routes) fn shown(view: &UserView, sight: Sight, now: Timestamp) -> UserDetails {
    let user = &view.record;
    let own = sight != Sight::Public;
    let ids = |ids: &[RequestId]| -> Vec<String> { ids.iter().map(ToString::to_string).collect() };
    let active = || ActiveGenerations {
        text: Some(ids(&view.active_texts)),
        image: Some(ids(&view.active_images)),
        alchemy: Some(ids(&view.active_alchemy)),
    };
    UserDetails {
        username: alias(user),
        id: user.id.0,
        kudos: number(view.balance),
        concurrency: i64::from(user.concurrency),
        worker_invited: i64::from(user.worker_invited),
        moderator: user.roles.moderator,
        kudos_details: Some(kudos_details(&user.counts)),
        // Alchemists are not counted.
        worker_count: view.workers.len().saturating_sub(view.alchemists) as i64,
        worker_ids: (own || user.public_workers).then(|| view.workers.iter().map(ToString::to_string).collect()),
        styles: Some(Vec::new()),
        sharedkey_ids: own.then(|| view.shared_keys.iter().map(ToString::to_string).collect()),
        active_generations: own.then(active),
        trusted: user.roles.trusted,
        flagged: user.roles.flagged,
        vpn: own.then_some(user.roles.vpn),
        service: Some(user.roles.service),
        education: Some(user.roles.education),
        customizer: Some(user.roles.customizer),
        special: own.then_some(user.roles.special),
        deleted: Some(user.roles.deleted),
        contact: user.profile.contact.as_deref().filter(|_| own).map(str::to_owned),
        pseudonymous: user.identity == Identity::Pseudonymous,
        account_age: Some(now.since(user.created).as_seconds()),
        usage: Some(Usage::default()),
        contributions: Some(Contributions::default()),
        records: Some(records(&user.counts)),
        ..UserDetails::default()
    }
}

/// Shows a user to a moderator.
pub(in crate::routes) fn shown_to_moderators(view: &UserView, secret: &Secret, now: Timestamp) -> UserDetails {
    let (user, profile) = (&view.record, &view.record.profile);
    let monthly =
        MonthlyKudos { amount: profile.monthly.rounded(), last_received: profile.monthly_at.map(crate::wire::date) };
    UserDetails {
        evaluating_kudos: Some(number(view.escrow)),
        monthly_kudos: Some(monthly),
        suspicious: Some(suspicion(user)),
        admin_comment: profile.admin_comment.as_deref().map(str::to_owned),
        proxy_passkey: profile.passkey.map(|passkey| secret.passkey(user.id, passkey.seed)),
        ..shown(view, Sight::Moderator, now)
    }
}

fn kudos_details(counts: &UserCounts) -> KudosDetails {
    KudosDetails {
        accumulated: number(counts.accumulated),
        gifted: number(counts.gifted),
        admin: number(counts.admin),
        received: number(counts.received),
        donated: number(counts.donated),
        awarded: number(counts.awarded),
        recurring: number(counts.recurring),
        styled: number(counts.styled),
    }
}

fn records(counts: &UserCounts) -> UserRecords {
    let things =
        |pixelsteps, tokens: u64| ThingRecords { megapixelsteps: in_millions(pixelsteps), tokens: tokens as i64 };
    let amounts = |image: u64, text: u64, alchemy: u64| AmountRecords {
        image: image as i64,
        text: text as i64,
        interrogation: alchemy as i64,
    };
    UserRecords {
        usage: things(counts.usage_pixelsteps, counts.usage_tokens),
        contribution: things(counts.contribution_pixelsteps, counts.contribution_tokens),
        fulfillment: amounts(counts.fulfilments_image, counts.fulfilments_text, counts.fulfilments_alchemy),
        request: amounts(counts.requests_image, counts.requests_text, counts.requests_alchemy),
        style: amounts(counts.styles_image, counts.styles_text, 0),
    }
}
