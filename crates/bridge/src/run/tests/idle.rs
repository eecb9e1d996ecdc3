//! How a worker waits while there is nothing: it asks now and then, and less often where the server says when there is
//! something.

use std::time::Duration;

use throng_api::ReturnCode;
use throng_domain::kind::Kind;

use super::seconds;
use super::stage::{Stage, image_job, nothing, refused, text_job};
use crate::control::Control;
use crate::run::Ended;

#[test]
fn an_idle_worker_asks_soon_again_but_never_more_than_twice_a_second() {
    let stage = Stage::new([]);
    stage.only(Kind::Image);
    stage.at(seconds(60), Control::drain);
    stage.run();
    let times = stage.pop_times();
    assert!(times[1] <= Duration::from_millis(500), "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1] >= pair[0] + Duration::from_millis(250)));
    assert!(times.windows(2).all(|pair| pair[1] <= pair[0] + seconds(3)));
}

#[test]
fn after_a_job_an_idle_worker_is_attentive_again() {
    let stage = Stage::new([]);
    stage.only(Kind::Image);
    (0..10).for_each(|_| stage.answer_pop(Kind::Image, Ok(nothing("models", 0))));
    stage.give(Kind::Image, image_job("g1"));
    stage.at(seconds(60), Control::drain);
    stage.run();
    let times = stage.pop_times();
    assert!(times[9] > times[8] + seconds(1) && times[12] < times[11] + seconds(1), "{times:?}");
}

#[test]
fn a_worker_that_is_told_asks_when_it_is_told_and_hardly_ever_else() {
    let stage = Stage::new([]);
    stage.only(Kind::Image);
    stage.wakes_at([seconds(7)]);
    stage.answer_pop(Kind::Image, Ok(nothing("models", 0)));
    stage.give(Kind::Image, image_job("g1"));
    assert_eq!(stage.run_jobs(1), Ended::JobsDone);
    assert_eq!(stage.pop_times(), [seconds(0), seconds(7)]);

    let stage = Stage::new([]);
    stage.only(Kind::Image);
    stage.wakes_at([]);
    stage.at(seconds(60), Control::drain);
    stage.run();
    let times = stage.pop_times();
    assert!(
        times.windows(2).all(|pair| pair[1] >= pair[0] + seconds(10) && pair[1] <= pair[0] + seconds(20)),
        "{times:?}"
    );
    assert!(times.len() > 2, "it does not rely on being told: {times:?}");
}

#[test]
fn what_is_said_while_a_job_is_made_is_not_forgotten() {
    let stage = Stage::new([crate::parrot::Act::Slow(seconds(30))]);
    stage.only(Kind::Image);
    stage.wakes_at([seconds(10)]);
    stage.give(Kind::Image, image_job("g1"));
    stage.answer_pop(Kind::Image, Ok(nothing("models", 0)));
    stage.give(Kind::Image, image_job("g2"));
    stage.run_jobs(2);
    let times = stage.pop_times();
    assert!(times[2] < times[1] + seconds(1), "{times:?}");
}

#[test]
fn a_server_that_says_so_without_end_is_not_asked_without_end() {
    let stage = Stage::new([]);
    stage.only(Kind::Image);
    stage.wakes_at((0..1_000).map(|tenth| Duration::from_millis(tenth * 10)));
    stage.at(seconds(10), Control::drain);
    stage.run();
    let times = stage.pop_times();
    assert!(times.windows(2).all(|pair| pair[1] >= pair[0] + Duration::from_millis(250)), "{times:?}");
    assert!(times.len() > 20, "{times:?}");
}

#[test]
fn being_told_of_work_shortens_no_wait_for_trouble() {
    let stage = Stage::new([]);
    stage.wakes_at((1..50).map(seconds));
    stage.answer_pop(Kind::Image, Err(refused(403, ReturnCode::WorkerMaintenance)));
    for _ in 0..3 {
        stage.answer_pop(Kind::Text, Ok(nothing("models", 0)));
    }
    stage.give(Kind::Text, text_job("t1"));
    stage.run_jobs(1);
    let images = stage.calls().iter().filter(|call| *call == "pop image").count();
    assert_eq!((images, stage.calls().len()), (1, 6), "{:?}", stage.calls());
    assert!(stage.now() < seconds(10), "{:?}", stage.now());
}
