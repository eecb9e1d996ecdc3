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
/// A lease for a form.
pub const FORM_LEASE_SECONDS: u64 = 180;
/// After so many failed attempts a form is given up; the other forms of its request live on.
pub const FORM_ATTEMPTS_MAX: u16 = 4;
/// Forms that a user may await, for each result it may await: they are small.
pub const FORMS_PER_CONCURRENCY: u32 = 10;
/// Forms that any user may await, whatever its concurrency: what the highest concurrency gives, and slots stay small numbers.
pub const FORMS_AWAITED_MAX: u32 = 5_000;
/// Forms handed out in one pop.
pub const FORMS_PER_POP_MAX: u16 = 100;

/// A worker counts as online so long after its last check-in.
pub const WORKER_ONLINE: Span = Span::seconds(300);
/// A worker's words are taken anew only so often: pops come every second, rows need not.
pub const CHECK_IN_EVERY: Span = Span::seconds(30);
/// Models of one dreamer: more makes each pop slow.
pub const IMAGE_MODELS_MAX: usize = 300;
/// Models of one scribe.
pub const TEXT_MODELS_MAX: usize = 200;
/// Forms of one alchemist: several times those there are, because names that nobody can ask for are kept as well.
pub const FORMS_OFFERED_MAX: usize = 100;
/// Blacklisted words of one worker.
pub const BLACKLIST_MAX: usize = 200;
/// Characters of a blacklisted word.
pub const BLACKLIST_WORD_CHARS_MAX: usize = 15;
/// Soft prompts of one scribe.
pub const SOFTPROMPTS_MAX: usize = 200;
/// Characters of a soft prompt's name.
pub const SOFTPROMPT_CHARS_MAX: usize = 100;
/// Characters of a worker's name.
pub const WORKER_NAME_CHARS_MAX: usize = 100;
/// Characters of a name that nobody types by accident.
pub const WORKER_NAME_CHARS_EXTREME: usize = 200;
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
/// The same under a raid, when it only makes the worker suspicious.
pub const ABORTS_PER_HOUR_RAID_MAX: u32 = 10;
/// The same for an alchemist: forms are small and many.
pub const FORM_ABORTS_PER_HOUR_MAX: u32 = 100;
/// Mean milliseconds a form takes an alchemist, from which on it is slow.
pub const SLOW_FORM_MILLIS: u64 = 10_000;
/// The window of that count.
pub const ABORTS_WINDOW: Span = Span::minutes(60);
/// Odd things after which a worker is paused, or a user suspicious.
pub const SUSPICIONS_MAX: u32 = 5;
/// Pixelsteps a second that no single machine makes: whoever does hands in something else than what was asked for.
pub const IMAGE_FASTEST_PER_SECOND: u64 = 20_000_000;
/// Tokens a second that no scribe writes.
pub const TEXT_FASTEST_PER_SECOND: u64 = 150;
/// The same for larger models: from so many parameters on, so many tokens a second.
pub const TEXT_FASTEST_BY_PARAMETERS: [(u64, u64); 3] =
    [(70_000_000_000, 30), (14_000_000_000, 100), (8_000_000_000, 150)];
/// A mixture of eight experts is so many times faster than its size tells.
pub const TEXT_FASTEST_EXPERTS: u64 = 3;
/// Characters kept of why a worker is in maintenance.
pub const MAINTENANCE_CHARS_MAX: usize = 300;
/// Teams of one founder: enough for every cause, too few to fill the memory with.
pub const TEAMS_PER_FOUNDER_MAX: usize = 20;
/// A message to a worker lasts so long unless its author says otherwise.
pub const MESSAGE_LIFE: Span = Span::minutes(12 * 60);
/// Messages are looked up for so long after their end; then they are forgotten.
pub const MESSAGE_KEPT: Span = Span::minutes(30 * 24 * 60);
/// Unexpired messages of one author who is no moderator: each of them travels with every pop of its worker.
pub const MESSAGES_PER_AUTHOR_MAX: usize = 50;
/// Messages listed at once.
pub const MESSAGES_PER_PAGE: usize = 50;
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
/// Awaited results of a school.
pub const CONCURRENCY_EDUCATION: u32 = 200;
/// A user's use is recorded as it is, unless an administrator says otherwise.
pub const USAGE_HUNDREDTHS: u32 = 100;
/// A day on which a user was active is written down only so often: acts come every second, rows need not.
pub const ACTIVE_EVERY: Span = Span::seconds(24 * 3600);
/// A user who was active so lately is not wiped: it may not mean it, or may be hiding something.
pub const WIPE_AFTER: Span = Span::seconds(30 * 24 * 3600);
/// Moderators' monthly kudos.
pub const MONTHLY_MODERATOR: Kudos = Kudos::whole(300_000);
/// Monthly kudos are looked at so often: a month is meant roughly.
pub const MONTHLY_EVERY: Span = Span::minutes(60);
/// Shared keys of an ordinary user.
pub const SHARED_KEYS_MAX: usize = 3;
/// Shared keys of a trusted user.
pub const SHARED_KEYS_TRUSTED_MAX: usize = 10;
/// Shared keys of a school: one for each pupil.
pub const SHARED_KEYS_EDUCATION_MAX: usize = 1000;
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
/// What a rating of one picture earns, and a remark on how flawed it is as much again.
pub const RATING_REWARD: Kudos = Kudos::whole(5);
/// What it earns to say nothing but which picture is the best.
pub const BEST_OF_REWARD: Kudos = Kudos::whole(15);
/// A picture that alone was rated, and so high, is taken for the best of its request.
pub const RATED_BEST_MIN: u8 = 7;
/// An owner is trusted by time only after this.
pub const TRUST_AGE: Span = Span::seconds(7 * 24 * 3600);
/// After a gift, none can go back for this long.
pub const GIFT_BACK_AFTER: Span = Span::seconds(60);
