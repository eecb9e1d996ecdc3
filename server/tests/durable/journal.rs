//! Events → rows → desk: nothing is lost, nothing is doubled.

use chrono::TimeDelta;
use serde_json::json;
use throng_domain::desk::Settings;
use throng_domain::desk::answer::{Authority, Gift, Register, SharedKeyChange, UserEdit};
use throng_domain::desk::restore::{KeyHash, Records};
use throng_domain::standing::Identity;
use throng_domain::{Desk, Event, Ids, Kind, Kudos, Timestamp, UserId};
use throng_server::app::{App, StartError};
use throng_server::journal::Journal;
use throng_server::leader::Lead;
use throng_server::secret::Secret;
use throng_server::store::setup;
use throng_server::{audit, rebuild};
use uuid::Uuid;

use crate::fixture::{Fixture, alchemist, ask, ask_for_forms, database, offer, product, told};

/// Has forms made, failed, withdrawn and left waiting; one request wants none at all.
async fn do_some_alchemy(fixture: &Fixture, ada: UserId, bob: UserId) {
    let desk = &fixture.app.desk;
    desk.ask(ask_for_forms(ada, &["caption", "palette", "caption", "GFPGAN", "caption"])).await.unwrap();
    let taken = desk.pop(alchemist(bob)).await.unwrap().forms;
    assert_eq!(taken.len(), 3);
    desk.submit(bob, taken[0].generation, told("a\u{0}fox")).await.unwrap();
    desk.fault(bob, taken[1].generation, Kind::Alchemy).await.unwrap();
    let withdrawn = desk.ask(ask_for_forms(ada, &["caption", "nsfw"])).await.unwrap().request;
    desk.pop(alchemist(bob)).await.unwrap();
    desk.cancel_forms(withdrawn).await.unwrap();
    desk.ask(ask_for_forms(ada, &[])).await.unwrap();
}

/// Does a little of everything, and leaves something of everything behind.
async fn live_a_little(fixture: &Fixture) {
    let desk = &fixture.app.desk;
    let (ada, bob) = (fixture.user("ada", 500).await, fixture.user("bob", 50).await);
    desk.transfer(Gift::new(bob, ada, Kudos::whole(5))).await.unwrap();
    let key = desk.make_shared_key(ada, SharedKeyChange::default(), None).await.unwrap().record.id;
    let gone = desk.make_shared_key(bob, SharedKeyChange::default(), None).await.unwrap().record.id;
    desk.delete_shared_key(bob, gone).await.unwrap();
    let mut with_key = ask(UserId::ANONYMOUS, 1);
    with_key.request.shared_key = Some(key);
    desk.ask(with_key).await.unwrap();
    let edit =
        UserEdit { monthly: Some(Kudos::whole(20)), contact: Some("by \u{0} mail".into()), ..UserEdit::default() };
    desk.edit_user(Authority { caller: ada, admin: true }, bob, edit, None, json!({})).await.unwrap();
    let first = fixture.ask_paying_upfront(ada, 3).await;
    let done = fixture.pop(bob, "rig").await.unwrap();
    let faulted = fixture.pop(bob, "rig").await.unwrap();
    fixture.clock.advance(TimeDelta::seconds(4));
    desk.submit(bob, done, product("once there was a fox")).await.unwrap();
    desk.fault(bob, faulted, Kind::Text).await.unwrap();
    let second = fixture.ask_paying_upfront(ada, 2).await;
    desk.cancel(second, Kind::Text).await.unwrap();
    do_some_alchemy(fixture, ada, bob).await;
    // A lease that runs out, and a request that is forgotten.
    fixture.pop(bob, "another rig").await.unwrap();
    fixture.clock.advance(TimeDelta::minutes(5));
    desk.tick().await.unwrap();
    fixture.ask_paying_upfront(bob, 1).await;
    fixture.pop(bob, "rig").await.unwrap();
    assert!(desk.check(first, Kind::Text).await.is_ok());
}

#[tokio::test]
async fn a_rebuilt_desk_equals_the_live_one() {
    let fixture = Fixture::new().await;
    live_a_little(&fixture).await;
    fixture.audit().await;
    let live = fixture.live().await;
    assert!(!live.generations.is_empty() && !live.holds.is_empty() && live.users.len() == 3, "{live:?}");
    assert_eq!(Desk::restore(Settings::default(), fixture.stored().await).records(), live);
    fixture.house.stop().await;
}

#[tokio::test]
async fn forgotten_requests_leave_only_their_transfers() {
    let fixture = Fixture::new().await;
    live_a_little(&fixture).await;
    fixture.clock.advance(TimeDelta::hours(3));
    while fixture.app.desk.tick().await.unwrap().more {}
    fixture.audit().await;
    let stored = fixture.stored().await;
    assert!(
        stored.requests.is_empty()
            && stored.jobs.is_empty()
            && stored.generations.is_empty()
            && stored.holds.is_empty()
    );
    let mut connection = fixture.connection().await;
    let transfers: i64 = sqlx::query_scalar("select count(*) from transfer").fetch_one(&mut connection).await.unwrap();
    assert!(transfers > 0);
    fixture.house.stop().await;
}

#[tokio::test]
async fn a_restarted_server_knows_everybody_and_everything() {
    let fixture = Fixture::new().await;
    live_a_little(&fixture).await;
    let before = fixture.live().await;
    let Fixture { house, options, data, .. } = fixture;
    house.stop().await;
    let again = Fixture::on(options, data, 2).await;
    assert_eq!(again.live().await, before);
    let ada = KeyHash(again.app.secret.key_hash("ada"));
    assert_eq!(again.app.keys.find(&ada), again.app.desk.read(move |desk| desk.user_by_key(&ada)).await.unwrap());
    again.house.stop().await;
}

#[tokio::test]
async fn another_secret_and_none_are_refused() {
    let fixture = Fixture::new().await;
    let other = tempfile::tempdir().unwrap();
    let config = throng_server::config::Config { data: Some(other.path().to_owned()), ..Default::default() };
    let start = || {
        let (clock, ids) = (fixture.app.clock.clone(), fixture.app.ids.clone());
        App::start(config.clone(), fixture.options.clone(), clock, ids, Settings::default())
    };
    assert!(matches!(start().await, Err(StartError::NoSecret(_))));
    Secret::open(&config.secret_file(), &fixture.app.ids).unwrap();
    assert!(matches!(start().await, Err(StartError::OtherSecret(_))));
    fixture.house.stop().await;
}

/// Ids that count.
pub(crate) struct Counting(pub(crate) u128);

impl Ids for Counting {
    fn uuid(&mut self, _: Timestamp) -> Uuid {
        self.0 += 1;
        Uuid::from_u128(self.0)
    }

    fn random(&mut self) -> u64 {
        7
    }
}

/// Two batches of one story: an ask and a pop, then a submit.
fn two_batches() -> (Desk, Vec<Event>, Vec<Event>) {
    let (mut desk, mut ids, now) =
        (Desk::new(Settings::default()), Counting(0), Timestamp::from_seconds(1_767_225_600));
    let (mut first, mut second) = (Vec::new(), Vec::new());
    desk.open(KeyHash([9; 32]), now, &mut first);
    let mut user = |desk: &mut Desk, name: &str, key| {
        let register = Register { name: name.into(), identity: Identity::Pseudonymous, key: KeyHash([key; 32]) };
        desk.register(&register, now, &mut first).unwrap()
    };
    let (ada, bob) = (user(&mut desk, "ada", 1), user(&mut desk, "bob", 2));
    assert!(desk.grant(ada, Kudos::whole(100), now, &mut ids, &mut first));
    desk.ask(&ask(ada, 2), now, &mut ids, &mut first).unwrap();
    let popped = desk.pop(&offer(bob, "rig"), now, &mut ids, &mut first).unwrap();
    let generation = popped.assignment.unwrap().generations[0];
    let later = Timestamp(now.0 + 3_000_000);
    desk.submit(bob, generation, &product("a fable"), later, &mut ids, &mut second).unwrap();
    (desk, first, second)
}

#[tokio::test]
async fn a_batch_sent_again_changes_nothing() {
    let options = database().await;
    setup::migrate(&options).await.unwrap();
    let (desk, first, second) = two_batches();
    let now = chrono::DateTime::UNIX_EPOCH;
    let lead = Lead::try_take(&options, "a test", now).await.unwrap().unwrap();
    let mut journal = Journal::new(lead, options.clone());
    let mut seen: Vec<Records> = Vec::new();
    for batch in [&first, &first, &second, &second] {
        journal.write(batch, Timestamp(0)).await.unwrap();
        let mut connection = setup::connection(&options).await.unwrap();
        seen.push(rebuild::records(&mut connection).await.unwrap());
        assert_eq!(audit::check(&mut connection).await.unwrap(), []);
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[1], seen[2]);
    assert_eq!(seen[2], seen[3]);
    assert_eq!(seen[3], desk.records());
}

#[tokio::test]
async fn the_audit_finds_kudos_out_of_nowhere_and_lost_leases() {
    let fixture = Fixture::new().await;
    live_a_little(&fixture).await;
    let mut connection = fixture.connection().await;
    sqlx::query("update account set balance = balance + 1 where id = 2").execute(&mut connection).await.unwrap();
    sqlx::query("update generation set state = 'expired', ended_at = leased_at where state = 'leased'")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("delete from transfer where generation_id in (select id from generation where state = 'done')")
        .execute(&mut connection)
        .await
        .unwrap();
    let faults = audit::check(&mut connection).await.unwrap();
    let rules: Vec<_> = faults.iter().map(|fault| fault.rule).collect();
    for rule in [
        "all accounts sum to zero",
        "a balance is the sum of its transfers",
        "every result that is in has been paid",
        "a job that is leased or done names the generation that is so",
    ] {
        assert!(rules.contains(&rule), "{rule} is not among {rules:?}");
    }
    fixture.house.stop().await;
}
