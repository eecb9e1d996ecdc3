//! One leader per database, and a fence around it.

use sqlx::postgres::PgConnectOptions;
use throng_domain::desk::Settings;
use throng_domain::desk::restore::KeyHash;
use throng_domain::{Desk, Event, Timestamp};
use throng_server::desk::State;
use throng_server::journal::{Journal, JournalError};
use throng_server::leader::Lead;
use throng_server::rebuild;
use throng_server::store::setup;

use crate::fixture::{Fixture, database};

const NOW: chrono::DateTime<chrono::Utc> = chrono::DateTime::UNIX_EPOCH;

async fn lead(options: &PgConnectOptions, holder: &str) -> Option<Lead> {
    Lead::try_take(options, holder, NOW).await.unwrap()
}

/// Cuts the connection that holds the lead, as a crash or a network would; returns when it is gone.
pub(crate) async fn cut_the_leader(options: &PgConnectOptions) {
    let mut connection = setup::connection(options).await.unwrap();
    let cut = "select pid, pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted \
               and database = (select oid from pg_database where datname = current_database())";
    let cut: Vec<(i32, bool)> = sqlx::query_as(cut).fetch_all(&mut connection).await.unwrap();
    let cut: Vec<i32> = cut.into_iter().map(|(pid, _)| pid).collect();
    let lives = "select exists (select from pg_locks where locktype = 'advisory' and pid = any($1))";
    while sqlx::query_scalar::<_, bool>(lives).bind(&cut).fetch_one(&mut connection).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

fn events() -> Vec<Event> {
    let mut events = Vec::new();
    Desk::new(Settings::default()).open(KeyHash([9; 32]), Timestamp(0), &mut events);
    events
}

async fn users(options: &PgConnectOptions) -> usize {
    rebuild::records(&mut setup::connection(options).await.unwrap()).await.unwrap().users.len()
}

#[tokio::test]
async fn a_second_server_cannot_lead() {
    let options = database().await;
    setup::migrate(&options).await.unwrap();
    let first = lead(&options, "first").await.unwrap();
    assert!(lead(&options, "second").await.is_none());
    first.release().await.unwrap();
    assert!(lead(&options, "second").await.is_some());
}

#[tokio::test]
async fn a_deposed_leader_cannot_write() {
    let options = database().await;
    setup::migrate(&options).await.unwrap();
    let mut deposed = Journal::new(lead(&options, "first").await.unwrap(), options.clone());
    cut_the_leader(&options).await;
    let _second = lead(&options, "second").await.unwrap();
    assert!(matches!(deposed.write(&events(), Timestamp(0)).await, Err(JournalError::Deposed)));
    assert_eq!(users(&options).await, 0);
}

#[tokio::test]
async fn the_epoch_alone_keeps_a_deposed_leader_out() {
    let options = database().await;
    setup::migrate(&options).await.unwrap();
    let mut deposed = Journal::new(lead(&options, "first").await.unwrap(), options.clone());
    // As in a database whose advisory locks do nothing: somebody leads although the first still holds its lock.
    let mut connection = setup::connection(&options).await.unwrap();
    sqlx::query("update leader set epoch = epoch + 1").execute(&mut connection).await.unwrap();
    assert!(matches!(deposed.write(&events(), Timestamp(0)).await, Err(JournalError::Deposed)));
    assert_eq!(users(&options).await, 0);
}

#[tokio::test]
async fn a_writer_whose_connection_was_cut_writes_on_if_nobody_led_since() {
    let options = database().await;
    setup::migrate(&options).await.unwrap();
    let mut journal = Journal::new(lead(&options, "first").await.unwrap(), options.clone());
    cut_the_leader(&options).await;
    journal.write(&events(), Timestamp(0)).await.unwrap();
    assert_eq!(users(&options).await, 1);
}

#[tokio::test]
async fn a_standby_takes_over_what_the_leader_left() {
    let first = Fixture::new().await;
    let ada = first.user("ada", 30).await;
    let config = throng_server::config::Config { data: Some(first.data.path().to_owned()), ..Default::default() };
    let (clock, ids) = (first.app.clock.clone(), first.app.ids.clone());
    let (standby, house) =
        throng_server::app::App::start(config, first.options.clone(), clock, ids, Settings::default()).await.unwrap();
    assert_eq!(standby.desk.state(), State::Standby);
    assert!(standby.desk.user(ada).await.is_err());
    first.house.stop().await;
    assert!(standby.desk.ready().await);
    assert_eq!(standby.desk.user(ada).await.unwrap().unwrap().balance, throng_domain::Kudos::whole(30));
    house.stop().await;
}

async fn look(fixture: &Fixture) -> u64 {
    fixture.app.desk.read_numbered(|_, _| ()).await.unwrap().0
}

#[tokio::test]
async fn whatever_is_seen_later_has_a_higher_number_under_a_later_leader_too() {
    let first = Fixture::new().await;
    let mut numbers = vec![look(&first).await, look(&first).await];
    cut_the_leader(&first.options).await;
    first.user("ada", 0).await;
    numbers.push(look(&first).await);
    let Fixture { house, options, data, .. } = first;
    house.stop().await;
    let second = Fixture::on(options, data, 2).await;
    numbers.push(look(&second).await);
    second.house.stop().await;
    assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
}
