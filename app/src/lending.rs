//! Lending this tab, as the page runs it: what its worker said, what is owed, what was earned, and what comes next. Clicks, reports
//! and looks at the clock come in; acts come out, which the shell (`lend.rs`) carries out in order. What a report means is in
//! `lending/hear.rs`, what an owner's click and the clock lead to in `lending/lead.rs`, how it is all said in `lending/speech.rs`.
//!
//! Nothing here knows a browser, so that every way a worker can fail is tested natively.

pub mod chart;
mod hear;
mod lead;
pub mod names;
pub mod owed;
pub mod shelf;
pub mod speech;
pub mod terms;
pub mod watch;

use throng_lend::Order;
use throng_lend::allowance::Travelled;
use throng_lend::earnings::Earnings;
use throng_lend::manners::Manner;
use throng_lend::messages::{Craft, Ending, Preparation, Processor, Start, Verdict};

use self::owed::{Debts, Owed};
use self::terms::{Post, Terms};
use self::watch::{Clock, Watch};

/// What the page does next.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Starts a worker's program.
    Spawn,
    /// Sends the worker its first order, with [`Lending::start`].
    Begin,
    /// Sends the worker another order.
    Send(Order),
    /// Ends the worker at once.
    Terminate,
    /// Tells the server that nothing comes of this generation.
    Fault(Owed),
    /// Keeps for the next visit what travelled today.
    Keep(Travelled),
    /// Asks the server for the account's balance.
    Refresh,
}

/// Where lending stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Phase {
    /// Nothing has been lent in this visit.
    #[default]
    Idle,
    /// The server is asked whose kudos these will be.
    Opening,
    /// A worker runs.
    Running(Step),
    /// A worker failed, and another one is started soon.
    Restarting {
        /// When.
        at_ms: f64,
        /// What happened.
        why: String,
    },
    /// It is over, until the person lends again.
    Ended(Over),
}

/// How far a worker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Its program is being loaded.
    Starting,
    /// It prepares.
    Preparing(Preparation),
    /// It asks for jobs.
    Working,
}

/// Why it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// The person stopped it.
    Stopped,
    /// The person left the page.
    Left,
    /// There is no account to earn for.
    NoAccount(String),
    /// The page sees no graphics card.
    NoGpu {
        /// Whether the page was opened in a way that lets it see one.
        secure: bool,
    },
    /// The worker ended for a reason that another one would meet again.
    Ended(Ending),
    /// It failed again and again; the last time for this reason.
    GaveUp(String),
}

/// What the browser lets this page do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// Whether there is a way to the graphics card.
    pub gpu: bool,
    /// Whether the page came over https, or from this machine itself.
    pub secure: bool,
}

/// Whose kudos these will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Whether somebody else earned before.
    pub another: bool,
    /// All their kudos, escrow included, in hundredths; none while the server does not say.
    pub hundredths: Option<i64>,
    /// What travelled today before, in this browser.
    pub travelled: Travelled,
}

/// What the page sees when it looks up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Whether the machine runs on its battery; none where the browser does not say.
    pub on_battery: Option<bool>,
    /// Milliseconds since the person last used the page; none when never.
    pub idle_ms: Option<f64>,
    /// Whether there is no network.
    pub offline: bool,
}

/// What one worker said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// What it computes on.
    pub device: Option<Device>,
    /// What its self-test said.
    pub verdicts: Vec<Verdict>,
    /// What became of each model.
    pub models: Vec<Model>,
    /// The job at hand.
    pub job: Option<Job>,
    /// Why there was nothing to do, for each craft that was asked for.
    pub nothing: Vec<(Craft, Vec<String>)>,
    /// What does not work at the moment.
    pub setback: Option<Setback>,
    /// Whether it rests, as it was told to.
    pub rests: bool,
}

/// What a worker computes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// What it is, for people.
    pub words: String,
    /// Whether it is a program that only poses as a graphics card.
    pub software: bool,
}

/// What became of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// What it makes.
    pub craft: Craft,
    /// How large its files are.
    pub bytes: u64,
    /// How fast it is; or why it is not offered.
    pub fate: Result<String, String>,
}

/// The job at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What it makes.
    pub craft: Craft,
    /// Its model.
    pub model: String,
    /// The work in a few words.
    pub summary: String,
    /// Steps or tokens done.
    pub step: u32,
    /// Steps or tokens there will be at most; 0 until the first is done.
    pub of: u32,
}

/// Something that is tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Setback {
    /// What was tried, and what happened.
    pub words: String,
    /// When it is tried again.
    pub again_ms: f64,
}

/// Everything about lending.
#[derive(Debug, Clone, PartialEq)]
pub struct Lending {
    /// Where it stands.
    pub phase: Phase,
    /// What the worker of the moment said.
    pub seen: Seen,
    /// What was earned, by the clock of lending.
    pub earnings: Earnings,
    /// Generations that failed.
    pub faulted: u32,
    /// Why the last of them did.
    pub last_fault: Option<String>,
    /// What operators and server had to say, newest first.
    pub told: Vec<String>,
    /// Whether the owner pressed Pause.
    pub paused_by_owner: bool,
    /// Whether it ends after the job at hand.
    pub draining: bool,
    /// What the worker was last told about when to work.
    pub manner: Manner,
    /// The terms that the worker of the moment keeps to.
    pub terms: Terms,
    /// All kudos of the account when the first of these were earned, in hundredths.
    pub had_hundredths: Option<i64>,
    turn: u32,
    begun: bool,
    debts: Debts,
    watch: Watch,
    clock: Clock,
    travelled: Travelled,
    day_told: u32,
    failures: u32,
    balance_moved: bool,
    refreshed_ms: f64,
}

impl Default for Lending {
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            seen: Seen::default(),
            earnings: Earnings::default(),
            faulted: 0,
            last_fault: None,
            told: Vec::new(),
            paused_by_owner: false,
            draining: false,
            manner: Manner::Work,
            terms: Terms::default(),
            had_hundredths: None,
            turn: 0,
            begun: false,
            debts: Debts::default(),
            watch: Watch::default(),
            clock: Clock::default(),
            travelled: Travelled::default(),
            day_told: 0,
            failures: 0,
            balance_moved: false,
            refreshed_ms: 0.0,
        }
    }
}

impl Lending {
    /// Whether the tab is being lent, or is about to be again.
    pub fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Opening | Phase::Running(_) | Phase::Restarting { .. })
    }

    /// Counts how often lending began, so that what belongs to an earlier time is recognised.
    pub fn turn(&self) -> u32 {
        self.turn
    }

    /// Whether the worker should rest, for whatever reason.
    pub fn is_pausing(&self) -> bool {
        matches!(self.manner, Manner::Pause(_)) || self.paused_by_owner
    }

    /// For how long the tab has been lent.
    pub fn lent_ms(&self, now_ms: f64) -> f64 {
        self.clock.at(now_ms)
    }

    /// What each of the last minutes earned.
    pub fn bars(&self, now_ms: f64) -> Vec<i64> {
        self.earnings.bars(self.lent_ms(now_ms), chart::BAR_MS, chart::BARS)
    }

    /// The first order to a worker.
    pub fn start(&self, post: Post<'_>, now_ms: f64) -> Start {
        self.terms.start(post, self.allowance(now_ms))
    }

    /// Whether the processor may do where the graphics card did not.
    pub fn may_use_the_processor(&self) -> bool {
        let Phase::Ended(over) = &self.phase else { return false };
        let failed_for_good =
            matches!(over, Over::NoGpu { .. } | Over::GaveUp(_) | Over::Ended(Ending::NoGpu(_) | Ending::Unfit(_)));
        self.terms.processor == Processor::Gpu && failed_for_good
    }

    /// Families of kernels that did not pass the self-test.
    pub fn families_failed(&self) -> usize {
        self.seen.verdicts.iter().filter(|verdict| verdict.fault.is_some()).count()
    }

    fn allowance(&self, now_ms: f64) -> Option<u64> {
        self.travelled.left(day(now_ms), self.terms.bytes_a_day())
    }
}

/// The day, counted from 1970 in universal time.
fn day(now_ms: f64) -> u32 {
    const DAY_MS: f64 = 86_400_000.0;
    (now_ms / DAY_MS) as u32
}

/// What the tests of this module's parts begin with.
#[cfg(test)]
mod scene {
    use throng_lend::Report;
    use throng_lend::messages::PROTOCOL;

    use super::*;

    /// A day some years after 1970, so that yesterday is a day, too.
    pub(super) const NOW_MS: f64 = 86_400_000.0 * 20_000.0;
    pub(super) const SITE: Site = Site { gpu: true, secure: true };
    pub(super) const LOOK: Look = Look { on_battery: None, idle_ms: None, offline: false };
    pub(super) const ACCOUNT: Account =
        Account { another: true, hundredths: Some(1_000), travelled: Travelled { day: 0, bytes: 0 } };

    /// Lending whose worker has just been started.
    pub(super) fn started() -> Lending {
        let mut lending = Lending::default();
        let turn = lending.open(&Terms::default(), SITE).unwrap();
        assert_eq!(lending.opened(turn, NOW_MS, ACCOUNT), [Act::Spawn]);
        lending
    }

    /// Lending whose worker asks for jobs.
    pub(super) fn working() -> Lending {
        let mut lending = started();
        assert_eq!(lending.hear(NOW_MS, Report::Ready { protocol: PROTOCOL }), [Act::Begin]);
        assert_eq!(lending.hear(NOW_MS, Report::Working), []);
        lending
    }

    /// Lending whose worker has a job with these generations.
    pub(super) fn busy(generations: &[&str]) -> Lending {
        let mut lending = working();
        assert_eq!(lending.hear(NOW_MS, began(generations)), []);
        lending
    }

    pub(super) fn began(generations: &[&str]) -> Report {
        Report::Began {
            craft: Craft::Pictures,
            model: "throng-shapes".into(),
            summary: "256 × 256".into(),
            generations: generations.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    pub(super) fn fault(generation: &str) -> Act {
        Act::Fault(Owed { craft: Craft::Pictures, generation: generation.to_owned() })
    }

    pub(super) fn send(order: Order) -> Act {
        Act::Send(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight_in_universal_time() {
        assert_eq!([day(0.0), day(86_399_999.0), day(86_400_000.0)], [0, 0, 1]);
    }

    #[test]
    fn the_processor_is_offered_where_the_graphics_card_failed_and_nowhere_else() {
        let ended = |over: Over, processor| Lending {
            phase: Phase::Ended(over),
            terms: Terms { processor, ..Terms::default() },
            ..Lending::default()
        };
        let unfit = || Over::Ended(Ending::Unfit("x".into()));
        assert!(ended(unfit(), Processor::Gpu).may_use_the_processor());
        assert!(ended(Over::NoGpu { secure: true }, Processor::Gpu).may_use_the_processor());
        assert!(ended(Over::GaveUp("x".into()), Processor::Gpu).may_use_the_processor());
        assert!(!ended(unfit(), Processor::Cpu).may_use_the_processor());
        assert!(!ended(Over::Stopped, Processor::Gpu).may_use_the_processor());
        assert!(!Lending::default().may_use_the_processor());
    }
}
