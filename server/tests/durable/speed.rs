//! Promises about time that a machine under load can still keep, with room to spare.

use std::time::{Duration, Instant};

use throng_domain::Desk;
use throng_domain::desk::Settings;
use throng_server::rebuild;
use throng_server::store::setup;

use crate::fixture::Fixture;

/// Copies one waiting request ten thousand times in the tables, and reads them all back.
#[tokio::test]
async fn ten_thousand_waiting_requests_are_read_back_in_a_moment() {
    const COPIES: i64 = 10_000;
    let fixture = Fixture::new().await;
    let ada = fixture.user("ada", 100).await;
    fixture.ask(ada, 1).await;
    let options = fixture.options.clone();
    fixture.house.stop().await;
    let mut connection = setup::connection(&options).await.unwrap();
    let copy = |table: &str, id: &str, rest: &str| {
        sqlx::AssertSqlSafe(format!(
            "insert into {table} ({id}, {rest}) select lpad(to_hex(n), 32, '0')::uuid, {rest} from {table}, generate_series(1, {COPIES}) as n"
        ))
    };
    let request = "user_id, kind, created_at, priority, price, requester_trusted, covered, expires_at, faulted, cancelled, consumed, faults, payload";
    for (table, id, rest) in [("request", "id", request), ("job", "request_id", "slot, attempts, state, generation_id")]
    {
        sqlx::query(copy(table, id, rest)).execute(&mut connection).await.unwrap();
    }
    let begun = Instant::now();
    let desk = Desk::restore(Settings::default(), rebuild::records(&mut connection).await.unwrap());
    let took = begun.elapsed();
    assert_eq!(desk.records().requests.len() as i64, COPIES + 1);
    assert!(took < Duration::from_secs(3), "{took:?}");
}
