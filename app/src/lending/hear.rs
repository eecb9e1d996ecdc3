//! What each of a worker's reports means.

use throng_lend::Report;
use throng_lend::messages::{Craft, Ending, PROTOCOL, Pay, Verdict};

use super::speech;
use super::{Act, Device, Job, Lending, Model, Over, Phase, Setback, Step, day};

/// Messages that are kept: operators say one thing at a time, to every pop.
const TOLD_MAX: usize = 5;

impl Lending {
    /// The worker said something.
    pub fn hear(&mut self, now_ms: f64, report: Report) -> Vec<Act> {
        if !matches!(self.phase, Phase::Running(_)) {
            return Vec::new();
        }
        self.watch.heard();
        match report {
            Report::Ready { protocol } => return self.ready(now_ms, protocol),
            Report::Ended(ending) => return self.ended(now_ms, ending),
            Report::Moved(bytes) => {
                self.travelled = self.travelled.and(day(now_ms), bytes);
                return vec![Act::Keep(self.travelled)];
            }
            Report::Delivered { generation, pay, took_ms, .. } => self.delivered(now_ms, &generation, pay, took_ms),
            Report::Faulted { generation, why, told } => return self.faulted(&generation, why, told),
            Report::Preparing(preparation) => {
                self.seen.setback = None;
                self.phase = Phase::Running(Step::Preparing(preparation));
            }
            Report::Working => {
                self.seen.setback = None;
                self.phase = Phase::Running(Step::Working);
            }
            Report::Began { craft, model, summary, generations } => {
                self.debts.add(craft, generations);
                self.began(Job { craft, model, summary, step: 0, of: 0 });
            }
            Report::Progress { step, of } => {
                if let Some(job) = &mut self.seen.job {
                    (job.step, job.of) = (step, of);
                }
            }
            Report::Free => self.seen.job = None,
            Report::Nothing { craft, reasons } => self.nothing(craft, reasons),
            Report::Device { words, software } => self.seen.device = Some(Device { words, software }),
            Report::Tested(verdict) => self.tested(verdict),
            Report::Model { name, craft, bytes, fate } => self.model(Model { name, craft, bytes, fate }),
            Report::Told(words) => self.told(words),
            Report::Trouble { words, again_ms } => {
                self.seen.setback = Some(Setback { words, again_ms: now_ms + again_ms as f64 });
            }
            Report::Paused => self.seen.rests = true,
            Report::Resumed => self.seen.rests = false,
        }
        Vec::new()
    }

    /// The worker said something that cannot be read.
    pub fn garbled(&mut self, now_ms: f64) -> Vec<Act> {
        if !matches!(self.phase, Phase::Running(_)) {
            return Vec::new();
        }
        self.watch.heard();
        // Before the first order both sides compare their age; a first word that cannot even be read is of another one.
        if self.begun { Vec::new() } else { self.end(now_ms, Over::Ended(Ending::Outdated)) }
    }

    fn ready(&mut self, now_ms: f64, protocol: u32) -> Vec<Act> {
        if protocol != PROTOCOL {
            return self.end(now_ms, Over::Ended(Ending::Outdated));
        }
        // It is told to begin once, however often it says that it waits for it.
        if std::mem::replace(&mut self.begun, true) {
            return Vec::new();
        }
        self.day_told = day(now_ms);
        vec![Act::Begin]
    }

    fn ended(&mut self, now_ms: f64, ending: Ending) -> Vec<Act> {
        if ending.heals() { self.fail(now_ms, speech::ending(&ending)) } else { self.end(now_ms, Over::Ended(ending)) }
    }

    fn began(&mut self, job: Job) {
        self.watch.job_began();
        self.phase = Phase::Running(Step::Working);
        self.seen.job = Some(job);
        self.seen.nothing.clear();
        (self.seen.setback, self.seen.rests) = (None, false);
    }

    fn delivered(&mut self, now_ms: f64, generation: &str, pay: Pay, took_ms: u64) {
        self.debts.settle(generation);
        self.earnings.add(self.clock.at(now_ms), pay, took_ms);
        (self.failures, self.balance_moved) = (0, true);
        self.seen.setback = None;
    }

    fn faulted(&mut self, generation: &str, why: String, told: bool) -> Vec<Act> {
        self.faulted += 1;
        self.last_fault = Some(why);
        let owed = self.debts.settle(generation);
        owed.filter(|_| !told).map(Act::Fault).into_iter().collect()
    }

    fn nothing(&mut self, craft: Craft, reasons: Vec<String>) {
        self.seen.setback = None;
        self.seen.nothing.retain(|(other, _)| *other != craft);
        self.seen.nothing.push((craft, reasons));
    }

    fn tested(&mut self, verdict: Verdict) {
        self.seen.verdicts.retain(|other| other.family != verdict.family);
        self.seen.verdicts.push(verdict);
    }

    fn model(&mut self, model: Model) {
        self.seen.models.retain(|other| other.name != model.name);
        self.seen.models.push(model);
    }

    fn told(&mut self, words: String) {
        self.told.retain(|other| *other != words);
        self.told.insert(0, words);
        self.told.truncate(TOLD_MAX);
    }
}

#[cfg(test)]
mod tests;
