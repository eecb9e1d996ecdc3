//! What the owner's clicks, a worker's failures and the clock lead to.

use throng_lend::Order;
use throng_lend::manners::{Manner, Sight, manner};
use throng_lend::messages::Processor;

use super::terms::Terms;
use super::watch::{self, Clock, Watch};
use super::{Account, Act, Earnings, Lending, Look, Over, Phase, Seen, Site, Step, day};

/// Between two questions for the balance: jobs may be quicker than the server likes to be asked.
const REFRESH_MS_LEAST: f64 = 2_000.0;

impl Lending {
    /// The owner wants to lend: gives the number of this time, unless it is impossible or done already.
    pub fn open(&mut self, terms: &Terms, site: Site) -> Option<u32> {
        if self.is_active() {
            return None;
        }
        self.turn += 1;
        self.terms = terms.clone();
        self.seen = Seen::default();
        (self.failures, self.paused_by_owner, self.draining) = (0, false, false);
        if terms.processor == Processor::Gpu && !site.gpu {
            self.phase = Phase::Ended(Over::NoGpu { secure: site.secure });
            return None;
        }
        self.phase = Phase::Opening;
        Some(self.turn)
    }

    /// It is known whose kudos these will be.
    pub fn opened(&mut self, turn: u32, now_ms: f64, account: Account) -> Vec<Act> {
        if !self.is_opening(turn) {
            return Vec::new();
        }
        if account.another {
            (self.earnings, self.clock, self.had_hundredths) = (Earnings::default(), Clock::default(), None);
            (self.faulted, self.last_fault) = (0, None);
            self.told.clear();
        }
        if self.had_hundredths.is_none() {
            self.had_hundredths = account.hundredths.map(|now| now - self.earnings.total());
        }
        self.travelled = account.travelled;
        self.clock.start(now_ms);
        self.spawn()
    }

    /// There is no account to earn for.
    pub fn not_opened(&mut self, turn: u32, now_ms: f64, why: String) -> Vec<Act> {
        if self.is_opening(turn) { self.end(now_ms, Over::NoAccount(why)) } else { Vec::new() }
    }

    /// Whether this time has not got further than the question who earns.
    pub fn is_opening(&self, turn: u32) -> bool {
        self.turn == turn && self.phase == Phase::Opening
    }

    /// Ends it at once, for one of the owner's reasons.
    pub fn stop(&mut self, now_ms: f64, over: Over) -> Vec<Act> {
        if self.is_active() { self.end(now_ms, over) } else { Vec::new() }
    }

    /// Ends it after the job at hand.
    pub fn drain(&mut self, now_ms: f64) -> Vec<Act> {
        if matches!(self.phase, Phase::Running(_)) && self.begun {
            self.draining = true;
            return vec![Act::Send(Order::Drain)];
        }
        self.stop(now_ms, Over::Stopped)
    }

    /// The owner pressed Pause, or Resume. The worker hears of it at the next look.
    pub fn pause(&mut self, paused: bool) {
        self.paused_by_owner = paused;
    }

    /// The owner has set other terms.
    pub fn change(&mut self, now_ms: f64, wanted: &Terms) -> Vec<Act> {
        let (duty, cap) = (self.terms.duty, self.terms.bytes_a_day());
        self.terms.follow(wanted);
        let mut acts = Vec::new();
        if matches!(self.phase, Phase::Running(_)) && self.begun {
            if self.terms.duty != duty {
                acts.push(Act::Send(Order::Duty(self.terms.duty)));
            }
            if self.terms.bytes_a_day() != cap {
                acts.push(Act::Send(Order::Allowance(self.allowance(now_ms))));
            }
        }
        acts
    }

    /// The worker's program broke down.
    pub fn crashed(&mut self, now_ms: f64, why: String) -> Vec<Act> {
        if matches!(self.phase, Phase::Running(_)) { self.fail(now_ms, why) } else { Vec::new() }
    }

    /// Looks up, several times a second.
    pub fn look(&mut self, now_ms: f64, look: Look) -> Vec<Act> {
        match &self.phase {
            Phase::Running(_) => {}
            Phase::Restarting { at_ms, .. } if now_ms >= *at_ms && !look.offline => return self.spawn(),
            _ => return Vec::new(),
        }
        self.watch.look(now_ms, self.seen.job.is_some(), self.manner == Manner::Hold);
        if self.watch.is_silent() {
            return self.fail(now_ms, "it had a job and said nothing for two minutes".to_owned());
        }
        let mut acts = Vec::new();
        if self.begun {
            let before = self.manner;
            self.manner = manner(self.terms.wishes(), self.sight(look));
            acts.extend(orders(before, self.manner).into_iter().map(Act::Send));
            if self.day_told != day(now_ms) {
                self.day_told = day(now_ms);
                if self.terms.bytes_a_day().is_some() {
                    acts.push(Act::Send(Order::Allowance(self.allowance(now_ms))));
                }
            }
        }
        if self.balance_moved && now_ms - self.refreshed_ms >= REFRESH_MS_LEAST {
            (self.balance_moved, self.refreshed_ms) = (false, now_ms);
            acts.push(Act::Refresh);
        }
        acts
    }

    fn sight(&self, look: Look) -> Sight {
        Sight {
            on_battery: look.on_battery,
            idle_ms: look.idle_ms,
            held_ms: self.watch.held_ms(),
            paused_by_owner: self.paused_by_owner,
            offline: look.offline,
        }
    }

    fn spawn(&mut self) -> Vec<Act> {
        self.phase = Phase::Running(Step::Starting);
        self.seen = Seen::default();
        self.watch = Watch::default();
        (self.manner, self.begun) = (Manner::Work, false);
        vec![Act::Spawn]
    }

    /// Ends this worker and tries another one later, unless it has failed often enough.
    pub(super) fn fail(&mut self, now_ms: f64, why: String) -> Vec<Act> {
        if self.draining {
            return self.end(now_ms, Over::Stopped);
        }
        self.failures += 1;
        match watch::pause_ms(self.failures) {
            None => self.end(now_ms, Over::GaveUp(why)),
            Some(pause_ms) => {
                let acts = self.release();
                self.phase = Phase::Restarting { at_ms: now_ms + pause_ms, why };
                acts
            }
        }
    }

    pub(super) fn end(&mut self, now_ms: f64, over: Over) -> Vec<Act> {
        let mut acts = self.release();
        if std::mem::take(&mut self.balance_moved) {
            acts.push(Act::Refresh);
        }
        self.clock.stop(now_ms);
        self.phase = Phase::Ended(over);
        acts
    }

    /// First the device is free, then the server hears what will not come.
    fn release(&mut self) -> Vec<Act> {
        (self.seen.job, self.seen.setback, self.seen.rests) = (None, None, false);
        self.seen.nothing.clear();
        (self.manner, self.begun) = (Manner::Work, false);
        std::iter::once(Act::Terminate).chain(self.debts.take().into_iter().map(Act::Fault)).collect()
    }
}

/// What a worker must be told when manners change.
fn orders(from: Manner, to: Manner) -> Vec<Order> {
    let rests = |manner: Manner| matches!(manner, Manner::Pause(_));
    let holds = |manner: Manner| manner == Manner::Hold;
    let said = [
        (holds(from) && !holds(to), Order::Hold(false)),
        (rests(from) && !rests(to), Order::Resume),
        (!rests(from) && rests(to), Order::Pause),
        (!holds(from) && holds(to), Order::Hold(true)),
    ];
    said.into_iter().filter(|(due, _)| *due).map(|(_, order)| order).collect()
}

#[cfg(test)]
mod tests;
