//! Checks the books and the state machines, in the tables and in a desk rebuilt from them. Reads only, in one snapshot, so it may run
//! beside a working server. Not here: repairing anything.

use sqlx::PgConnection;
use throng_domain::Desk;
use throng_domain::desk::Settings;

use crate::rebuild::{self, RebuildError};

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What must hold.
    pub rule: &'static str,
    /// How it is broken.
    pub finding: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.finding)
    }
}

/// Counts the rows that break a rule.
macro_rules! count {
    ($faults:ident, $connection:ident, $rule:literal, $sql:literal) => {
        let broken: i64 = sqlx::query_scalar!($sql).fetch_one(&mut *$connection).await?;
        if broken != 0 {
            $faults.push(Fault { rule: $rule, finding: format!("broken by {broken}") });
        }
    };
}

/// Checks everything; an empty list is a clean bill.
pub async fn check(connection: &mut PgConnection) -> Result<Vec<Fault>, RebuildError> {
    use sqlx::Connection as _;
    let mut transaction = connection.begin().await?;
    sqlx::query!("set transaction isolation level repeatable read, read only").execute(&mut *transaction).await?;
    let mut faults = Vec::new();
    books(&mut transaction, &mut faults).await?;
    states(&mut transaction, &mut faults).await?;
    strays(&mut transaction, &mut faults).await?;
    match rebuild::records(&mut transaction).await {
        Ok(records) => {
            if let Err(findings) = Desk::restore(Settings::default(), records).audit() {
                faults.extend(
                    findings
                        .into_iter()
                        .map(|finding| Fault { rule: "the desk rebuilt from the tables is sound", finding }),
                );
            }
        }
        Err(error @ RebuildError::Row { .. }) => {
            faults.push(Fault { rule: "the desk can be rebuilt from the tables", finding: error.to_string() });
        }
        Err(error) => return Err(error),
    }
    transaction.rollback().await?;
    Ok(faults)
}

async fn books(connection: &mut PgConnection, faults: &mut Vec<Fault>) -> Result<(), sqlx::Error> {
    count!(
        faults,
        connection,
        "all accounts sum to zero",
        r#"select coalesce(sum(balance), 0)::bigint as "broken!" from account"#
    );
    count!(
        faults,
        connection,
        "a balance is the sum of its transfers",
        r#"select count(*) as "broken!"
           from (select id, sum(amount) as moved
                 from (select credit_account_id as id, amount from transfer union all select debit_account_id, -amount from transfer) as leg
                 group by id) as book
                full join account on account.id = book.id
           where account.balance is distinct from coalesce(book.moved, 0)"#
    );
    count!(
        faults,
        connection,
        "only finished generations are paid",
        r#"select count(*) as "broken!"
           from transfer join generation on generation.id = transfer.generation_id
           where transfer.code in ('generation', 'surcharge', 'subsidy') and generation.state <> 'done'"#
    );
    count!(
        faults,
        connection,
        "every result that is in has been paid",
        r#"select count(*) as "broken!"
           from generation
           where state = 'done' and not exists (select from transfer where transfer.generation_id = generation.id)"#
    );
    count!(
        faults,
        connection,
        "a hold pends exactly as long as its job may still be done",
        r#"select count(*) as "broken!"
           from hold join job on job.request_id = hold.request_id and job.slot = hold.slot
           where (hold.state = 'pending') <> (job.state in ('waiting', 'leased'))"#
    );
    Ok(())
}

async fn states(connection: &mut PgConnection, faults: &mut Vec<Fault>) -> Result<(), sqlx::Error> {
    count!(
        faults,
        connection,
        "a job has at most one result",
        r#"select count(*) as "broken!"
           from (select from generation where state = 'done' group by request_id, slot having count(*) > 1) as double"#
    );
    count!(
        faults,
        connection,
        "a job has at most one lease",
        r#"select count(*) as "broken!"
           from (select from generation where state = 'leased' group by request_id, slot having count(*) > 1) as double"#
    );
    count!(
        faults,
        connection,
        "a job that is leased or done names the generation that is so",
        r#"select count(*) as "broken!"
           from job left join generation on generation.id = job.generation_id
           where job.state in ('leased', 'done')
             and (generation.state is distinct from job.state or generation.request_id <> job.request_id or generation.slot <> job.slot)"#
    );
    count!(
        faults,
        connection,
        "a generation that is leased or done is named by its job",
        r#"select count(*) as "broken!"
           from generation left join job on job.request_id = generation.request_id and job.slot = generation.slot
           where generation.state in ('leased', 'done')
             and (job.state is distinct from generation.state or job.generation_id is distinct from generation.id)"#
    );
    count!(
        faults,
        connection,
        "a job counts its attempts",
        r#"select count(*) as "broken!"
           from (select job.attempts, count(generation.id) as begun
                 from job left join generation on generation.request_id = job.request_id and generation.slot = job.slot
                 group by job.request_id, job.slot) as work
           where attempts <> begun"#
    );
    Ok(())
}

async fn strays(connection: &mut PgConnection, faults: &mut Vec<Fault>) -> Result<(), sqlx::Error> {
    count!(
        faults,
        connection,
        // Alchemy of no forms is a request all the same.
        "every request for images or texts has jobs",
        r#"select count(*) as "broken!"
           from request where kind <> 'alchemy' and not exists (select from job where job.request_id = request.id)"#
    );
    count!(
        faults,
        connection,
        "every job, generation and hold has its request",
        r#"select count(*) as "broken!"
           from (select request_id from job union all select request_id from generation union all select request_id from hold) as part
                left join request on request.id = part.request_id
           where request.id is null"#
    );
    count!(
        faults,
        connection,
        "every request, worker, shared key and team has its user, every worker its team, every generation its worker",
        r#"select (select count(*) from request left join users on users.id = request.user_id where users.id is null)
                + (select count(*) from shared_key left join users on users.id = shared_key.owner_id where users.id is null)
                + (select count(*) from worker left join users on users.id = worker.owner_id where users.id is null)
                + (select count(*) from team left join users on users.id = team.owner_id where users.id is null)
                + (select count(*) from worker left join team on team.id = worker.team_id where worker.team_id is not null and team.id is null)
                + (select count(*) from generation left join worker on worker.id = generation.worker_id where worker.id is null) as "broken!""#
    );
    Ok(())
}
