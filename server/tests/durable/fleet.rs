//! Names that change hands within one batch, and what belongs to workers, come back from the tables as they were.

use throng_domain::desk::Settings;
use throng_domain::desk::answer::{NewMessage, NewTeam, Register, Said, TeamChoice, WorkerEdit};
use throng_domain::desk::restore::KeyHash;
use throng_domain::standing::{Identity, Roles};
use throng_domain::{Desk, Event, Timestamp, UserId, WorkerId};
use throng_server::journal::Journal;
use throng_server::leader::Lead;
use throng_server::store::setup;
use throng_server::{audit, rebuild};

use crate::fixture::{database, offer};
use crate::journal::Counting;

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

fn said(text: &str) -> Said {
    Said { text: text.into(), foul: false }
}

fn renamed(name: &str) -> WorkerEdit {
    WorkerEdit { name: Some(said(name)), ..WorkerEdit::default() }
}

/// A desk whose one user is trusted and has three workers.
fn begin(ids: &mut Counting, out: &mut Vec<Event>) -> (Desk, UserId, [WorkerId; 3]) {
    let mut desk = Desk::new(Settings::default());
    desk.open(KeyHash([9; 32]), NOW, out);
    let ada = Register { name: "ada".into(), identity: Identity::Pseudonymous, key: KeyHash([1; 32]) };
    let ada = desk.register(&ada, NOW, out).unwrap();
    desk.set_roles(ada, Roles { trusted: true, moderator: true, ..Roles::default() }, out);
    let workers = ["one", "two", "three"].map(|name| desk.pop(&offer(ada, name), NOW, ids, out).unwrap().worker);
    (desk, ada, workers)
}

#[tokio::test]
async fn names_may_change_hands_within_one_batch() {
    let options = database().await;
    setup::migrate(&options).await.unwrap();
    let (mut first, mut second, mut ids) = (Vec::new(), Vec::new(), Counting(0));
    let (mut desk, ada, [one, two, three]) = begin(&mut ids, &mut first);
    // One and two swap names; three goes, and a new worker takes its name.
    for (worker, name) in [(one, "aside"), (two, "one"), (one, "two")] {
        desk.edit_worker(ada, worker, &renamed(name), &mut second).unwrap();
    }
    desk.delete_worker(ada, three, &mut second).unwrap();
    desk.pop(&offer(ada, "three"), NOW, &mut ids, &mut second).unwrap();

    let lead = Lead::try_take(&options, "a test", chrono::DateTime::UNIX_EPOCH).await.unwrap().unwrap();
    let mut journal = Journal::new(lead, options.clone());
    for batch in [&first, &second, &second] {
        journal.write(batch, NOW).await.unwrap();
    }
    let mut connection = setup::connection(&options).await.unwrap();
    assert_eq!(rebuild::records(&mut connection).await.unwrap(), desk.records());
    assert_eq!(audit::check(&mut connection).await.unwrap(), []);
}

#[tokio::test]
async fn teams_and_messages_come_back_as_they_were() {
    let options = database().await;
    setup::migrate(&options).await.unwrap();
    let (mut first, mut second, mut ids) = (Vec::new(), Vec::new(), Counting(0));
    let (mut desk, ada, [one, two, _]) = begin(&mut ids, &mut first);
    let mut found = |desk: &mut Desk, name: &str| {
        let new = NewTeam { name: said(name), info: Some(said("we make light")) };
        desk.found_team(ada, &new, NOW, &mut ids, &mut first).unwrap().id
    };
    let (lamps, candles) = (found(&mut desk, "Lamps"), found(&mut desk, "Candles"));
    for (worker, team) in [(one, lamps), (two, candles)] {
        let join = WorkerEdit { team: Some(TeamChoice::Join(team)), ..WorkerEdit::default() };
        desk.edit_worker(ada, worker, &join, &mut first).unwrap();
    }
    let mut send = |desk: &mut Desk, worker| {
        let new = NewMessage { worker, text: "rest a little".into(), origin: None, life: None };
        desk.send_message(ada, &new, NOW, &mut ids, &mut first).unwrap().id
    };
    send(&mut desk, None);
    let taken_back = send(&mut desk, Some(one));
    desk.delete_message(ada, taken_back, &mut second).unwrap();
    desk.dissolve_team(ada, candles, &mut second).unwrap();

    let lead = Lead::try_take(&options, "a test", chrono::DateTime::UNIX_EPOCH).await.unwrap().unwrap();
    let mut journal = Journal::new(lead, options.clone());
    let mut connection = setup::connection(&options).await.unwrap();
    journal.write(&first, NOW).await.unwrap();
    let stored = rebuild::records(&mut connection).await.unwrap();
    assert_eq!((stored.teams.len(), stored.messages.len()), (2, 2));
    assert_eq!(stored.workers[0].team, Some(lamps));
    journal.write(&second, NOW).await.unwrap();
    assert_eq!(rebuild::records(&mut connection).await.unwrap(), desk.records());
    assert_eq!(audit::check(&mut connection).await.unwrap(), []);
}
