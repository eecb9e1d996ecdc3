//! Reports, and what the page knows and does after them.

use throng_lend::allowance::Travelled;
use throng_lend::messages::Preparation;

use super::super::scene::{NOW_MS, began, busy, fault, started, working};
use super::super::terms::Terms;
use super::*;

fn paid(generation: &str, hundredths: i64) -> Report {
    let pay = Pay::Hundredths(hundredths);
    Report::Delivered { craft: Craft::Pictures, generation: generation.into(), pay, took_ms: 900 }
}

#[test]
fn a_worker_of_another_age_ends_before_it_is_told_anything() {
    let mut lending = started();
    let acts = lending.hear(NOW_MS, Report::Ready { protocol: PROTOCOL + 1 });
    assert_eq!(acts, [Act::Terminate]);
    assert_eq!(lending.phase, Phase::Ended(Over::Ended(Ending::Outdated)));

    let mut lending = started();
    assert_eq!(lending.garbled(NOW_MS), [Act::Terminate]);
    assert_eq!(lending.phase, Phase::Ended(Over::Ended(Ending::Outdated)));
    let mut lending = working();
    assert_eq!(lending.garbled(NOW_MS), []);
    assert!(lending.is_active(), "later on, one unreadable word is only that");
}

#[test]
fn what_was_delivered_is_earned_and_no_longer_owed() {
    let mut lending = busy(&["a", "b"]);
    assert_eq!(lending.hear(NOW_MS + 1_000.0, paid("a", 150)), []);
    assert_eq!((lending.earnings.total(), lending.earnings.jobs()), (150, 1));
    assert_eq!(lending.bars(NOW_MS + 1_000.0).last(), Some(&150));
    let acts = lending.stop(NOW_MS + 2_000.0, Over::Stopped);
    assert_eq!(acts, [Act::Terminate, fault("b"), Act::Refresh]);
}

#[test]
fn a_reward_that_was_lost_or_a_job_that_came_too_late_is_told_apart() {
    let mut lending = busy(&["a", "b"]);
    for (generation, pay) in [("a", Pay::Already), ("b", Pay::Stale)] {
        let report = Report::Delivered { craft: Craft::Pictures, generation: generation.into(), pay, took_ms: 1 };
        lending.hear(NOW_MS, report);
    }
    assert_eq!((lending.earnings.unknown(), lending.earnings.wasted(), lending.earnings.total()), (1, 1, 0));
    assert_eq!(lending.stop(NOW_MS, Over::Stopped), [Act::Terminate, Act::Refresh], "nothing is owed any more");
}

#[test]
fn a_fault_that_the_server_does_not_know_of_is_told_by_the_page() {
    let mut lending = busy(&["a", "b"]);
    let faulted =
        |generation: &str, told| Report::Faulted { generation: generation.into(), why: "too slow".into(), told };
    assert_eq!(lending.hear(NOW_MS, faulted("a", true)), []);
    assert_eq!(lending.hear(NOW_MS, faulted("b", false)), [fault("b")]);
    assert_eq!((lending.faulted, lending.last_fault.as_deref()), (2, Some("too slow")));
    assert_eq!(lending.stop(NOW_MS, Over::Stopped), [Act::Terminate]);
}

#[test]
fn a_worker_that_may_heal_is_replaced_and_one_that_cannot_is_not() {
    let mut lending = busy(&["a"]);
    let acts = lending.hear(NOW_MS, Report::Ended(Ending::DeviceLost("driver reset".into())));
    assert_eq!(acts, [Act::Terminate, fault("a")]);
    assert!(matches!(&lending.phase, Phase::Restarting { why, .. } if why.contains("driver reset")));

    for ending in [Ending::Spent, Ending::Drained, Ending::NoGpu("x".into()), Ending::Refused("x".into())] {
        let mut lending = working();
        assert_eq!(lending.hear(NOW_MS, Report::Ended(ending.clone())), [Act::Terminate]);
        assert_eq!(lending.phase, Phase::Ended(Over::Ended(ending)));
    }
}

#[test]
fn what_travelled_is_added_up_by_the_day_and_kept() {
    let mut lending = working();
    lending.terms = Terms { megabytes_a_day: Some(1), ..Terms::default() };
    let today = (NOW_MS / 86_400_000.0) as u32;
    assert_eq!(lending.hear(NOW_MS, Report::Moved(300_000)), [Act::Keep(Travelled { day: today, bytes: 300_000 })]);
    assert_eq!(lending.hear(NOW_MS, Report::Moved(1)), [Act::Keep(Travelled { day: today, bytes: 300_001 })]);
    assert_eq!(lending.allowance(NOW_MS), Some(699_999));
    let tomorrow = NOW_MS + 86_400_000.0;
    assert_eq!(lending.allowance(tomorrow), Some(1_000_000));
}

#[test]
fn a_job_is_followed_from_beginning_to_end() {
    let mut lending = working();
    lending.hear(NOW_MS, Report::Nothing { craft: Craft::Pictures, reasons: vec!["models".into()] });
    lending.hear(NOW_MS, Report::Trouble { words: "no answer".into(), again_ms: 500 });
    lending.hear(NOW_MS, began(&["a"]));
    assert!(lending.seen.nothing.is_empty() && lending.seen.setback.is_none());
    lending.hear(NOW_MS, Report::Progress { step: 3, of: 30 });
    let job = lending.seen.job.clone().unwrap();
    assert_eq!((job.step, job.of, job.model.as_str()), (3, 30, "throng-shapes"));
    lending.hear(NOW_MS, paid("a", 1));
    lending.hear(NOW_MS, Report::Free);
    assert_eq!(lending.seen.job, None);
}

#[test]
fn a_job_means_that_the_preparation_is_over() {
    let mut lending = started();
    lending.hear(NOW_MS, Report::Ready { protocol: PROTOCOL });
    lending.hear(NOW_MS, Report::Preparing(Preparation::Testing));
    assert_eq!(lending.phase, Phase::Running(Step::Preparing(Preparation::Testing)));
    lending.hear(NOW_MS, began(&["a"]));
    assert_eq!(lending.phase, Phase::Running(Step::Working));
}

#[test]
fn verdicts_models_and_messages_replace_what_they_repeat() {
    let mut lending = working();
    let verdict = |fault: Option<&str>| Verdict {
        family: "convolution".into(),
        crafts: vec![Craft::Pictures],
        fault: fault.map(str::to_owned),
    };
    lending.hear(NOW_MS, Report::Tested(verdict(Some("off by 3"))));
    assert_eq!(lending.families_failed(), 1);
    lending.hear(NOW_MS, Report::Tested(verdict(None)));
    assert_eq!((lending.seen.verdicts.len(), lending.families_failed()), (1, 0));
    for fate in [Err("too slow".to_owned()), Ok("2 s a picture".to_owned())] {
        lending.hear(NOW_MS, Report::Model { name: "m".into(), craft: Craft::Pictures, bytes: 1, fate });
    }
    assert_eq!(lending.seen.models.len(), 1);
    assert!(lending.seen.models[0].fate.is_ok());
    for number in 0..9 {
        lending.hear(NOW_MS, Report::Told(format!("message {}", number % 7)));
    }
    let newest: Vec<_> = lending.told.iter().map(String::as_str).collect();
    assert_eq!(newest, ["message 1", "message 0", "message 6", "message 5", "message 4"]);
}

#[test]
fn whoever_is_not_lending_hears_nothing() {
    let mut lending = busy(&["a"]);
    lending.stop(NOW_MS, Over::Stopped);
    let before = lending.clone();
    assert_eq!(lending.hear(NOW_MS, paid("a", 100)), []);
    assert_eq!(lending.hear(NOW_MS, Report::Moved(5)), []);
    assert_eq!(lending.garbled(NOW_MS), []);
    assert_eq!(lending, before, "a late word of a worker that was ended changes nothing");
}
