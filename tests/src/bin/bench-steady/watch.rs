//! The watch: at the end of each slot it looks at the server's memory and at the size of its database, and tells each minute how it goes.

use crate::book::{Book, Sample, counts, open};
use crate::plan::{Plan, SLOT, SLOTS_PER_MINUTE};
use crate::report::{mebibytes, minute_name};
use anyhow::Result;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use std::sync::Mutex;
use throng_tests::bench::{proc, say};

/// Watches until the plan ends; an error if the server ends before.
pub(crate) async fn run(plan: Plan, process: u32, mut database: PgConnection, book: &Mutex<Book>) -> Result<()> {
    for slot in 0..plan.slots() {
        let end = plan.begin + SLOT * (slot as u32 + 1);
        tokio::time::sleep_until(end.into()).await;
        let resident = proc::resident_bytes(process)?;
        let size: i64 =
            sqlx::query_scalar("select pg_database_size(current_database())").fetch_one(&mut database).await?;
        let sample = Sample { resident, database: size.unsigned_abs() };
        open(book).slots[slot].sample = Some(sample);
        if (slot + 1).is_multiple_of(SLOTS_PER_MINUTE) {
            say(&progress(&plan, slot, sample, &open(book)));
        }
    }
    database.close().await?;
    Ok(())
}

/// How the minute went that ends with this slot, as far as its cycles have ended.
fn progress(plan: &Plan, slot: usize, sample: Sample, book: &Book) -> String {
    let minute = slot / SLOTS_PER_MINUTE;
    let (cycles, errors) = counts(&book.slots[minute * SLOTS_PER_MINUTE..=slot]);
    let name = minute_name(plan, minute);
    let (resident, database) = (mebibytes(sample.resident), mebibytes(sample.database));
    format!("{name}: {cycles} cycles, {errors} errors, memory {resident:.0} MiB, database {database:.0} MiB")
}
