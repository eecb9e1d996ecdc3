//! What passed lately: work of the past minute, speeds of models in the past hour, threads online. None of it is a record: it is gathered
//! anew after a restart.

use std::collections::{HashMap, VecDeque};

use crate::kind::Kind;
use crate::limits::{MODEL_SPEEDS_MAX, MODEL_SPEEDS_WINDOW, PAST_MINUTE};
use crate::request::Name;
use crate::time::Timestamp;

/// Recent work of every kind.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    image: Recent,
    text: Recent,
    alchemy: Recent,
    /// Workers and threads online, as of the last look.
    pub(super) census: Census,
}

/// Workers online, and how fast they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Census {
    pub(super) at: Timestamp,
    pub(super) image: Crowd,
    pub(super) text: Crowd,
    pub(super) alchemy: Crowd,
}

/// Workers of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Crowd {
    pub(super) workers: u32,
    pub(super) threads: u32,
    /// Sum and number of all speeds remembered of all workers, online or not.
    pub(super) speeds_milli: u64,
    pub(super) speeds: u64,
}

impl Crowd {
    /// Tells the mean speed in thousandths of a thing per second; 0 if nothing was ever made.
    pub(super) fn speed_milli(&self) -> u64 {
        self.speeds_milli.checked_div(self.speeds).unwrap_or(0)
    }
}

impl Census {
    pub(super) fn of(&self, kind: Kind) -> &Crowd {
        match kind {
            Kind::Image => &self.image,
            Kind::Text => &self.text,
            Kind::Alchemy => &self.alchemy,
        }
    }
}

#[derive(Debug, Default)]
struct Recent {
    /// Things delivered in each of the last seconds that had any.
    seconds: VecDeque<(i64, u64)>,
    speeds: HashMap<Name, VecDeque<(Timestamp, u64)>>,
}

impl Traffic {
    fn of(&self, kind: Kind) -> &Recent {
        match kind {
            Kind::Image => &self.image,
            Kind::Text => &self.text,
            Kind::Alchemy => &self.alchemy,
        }
    }

    fn of_mut(&mut self, kind: Kind) -> &mut Recent {
        match kind {
            Kind::Image => &mut self.image,
            Kind::Text => &mut self.text,
            Kind::Alchemy => &mut self.alchemy,
        }
    }

    /// Takes note of a result.
    pub(super) fn delivered(&mut self, kind: Kind, model: &Name, things: u64, speed_milli: u64, at: Timestamp) {
        let recent = self.of_mut(kind);
        let second = at.as_seconds();
        match recent.seconds.back_mut() {
            Some(last) if last.0 >= second => last.1 += things,
            _ => recent.seconds.push_back((second, things)),
        }
        while recent.seconds.front().is_some_and(|first| first.0 + PAST_MINUTE.as_seconds() < second) {
            recent.seconds.pop_front();
        }
        let speeds = recent.speeds.entry(model.clone()).or_default();
        speeds.push_back((at, speed_milli));
        while speeds.len() > MODEL_SPEEDS_MAX {
            speeds.pop_front();
        }
    }

    /// Tells the things delivered in the past minute.
    pub(super) fn past_minute(&self, kind: Kind, now: Timestamp) -> u64 {
        let since = (now - PAST_MINUTE).as_seconds();
        let seconds = self.of(kind).seconds.iter().rev();
        seconds.take_while(|(second, _)| *second > since).map(|(_, things)| things).sum()
    }

    /// Tells a model's mean speed in the past hour in thousandths of a thing per second; 0 if it made nothing.
    pub(super) fn model_speed_milli(&self, kind: Kind, model: &str, now: Timestamp) -> u64 {
        let since = now - MODEL_SPEEDS_WINDOW;
        let Some(speeds) = self.of(kind).speeds.get(model) else { return 0 };
        let (mut sum, mut count) = (0, 0);
        for (_, speed) in speeds.iter().rev().take_while(|(at, _)| *at > since) {
            sum += speed;
            count += 1;
        }
        u64::checked_div(sum, count).unwrap_or(0)
    }

    /// Forgets the models that nobody served in the past hour.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        let since = now - MODEL_SPEEDS_WINDOW;
        for recent in [&mut self.image, &mut self.text, &mut self.alchemy] {
            recent.speeds.retain(|_, speeds| speeds.back().is_some_and(|(at, _)| *at > since));
        }
    }
}
