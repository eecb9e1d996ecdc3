//! The loop against a scripted server and a parrot, on a clock that only moves when everybody waits.

mod idle;
mod stage;

use std::time::Duration;

use stage::{Stage, image_job, nothing, refused, text_job};
use throng_api::ReturnCode;

use crate::control::Control;
use crate::horde::HordeError;
use crate::parrot::Act;
use crate::run::Ended;
use crate::task::{Source, Work};
use throng_domain::kind::Kind;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn network() -> HordeError {
    HordeError::Network("connection refused".into())
}

#[test]
fn a_picture_is_popped_made_uploaded_and_submitted() {
    let stage = Stage::new([]);
    stage.give(Kind::Image, image_job("g1"));
    assert_eq!(stage.run_jobs(1), Ended::JobsDone);
    assert_eq!(stage.calls(), ["pop image", "upload https://store/g1", "submit g1 R2"]);
    assert_eq!(stage.notes("Delivered").len(), 1);
}

#[test]
fn without_an_upload_address_the_picture_travels_inside_the_submit() {
    let stage = Stage::new([]);
    let mut job = image_job("g1");
    job.leases[0].upload = None;
    stage.give(Kind::Image, job);
    stage.run_jobs(1);
    assert_eq!(stage.calls(), ["pop image", "submit g1 inline"]);
}

#[test]
fn a_text_is_popped_made_and_submitted() {
    let stage = Stage::new([]);
    stage.give(Kind::Text, text_job("g1"));
    stage.run_jobs(1);
    assert_eq!(stage.calls(), ["pop image", "pop text", "submit g1 text"]);
}

#[test]
fn an_engine_that_fails_faults_the_job() {
    let stage = Stage::new([Act::Fault("out of memory".into()), Act::FailToLoad("no such file".into())]);
    stage.give(Kind::Image, image_job("g1"));
    stage.give(Kind::Image, image_job("g2"));
    stage.run_jobs(2);
    assert_eq!(stage.submits(), ["submit g1 faulted", "submit g2 faulted"]);
    assert!(stage.notes("Faulted")[0].contains("out of memory"));
}

#[test]
fn an_engine_that_hangs_is_faulted_before_its_lease_ends_and_told_to_give_up() {
    let stage = Stage::new([Act::Hang]);
    stage.give(Kind::Image, image_job("g1"));
    stage.run_jobs(1);
    assert_eq!(stage.submits(), ["submit g1 faulted"]);
    assert!(stage.now() >= seconds(100) && stage.now() < seconds(150), "{:?}", stage.now());
    assert!(stage.parrot_was_cancelled());
}

#[test]
fn a_slow_engine_that_keeps_its_lease_is_paid() {
    let stage = Stage::new([Act::Slow(seconds(120))]);
    stage.give(Kind::Image, image_job("g1"));
    stage.run_jobs(1);
    assert_eq!(stage.submits(), ["submit g1 R2"]);
}

#[test]
fn a_lease_that_says_nothing_lasts_as_long_as_the_shortest() {
    let stage = Stage::new([Act::Hang]);
    let mut job = image_job("g1");
    job.lease_time = None;
    stage.give(Kind::Image, job);
    stage.run_jobs(1);
    assert!(stage.now() < seconds(150));
    assert_eq!(stage.submits(), ["submit g1 faulted"]);
}

#[test]
fn a_network_that_is_down_between_run_and_submit_loses_nothing() {
    let stage = Stage::new([Act::Slow(seconds(5))]);
    stage.give(Kind::Image, image_job("g1"));
    stage.network_down(seconds(5), seconds(60));
    stage.run_jobs(1);
    assert_eq!(stage.last_call(), "submit g1 R2");
    assert!(stage.now() >= seconds(60));
    assert!(stage.calls().len() < 20, "with back-off, not in a hurry: {:?}", stage.calls());
}

#[test]
fn a_network_that_stays_down_is_tried_until_the_lease_ends_and_the_loss_is_noted() {
    let stage = Stage::new([Act::Slow(seconds(5))]);
    stage.give(Kind::Text, text_job("g1"));
    stage.network_down(seconds(5), seconds(100_000));
    stage.run_jobs(1);
    assert!(stage.now() >= seconds(148) && stage.now() <= seconds(160), "{:?}", stage.now());
    assert!(stage.notes("Faulted")[0].contains("told: false"));
}

#[test]
fn a_submit_whose_answer_was_lost_is_repeated_and_counts_as_done() {
    let stage = Stage::new([]);
    stage.give(Kind::Text, text_job("g1"));
    stage.answer_submits([Err(network()), Err(refused(400, ReturnCode::DuplicateGen))]);
    stage.run_jobs(1);
    assert_eq!(stage.submits(), ["submit g1 text", "submit g1 text"]);
    assert!(stage.notes("Delivered")[0].contains("Already"));
}

#[test]
fn a_stale_job_is_dropped_and_not_reported_again() {
    for code in [ReturnCode::InvalidJobID, ReturnCode::AbortedGen] {
        let stage = Stage::new([]);
        stage.give(Kind::Text, text_job("g1"));
        stage.answer_submits([Err(refused(code.status(), code))]);
        stage.run_jobs(1);
        assert_eq!(stage.submits(), ["submit g1 text"]);
        assert!(stage.notes("Delivered")[0].contains("Stale"));
    }
}

#[test]
fn a_result_that_is_not_taken_is_reported_as_faulted() {
    let stage = Stage::new([]);
    stage.give(Kind::Text, text_job("g1"));
    stage.answer_submits([Err(refused(400, ReturnCode::BadRequest))]);
    stage.run_jobs(1);
    assert_eq!(stage.submits(), ["submit g1 text", "submit g1 faulted"]);
}

#[test]
fn a_picture_that_cannot_be_uploaded_is_reported_as_faulted() {
    let stage = Stage::new([]);
    stage.give(Kind::Image, image_job("g1"));
    stage.answer_uploads([
        Err(network()),
        Err(HordeError::Refused { status: 403, code: None, message: "expired".into() }),
    ]);
    stage.run_jobs(1);
    assert_eq!(stage.calls()[1..], ["upload https://store/g1", "upload https://store/g1", "submit g1 faulted"]);
}

#[test]
fn each_generation_of_a_batch_is_answered_even_when_the_engine_made_too_few() {
    let stage = Stage::new([Act::AnswerTooFew]);
    let mut job = image_job("g1");
    job.leases.push(image_job("g2").leases.remove(0));
    if let Ok(Work::Image(image)) = &mut job.work {
        image.count = 2;
    }
    stage.give(Kind::Image, job);
    stage.run_jobs(1);
    assert_eq!(stage.submits(), ["submit g1 R2", "submit g2 faulted"]);
}

#[test]
fn a_job_that_needs_what_was_not_offered_is_faulted_without_a_rest() {
    let stage = Stage::new([]);
    let mut job = image_job("g1");
    job.work = Err("the ControlNet canny".into());
    stage.give(Kind::Image, job);
    stage.give(Kind::Image, image_job("g2"));
    stage.run_jobs(2);
    assert_eq!(stage.submits(), ["submit g1 faulted", "submit g2 R2"]);
    assert!(stage.notes("Resting").is_empty());
}

#[test]
fn source_pictures_are_fetched_before_the_run_and_a_missing_one_faults() {
    let stage = Stage::new([]);
    stage.give(Kind::Image, stage::from_picture("g1", "https://pictures/cat"));
    stage.give(Kind::Image, stage::from_picture("g2", "https://pictures/gone"));
    stage.run_jobs(2);
    assert_eq!(stage.parrot_sources(), [Some(Source::Bytes(b"cat".to_vec()))]);
    assert_eq!(stage.submits(), ["submit g1 R2", "submit g2 faulted"]);
}

#[test]
fn a_paused_worker_finishes_its_job_and_asks_for_no_other_until_resumed() {
    let stage = Stage::new([Act::Slow(seconds(10))]);
    stage.give(Kind::Image, image_job("g1"));
    stage.at(seconds(5), Control::pause);
    stage.at(seconds(1000), Control::resume);
    stage.at(seconds(1001), Control::drain);
    assert_eq!(stage.run(), Ended::Drained);
    assert_eq!(stage.submits(), ["submit g1 R2"]);
    let pops: Vec<_> =
        stage.pop_times().into_iter().filter(|&time| time > seconds(5) && time < seconds(1000)).collect();
    assert!(pops.is_empty(), "{pops:?}");
    assert!(stage.pop_times().iter().any(|&time| time >= seconds(1000)));
}

#[test]
fn a_drained_worker_finishes_its_job_and_leaves() {
    let stage = Stage::new([Act::Slow(seconds(30))]);
    stage.give(Kind::Image, image_job("g1"));
    stage.give(Kind::Image, image_job("g2"));
    stage.at(seconds(1), Control::drain);
    assert_eq!(stage.run(), Ended::Drained);
    assert_eq!(stage.submits(), ["submit g1 R2"]);
    assert!(stage.now() < seconds(32));
}

#[test]
fn a_job_that_arrives_while_the_worker_is_drained_is_still_done() {
    let stage = Stage::new([]);
    stage.pops_take(seconds(4));
    stage.give(Kind::Image, image_job("g1"));
    stage.at(seconds(1), Control::drain);
    assert_eq!(stage.run(), Ended::Drained);
    assert_eq!(stage.submits(), ["submit g1 R2"]);
}

#[test]
fn an_idle_or_paused_worker_leaves_at_once_when_drained() {
    for pause in [Control::pause, Control::resume] {
        let stage = Stage::new([]);
        stage.only(Kind::Image);
        stage.answer_pop(Kind::Image, Err(refused(403, ReturnCode::WorkerMaintenance)));
        stage.at(seconds(1), pause);
        stage.at(seconds(20), Control::drain);
        assert_eq!((stage.run(), stage.now()), (Ended::Drained, seconds(20)));
    }
}

#[test]
fn an_aborted_worker_faults_what_runs_and_leaves_soon_even_without_a_network() {
    let stage = Stage::new([Act::Hang]);
    stage.give(Kind::Image, image_job("g1"));
    stage.at(seconds(3), Control::abort);
    assert_eq!(stage.run(), Ended::Aborted);
    assert_eq!((stage.submits(), stage.now()), (vec!["submit g1 faulted".to_owned()], seconds(3)));
    assert!(stage.notes("Faulted")[0].contains("Aborted"));

    let stage = Stage::new([Act::Hang]);
    stage.give(Kind::Image, image_job("g1"));
    stage.network_down(seconds(1), seconds(100_000));
    stage.at(seconds(3), Control::abort);
    assert_eq!(stage.run(), Ended::Aborted);
    assert!(stage.now() < seconds(15), "{:?}", stage.now());
}

#[test]
fn maintenance_is_told_once_and_asked_after_about_once_a_minute() {
    let stage = Stage::new([]);
    for _ in 0..5 {
        stage.answer_pop(Kind::Image, Err(refused(403, ReturnCode::WorkerMaintenance)));
    }
    stage.only(Kind::Image);
    stage.give(Kind::Image, image_job("g1"));
    stage.run_jobs(1);
    assert_eq!(stage.notes("Maintenance").len(), 1);
    assert_eq!(stage.submits(), ["submit g1 R2"]);
    assert!(stage.now() >= seconds(5 * 30) && stage.now() <= seconds(5 * 60), "{:?}", stage.now());
}

#[test]
fn wrong_credentials_end_the_loop_with_the_servers_words() {
    let stage = Stage::new([]);
    stage.answer_pop(Kind::Image, Err(refused(403, ReturnCode::WrongCredentials)));
    let Ended::Refused(why) = stage.run() else { panic!("must be refused") };
    assert!(why.contains("Wrong credentials"), "{why}");
}

#[test]
fn a_429_is_obeyed() {
    let stage = Stage::new([]);
    stage.only(Kind::Text);
    let busy = HordeError::Busy { status: 429, message: "2 per 1 second".into(), retry_after: Some(seconds(30)) };
    stage.answer_pop(Kind::Text, Err(busy));
    stage.give(Kind::Text, text_job("g1"));
    stage.run_jobs(1);
    assert!(stage.pop_times()[1] >= seconds(30) && stage.pop_times()[1] <= seconds(31), "{:?}", stage.pop_times());
}

#[test]
fn a_server_that_is_down_is_asked_less_and_less_often_and_noticed_when_it_is_back() {
    let stage = Stage::new([]);
    stage.only(Kind::Image);
    stage.network_down(seconds(0), seconds(600));
    stage.give(Kind::Image, image_job("g1"));
    stage.run_jobs(1);
    assert!(stage.pop_times().len() < 30, "{}", stage.pop_times().len());
    assert!(stage.now() <= seconds(660));
}

#[test]
fn kinds_take_turns_when_both_have_work() {
    let stage = Stage::new([]);
    for id in ["i1", "i2", "i3"] {
        stage.give(Kind::Image, image_job(id));
    }
    for id in ["t1", "t2"] {
        stage.give(Kind::Text, text_job(id));
    }
    stage.run_jobs(5);
    assert_eq!(stage.submits(), ["submit i1 R2", "submit t1 text", "submit i2 R2", "submit t2 text", "submit i3 R2"]);
}

#[test]
fn trouble_with_one_kind_does_not_hold_up_the_other() {
    let stage = Stage::new([]);
    for _ in 0..3 {
        stage.answer_pop(Kind::Image, Err(refused(403, ReturnCode::WorkerMaintenance)));
    }
    stage.give(Kind::Text, text_job("t1"));
    stage.give(Kind::Text, text_job("t2"));
    stage.run_jobs(2);
    assert!(stage.now() < seconds(5), "{:?}", stage.now());
}

#[test]
fn why_jobs_were_skipped_is_told_when_the_reasons_change() {
    let stage = Stage::new([]);
    stage.only(Kind::Image);
    for skipped in [2, 2, 3] {
        stage.answer_pop(Kind::Image, Ok(nothing("models", skipped)));
    }
    stage.at(seconds(3), Control::drain);
    stage.run();
    assert_eq!(stage.notes("Nothing").len(), 2, "models, then none: {:?}", stage.notes("Nothing"));
}

#[test]
fn a_worker_that_only_faults_rests_longer_and_longer_and_then_stops_itself() {
    let stage = Stage::new((0..20).map(|_| Act::Fault("the card fell out".into())));
    stage.only(Kind::Image);
    for number in 0..20 {
        stage.give(Kind::Image, image_job(&format!("g{number}")));
    }
    let Ended::Broken(faults, why) = stage.run() else { panic!("must stop") };
    assert_eq!((faults, stage.submits().len()), (10, 10));
    assert!(why.contains("the card fell out"));
    assert!(stage.now() > seconds(120), "{:?}", stage.now());
}

#[test]
fn one_success_forgives_the_faults_before_it() {
    let acts = (0..15).map(|number| if number == 7 { Act::Answer } else { Act::Fault("oops".into()) });
    let stage = Stage::new(acts);
    for number in 0..15 {
        stage.give(Kind::Image, image_job(&format!("g{number}")));
    }
    assert_eq!(stage.run_jobs(15), Ended::JobsDone);
}

#[test]
fn two_threads_serve_two_jobs_at_once_but_only_one_asks() {
    let stage = Stage::new([Act::Slow(seconds(20)), Act::Slow(seconds(20))]).with_threads(2);
    stage.only(Kind::Image);
    stage.give(Kind::Image, image_job("g1"));
    stage.give(Kind::Image, image_job("g2"));
    stage.run_jobs(2);
    assert_eq!(stage.submits().len(), 2);
    assert!(stage.now() < seconds(25), "{:?}", stage.now());
    assert_eq!(stage.pop_times().len(), 2);
}

#[test]
fn a_worker_without_models_says_so() {
    let stage = Stage::new([]);
    stage.without_models();
    assert_eq!(stage.run(), Ended::NothingToOffer);
}
