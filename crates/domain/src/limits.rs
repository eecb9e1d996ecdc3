//! Every limit of the rules, by name and with its reason. Limits of the wire's fields are not here but where fields are parsed.

use crate::kudos::Kudos;
use crate::time::Span;

/// A request is forgotten this long after it was last touched: clients that still poll have fetched their results by then.
pub const REQUEST_LIFE: Span = Span::minutes(20);
/// The same when an extra slow worker took it: its lease alone may take longer than the ordinary life.
pub const REQUEST_LIFE_EXTRA_SLOW: Span = Span::minutes(60);
/// Handing a job out prolongs its request's life only if that gains so much: fewer rows to write.
pub const REQUEST_LIFE_STEP: Span = Span::seconds(60);
/// After so many failed attempts a request is given up: the payload is at fault, not the workers.
pub const FAULTS_MAX: u16 = 3;
/// A lease for a picture is never shorter, so that a worker can load a model.
pub const LEASE_SECONDS_MIN: u64 = 150;
/// A lease for a text.
pub const TEXT_LEASE_SECONDS: u64 = 150;

/// A worker counts as online so long after its last check-in.
pub const WORKER_ONLINE: Span = Span::seconds(300);
/// A worker's words are taken anew only so often: pops come every second, rows need not.
pub const CHECK_IN_EVERY: Span = Span::seconds(30);
/// Models of one dreamer: more makes each pop slow.
pub const IMAGE_MODELS_MAX: usize = 300;
/// Models of one scribe.
pub const TEXT_MODELS_MAX: usize = 200;
/// Blacklisted words of one worker.
pub const BLACKLIST_MAX: usize = 200;
/// Characters of a blacklisted word.
pub const BLACKLIST_WORD_CHARS_MAX: usize = 15;
/// Soft prompts of one scribe.
pub const SOFTPROMPTS_MAX: usize = 200;
/// Characters of a worker's name.
pub const WORKER_NAME_CHARS_MAX: usize = 100;
/// An untrusted owner with more workers than this may bring no further one.
pub const WORKERS_UNTRUSTED_MAX: u32 = 3;
/// Any owner with more workers than this needs an invitation.
pub const WORKERS_TRUSTED_MAX: u32 = 20;
/// Speeds remembered of a worker: enough to even out, few enough to follow a change.
pub const SPEEDS_MAX: usize = 20;
/// Pixelsteps a second below which a dreamer is slow.
pub const SLOW_PIXELSTEPS_PER_SECOND: u64 = 500_000;
/// Failed attempts in an hour after which a worker is put into maintenance.
pub const ABORTS_PER_HOUR_MAX: u32 = 20;
/// The window of that count.
pub const ABORTS_WINDOW: Span = Span::minutes(60);
/// Uptime is rewarded each time a worker has been there so long.
pub const UPTIME_REWARD_SECONDS: u64 = 600;

/// Priority gained by waiting, in whole kudos ...
pub const AGEING_KUDOS: i64 = 50;
/// ... each time this passes.
pub const AGEING_EVERY: Span = Span::seconds(10);
/// Priority of a request that was shrunk instead of paid for, and of a flagged user with little.
pub const PRIORITY_DOWNGRADED: i64 = -50;
/// Priority of a flagged user with next to nothing.
pub const PRIORITY_FLAGGED: i64 = -100;

/// Requests looked at in one pop for those that no index can rule out (words, steps): a pop stays under a few milliseconds, and the
/// next pop of the worker goes on where this one stopped.
pub const LOOKED_AT_PER_POP_MAX: usize = 5_000;
/// Requests of the owner and of priority users looked at before all others.
pub const LOOKED_AT_FIRST_MAX: usize = 1_000;
/// Users that one worker may prefer.
pub const PRIORITY_USERS_MAX: usize = 200;
/// Skip counts may be this old.
pub const SKIPPED_AGE_MAX: Span = Span::seconds(2);
/// Queue positions may be this old.
pub const POSITIONS_AGE_MAX: Span = Span::seconds(1);
/// ... and older by as much again for each so many requests in the queue: writing 100 000 takes some ten milliseconds.
pub const POSITIONS_PER_AGE: usize = 20_000;
/// Leases and lives that end in one tick: a long outage must not make one endless batch.
pub const ENDED_PER_TICK_MAX: usize = 1_000;

/// Speeds by model are averaged over this.
pub const MODEL_SPEEDS_WINDOW: Span = Span::minutes(60);
/// Speeds remembered of one model.
pub const MODEL_SPEEDS_MAX: usize = 200;
/// Work done is shown over this.
pub const PAST_MINUTE: Span = Span::seconds(60);

/// Awaited results of an ordinary user.
pub const CONCURRENCY: u32 = 30;
/// Awaited results of the anonymous account, for each set of models.
pub const CONCURRENCY_ANONYMOUS: u32 = 500;
/// Characters kept of a user's name.
pub const USER_NAME_CHARS_MAX: usize = 30;
/// Workers that a request may name; further ones are ignored.
pub const TARGETS_MAX: usize = 5;

/// Admission of a picture costs this much, of which [`STYLE_TIP`] is meant for a style, used or not.
pub const TAX_IMAGE: Kudos = Kudos::whole(3);
/// Admission of a text costs this much.
pub const TAX_TEXT: Kudos = Kudos::whole(1);
/// Each extra source picture adds this much.
pub const TAX_EXTRA_SOURCE: Kudos = Kudos::whole(5);
/// Of the price of admission with a style so much goes to whoever made it: enough to be worth making good ones. It is no surcharge on
/// pictures, which pay as much without a style.
pub const STYLE_TIP: Kudos = Kudos::whole(2);
/// An owner is trusted by time only after this.
pub const TRUST_AGE: Span = Span::seconds(7 * 24 * 3600);
/// After a gift, none can go back for this long.
pub const GIFT_BACK_AFTER: Span = Span::seconds(60);
