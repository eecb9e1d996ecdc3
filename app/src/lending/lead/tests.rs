//! Starting, stopping, failing, pausing: what the owner and the clock lead to.

use throng_lend::Report;
use throng_lend::manners::{BUSY_MS, HOLD_MOST_MS, Reason};
use throng_lend::messages::{Craft, PROTOCOL, Pay};

use super::super::scene::{ACCOUNT, LOOK, NOW_MS, SITE, began, busy, fault, send, started, working};
use super::*;

const BUSY: Look = Look { idle_ms: Some(0.0), ..LOOK };

fn paid(generation: &str) -> Report {
    let pay = Pay::Hundredths(100);
    Report::Delivered { craft: Craft::Pictures, generation: generation.into(), pay, took_ms: 1 }
}

#[test]
fn nothing_starts_without_a_graphics_card_and_the_processor_needs_none() {
    let bare = Site { gpu: false, secure: false };
    let mut lending = Lending::default();
    assert_eq!(lending.open(&Terms::default(), bare), None);
    assert_eq!(lending.phase, Phase::Ended(Over::NoGpu { secure: false }));
    let modest = Terms { processor: Processor::Cpu, ..Terms::default() };
    assert!(lending.open(&modest, bare).is_some());
}

#[test]
fn one_click_counts_once() {
    let mut lending = Lending::default();
    let turn = lending.open(&Terms::default(), SITE).unwrap();
    assert_eq!(lending.open(&Terms::default(), SITE), None);
    assert_eq!(lending.opened(turn, NOW_MS, ACCOUNT), [Act::Spawn]);
    assert_eq!(lending.opened(turn, NOW_MS, ACCOUNT), []);
    assert_eq!(lending.open(&Terms::default(), SITE), None);
}

#[test]
fn stopping_before_the_account_is_known_starts_nothing_afterwards() {
    let mut lending = Lending::default();
    let first = lending.open(&Terms::default(), SITE).unwrap();
    assert_eq!(lending.stop(NOW_MS, Over::Stopped), [Act::Terminate]);
    assert_eq!(lending.opened(first, NOW_MS, ACCOUNT), []);
    let second = lending.open(&Terms::default(), SITE).unwrap();
    assert_eq!(lending.opened(first, NOW_MS, ACCOUNT), [], "an answer that belongs to the first click");
    assert_eq!(lending.not_opened(second, NOW_MS, "no strangers".into()), [Act::Terminate]);
    assert_eq!(lending.phase, Phase::Ended(Over::NoAccount("no strangers".into())));
}

#[test]
fn stopping_frees_the_device_first_and_then_tells_what_will_not_come() {
    let mut lending = busy(&["a", "b"]);
    lending.hear(NOW_MS, paid("a"));
    let acts = lending.stop(NOW_MS, Over::Stopped);
    assert_eq!(acts, [Act::Terminate, fault("b"), Act::Refresh]);
    assert_eq!(lending.phase, Phase::Ended(Over::Stopped));
    assert_eq!(lending.stop(NOW_MS, Over::Left), [], "it is over already");
}

#[test]
fn draining_waits_for_the_job_and_ends_at_once_where_there_is_no_worker_to_ask() {
    let mut lending = busy(&["a"]);
    assert_eq!(lending.drain(NOW_MS), [send(Order::Drain)]);
    assert!(lending.is_active() && lending.draining);
    assert_eq!(lending.crashed(NOW_MS, "panic".into()), [Act::Terminate, fault("a")]);
    assert_eq!(lending.phase, Phase::Ended(Over::Stopped), "a draining worker is not replaced");

    let mut lending = started();
    assert_eq!(lending.drain(NOW_MS), [Act::Terminate]);
}

#[test]
fn a_worker_that_crashes_is_replaced_after_growing_pauses_until_it_is_enough() {
    let mut lending = busy(&["a"]);
    let mut now = NOW_MS;
    for (failure, pause) in [2_000.0, 4_000.0, 8_000.0, 16_000.0].into_iter().enumerate() {
        let owed = if failure == 0 { vec![Act::Terminate, fault("a")] } else { vec![Act::Terminate] };
        assert_eq!(lending.crashed(now, "unreachable".into()), owed);
        assert_eq!(lending.phase, Phase::Restarting { at_ms: now + pause, why: "unreachable".into() });
        assert_eq!(lending.crashed(now, "again".into()), [], "there is no worker that could crash");
        assert_eq!(lending.look(now + pause - 1.0, LOOK), []);
        now += pause;
        assert_eq!(lending.look(now, LOOK), [Act::Spawn]);
    }
    assert_eq!(lending.crashed(now, "unreachable".into()), [Act::Terminate]);
    assert_eq!(lending.phase, Phase::Ended(Over::GaveUp("unreachable".into())));
    assert!(lending.may_use_the_processor());
}

#[test]
fn a_finished_job_makes_up_for_earlier_failures() {
    let mut lending = busy(&["a", "b"]);
    for _ in 0..4 {
        lending.crashed(NOW_MS, "x".into());
        lending.look(NOW_MS + 60_000.0, LOOK);
    }
    lending.hear(NOW_MS, Report::Ready { protocol: PROTOCOL });
    lending.hear(NOW_MS, paid("c"));
    lending.crashed(NOW_MS, "x".into());
    assert_eq!(lending.phase, Phase::Restarting { at_ms: NOW_MS + 2_000.0, why: "x".into() });
}

#[test]
fn no_worker_is_started_into_a_dead_network() {
    let mut lending = working();
    lending.crashed(NOW_MS, "x".into());
    assert_eq!(lending.look(NOW_MS + 9_000.0, Look { offline: true, ..LOOK }), []);
    assert_eq!(lending.look(NOW_MS + 9_250.0, LOOK), [Act::Spawn]);
}

#[test]
fn a_worker_that_hangs_over_a_job_is_replaced_and_one_without_a_job_is_left_alone() {
    let mut lending = working();
    for quarter in 0..1_000 {
        assert_eq!(lending.look(NOW_MS + f64::from(quarter) * 250.0, LOOK), []);
    }
    let mut lending = busy(&["a"]);
    let ends = (0..1_000).map(|quarter| f64::from(quarter) * 250.0).find(|after| {
        let acts = lending.look(NOW_MS + after, LOOK);
        assert!(acts.is_empty() || acts == [Act::Terminate, fault("a")]);
        !acts.is_empty()
    });
    assert_eq!(ends.map(|ms| ms as u64), Some(120_000));
    assert!(matches!(lending.phase, Phase::Restarting { .. }));
}

#[test]
fn manners_are_told_once_and_only_when_they_change() {
    let mut lending = working();
    assert_eq!(lending.look(NOW_MS, LOOK), []);
    assert_eq!(lending.look(NOW_MS, BUSY), [send(Order::Hold(true))]);
    assert_eq!(lending.look(NOW_MS, BUSY), []);
    lending.pause(true);
    assert_eq!(lending.look(NOW_MS, BUSY), [send(Order::Hold(false)), send(Order::Pause)]);
    assert_eq!(lending.manner, Manner::Pause(Reason::Owner));
    lending.pause(false);
    let on_battery = Look { on_battery: Some(true), ..LOOK };
    assert_eq!(lending.look(NOW_MS, on_battery), [], "another reason for the same pause");
    assert_eq!(lending.manner, Manner::Pause(Reason::Battery));
    assert_eq!(lending.look(NOW_MS, BUSY), [send(Order::Resume), send(Order::Hold(true))]);
    let idle = Look { idle_ms: Some(BUSY_MS), ..LOOK };
    assert_eq!(lending.look(NOW_MS, idle), [send(Order::Hold(false))]);
}

#[test]
fn a_job_is_held_back_for_a_while_only_and_the_next_one_anew() {
    let mut lending = busy(&["a"]);
    let mut now = NOW_MS;
    assert_eq!(lending.look(now, BUSY), [send(Order::Hold(true))]);
    while now < NOW_MS + HOLD_MOST_MS - 1.0 {
        now += 250.0;
        let due = now >= NOW_MS + HOLD_MOST_MS;
        let orders = if due { vec![send(Order::Hold(false))] } else { Vec::new() };
        assert_eq!(lending.look(now, BUSY), orders);
    }
    lending.hear(now, paid("a"));
    lending.hear(now, Report::Free);
    lending.hear(now, began(&["b"]));
    assert_eq!(lending.look(now + 250.0, BUSY)[0], send(Order::Hold(true)));
}

#[test]
fn a_new_worker_is_told_the_manners_of_the_moment() {
    let mut lending = working();
    lending.pause(true);
    assert_eq!(lending.look(NOW_MS, LOOK), [send(Order::Pause)]);
    lending.crashed(NOW_MS, "x".into());
    assert_eq!(lending.look(NOW_MS + 5_000.0, LOOK), [Act::Spawn]);
    assert_eq!(lending.look(NOW_MS + 5_250.0, LOOK), [], "it has not even begun");
    lending.hear(NOW_MS, Report::Ready { protocol: PROTOCOL });
    assert_eq!(lending.look(NOW_MS + 5_500.0, LOOK), [send(Order::Pause)]);
}

#[test]
fn a_running_worker_hears_of_its_duty_and_its_cap_and_of_nothing_twice() {
    let mut lending = working();
    let wanted = Terms { duty: 30, megabytes_a_day: Some(2), nsfw: true, ..Terms::default() };
    let orders = [send(Order::Duty(30)), send(Order::Allowance(Some(2_000_000)))];
    assert_eq!(lending.change(NOW_MS, &wanted), orders);
    assert_eq!(lending.change(NOW_MS, &wanted), []);
    assert!(!lending.terms.nsfw, "this worker was started without");
    let tomorrow = NOW_MS + 86_400_000.0;
    assert_eq!(lending.look(tomorrow, LOOK), [send(Order::Allowance(Some(2_000_000)))]);
    assert_eq!(lending.look(tomorrow, LOOK), []);
    let free = Terms { megabytes_a_day: None, ..wanted };
    assert_eq!(lending.change(NOW_MS, &free), [send(Order::Allowance(None))]);
}

#[test]
fn the_balance_is_asked_for_after_jobs_but_not_more_often_than_it_is_polite() {
    let mut lending = busy(&["a", "b"]);
    lending.hear(NOW_MS, paid("a"));
    assert_eq!(lending.look(NOW_MS, LOOK), [Act::Refresh]);
    lending.hear(NOW_MS + 500.0, paid("b"));
    assert_eq!(lending.look(NOW_MS + 1_000.0, LOOK), []);
    assert_eq!(lending.look(NOW_MS + 2_000.0, LOOK), [Act::Refresh]);
    assert_eq!(lending.look(NOW_MS + 9_000.0, LOOK), []);
}

#[test]
fn earnings_go_on_after_a_stop_and_begin_anew_for_another_account() {
    let mut lending = busy(&["a"]);
    assert_eq!(lending.had_hundredths, Some(1_000));
    lending.hear(NOW_MS + 5_000.0, paid("a"));
    lending.stop(NOW_MS + 10_000.0, Over::Stopped);
    let again = Account { another: false, hundredths: Some(1_100), ..ACCOUNT };
    let turn = lending.open(&Terms::default(), SITE).unwrap();
    lending.opened(turn, NOW_MS + 100_000.0, again);
    assert_eq!((lending.earnings.total(), lending.had_hundredths), (100, Some(1_000)));
    assert_eq!(lending.lent_ms(NOW_MS + 101_000.0) as u64, 11_000, "the time between does not count");
    lending.stop(NOW_MS + 102_000.0, Over::Stopped);
    let turn = lending.open(&Terms::default(), SITE).unwrap();
    lending.opened(turn, NOW_MS, Account { hundredths: Some(7), ..ACCOUNT });
    assert_eq!((lending.earnings.total(), lending.had_hundredths), (0, Some(7)));
}
