//! Counts of waiting requests by what they share, kept as the queue changes, so that `skipped` never needs to look at a request.

use std::collections::{BTreeMap, HashMap};

use super::{Entry, Queue, allow_list};
use crate::desk::answer::Skipped;
use crate::eligibility::feature::Features;
use crate::eligibility::{Able, Extent, SkipReason};
use crate::id::WorkerId;
use crate::kind::Kind;
use crate::offer::Ability;
use crate::request::Name;

/// The counts of one kind's queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    needs: HashMap<Features, u32>,
    /// By the models that are named, and by what is needed of those that are served.
    models: HashMap<(Vec<Name>, Features), u32>,
    sizes: BTreeMap<u64, u32>,
    contexts: BTreeMap<u32, u32>,
    allow_listed: u32,
    allowed: HashMap<WorkerId, u32>,
    denied: HashMap<WorkerId, u32>,
}

impl Counts {
    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        self.shift(entry, true);
    }

    pub(super) fn remove(&mut self, entry: &Entry<'_>) {
        self.shift(entry, false);
    }

    fn shift(&mut self, entry: &Entry<'_>, plus: bool) {
        let request = entry.request;
        shift(&mut self.needs, entry.group.needs, plus);
        shift(&mut self.models, (entry.wanted().cloned().collect(), entry.group.needs.of_models()), plus);
        shift_ordered(&mut self.sizes, entry.group.extent.size, plus);
        shift_ordered(&mut self.contexts, entry.group.extent.context, plus);
        if let Some(targeting) = &request.targeting {
            let per_worker = if targeting.deny { &mut self.denied } else { &mut self.allowed };
            for worker in &targeting.workers {
                shift(per_worker, *worker, plus);
            }
        }
        if allow_list(request).is_some() {
            self.allow_listed = if plus { self.allow_listed + 1 } else { self.allow_listed - 1 };
        }
    }
}

fn shift<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, u32>, key: K, plus: bool) {
    if plus {
        *counts.entry(key).or_default() += 1;
    } else if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

fn shift_ordered<K: Ord + Copy>(counts: &mut BTreeMap<K, u32>, key: K, plus: bool) {
    if plus {
        *counts.entry(key).or_default() += 1;
    } else if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

impl Skipped {
    /// The count of a reason, if it is one that is told.
    pub(in crate::desk) fn count_of(&mut self, reason: SkipReason) -> Option<&mut u32> {
        Some(match reason {
            SkipReason::Maintenance => return None,
            SkipReason::Nsfw => &mut self.nsfw,
            SkipReason::Untrusted => &mut self.untrusted,
            SkipReason::WorkerId => &mut self.worker_id,
            SkipReason::Models => &mut self.models,
            SkipReason::MaxPixels => &mut self.max_pixels,
            SkipReason::MaxLength => &mut self.max_length,
            SkipReason::MaxContextLength => &mut self.max_context_length,
            SkipReason::Img2img => &mut self.img2img,
            SkipReason::Painting => &mut self.painting,
            SkipReason::PostProcessing => &mut self.post_processing,
            SkipReason::Controlnet => &mut self.controlnet,
            SkipReason::Lora => &mut self.lora,
            SkipReason::BridgeVersion => &mut self.bridge_version,
            SkipReason::UnsafeIp => &mut self.unsafe_ip,
            SkipReason::Performance => &mut self.performance,
            SkipReason::StepCount => &mut self.step_count,
            SkipReason::MatchingSoftprompt => &mut self.matching_softprompt,
            SkipReason::Kudos => &mut self.kudos,
            SkipReason::Blacklist => &mut self.blacklist,
        })
    }

    /// Adds to the count of a reason.
    pub(in crate::desk) fn add(&mut self, reason: SkipReason, count: u32) {
        if let Some(field) = self.count_of(reason) {
            *field += count;
        }
    }
}

impl Queue {
    /// Counts why a worker is given none of what waits. What only single looks can tell (words, steps, soft prompts) is not in it.
    pub(in crate::desk) fn skipped(&self, able: &Able<'_>) -> Skipped {
        let counts = &self.counts;
        let mut skipped = Skipped::default();
        for (needs, count) in &counts.needs {
            let mut told = [None; SEVERAL_MAX];
            for reason in needs.missing_in(able.has) {
                // Models are counted below, with those that are named.
                if reason == SkipReason::Models || told.contains(&Some(reason)) {
                    continue;
                }
                if let Some(free) = told.iter_mut().find(|slot| slot.is_none()) {
                    *free = Some(reason);
                }
                skipped.add(reason, *count);
            }
        }
        for ((models, needs), count) in &counts.models {
            let foreign = models.iter().any(|model| !able.models.contains(model));
            let unnamed = models.is_empty() && !able.takes_any_model;
            if foreign || unnamed || !needs.all_in(able.has) {
                skipped.models += count;
            }
        }
        let of_worker = |map: &HashMap<WorkerId, u32>| map.get(&able.id).copied().unwrap_or(0);
        skipped.worker_id = counts.allow_listed - of_worker(&counts.allowed) + of_worker(&counts.denied);
        self.count_large(able, &mut skipped);
        skipped
    }

    fn count_large(&self, able: &Able<'_>, skipped: &mut Skipped) {
        let room = Extent::taken_by(&able.profile.ability);
        let kind = Ability::kind(&able.profile.ability);
        let larger: u32 = self.counts.sizes.range(room.size.saturating_add(1)..).map(|(_, count)| count).sum();
        match kind {
            Kind::Image | Kind::Alchemy => skipped.max_pixels = larger,
            Kind::Text => {
                skipped.max_length = larger;
                skipped.max_context_length =
                    self.counts.contexts.range(room.context.saturating_add(1)..).map(|(_, count)| count).sum();
            }
        }
    }
}

/// More reasons than one request can miss features for.
const SEVERAL_MAX: usize = 16;
