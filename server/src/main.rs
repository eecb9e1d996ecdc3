//! Reads the command line, finds the database, runs a role. What the roles do is in the library; here is only their order.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use throng_domain::desk::answer::UserView;
use throng_domain::price::recorded;
use throng_domain::{Kudos, Span, Timestamp, UserId};
use throng_server::app::{App, open_secret};
use throng_server::audit::Fault;
use throng_server::backup::{Place, Restored, Written};
use throng_server::clock::{Clock, Ids, SystemClock};
use throng_server::cluster::{Cluster, Durability};
use throng_server::config::Config;
use throng_server::models::{self, ModelRole};
use throng_server::operator::{Operator, acts, keeping, ratings};
use throng_server::store::setup;
use throng_server::{audit, rebuild, serve, tasks, telemetry, times};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(name = "throng-server", version, about = "The authority of a Throng: gives work to workers, keeps the books")]
struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Clone, Subcommand)]
enum Role {
    /// Run the server (the default).
    Serve,
    /// Do once what a running server does every now and then, and tell what was done; where no server runs.
    Tasks,
    /// Bring the tables up to date and stop.
    Migrate,
    /// Check the books and the state machines; fails if anything is wrong.
    Audit,
    /// Create, list, show or reward users, or give them other keys, while no server runs.
    #[command(subcommand)]
    User(UserRole),
    /// List, add or remove filters of prompts, beside a running server or without one.
    #[command(subcommand)]
    Filter(keeping::FilterRole),
    /// List what is known of models, or import the community's reference, beside a running server or without one.
    #[command(subcommand)]
    Model(ModelRole),
    /// Add or take back news, beside a running server or without one.
    #[command(subcommand)]
    News(keeping::NewsRole),
    /// Print how long pictures took, as a table that the price network can learn from.
    Times {
        /// Only those that were finished in so many minutes. Requests are forgotten soon: append to a file before that.
        #[arg(long, default_value_t = 10)]
        minutes: i64,
    },
    /// Write out what people think of the pictures they shared, beside a running server or without one.
    #[command(subcommand)]
    Ratings(ratings::RatingsRole),
    /// List what moderators and administrators did, latest first, beside a running server or without one.
    Acts(acts::Which),
    /// Write the whole database and the secret into a file, beside a running server or without one.
    Backup {
        /// The file; it must not be there yet.
        file: PathBuf,
        /// Copy the pictures too, to this folder or s3://bucket; those that it has already are not copied again.
        #[arg(long)]
        pictures: Option<String>,
    },
    /// Make the house that a backup holds, and audit it; where no server runs.
    Restore {
        /// The file.
        file: PathBuf,
        /// Put it in the place of all that is there; else only an empty database is filled.
        #[arg(long)]
        replace: bool,
        /// Bring the pictures back from where they were copied.
        #[arg(long)]
        pictures: Option<String>,
    },
    /// Print the key that the edge knows this server by, for `--edge-url`; keep it where nobody else reads it.
    EdgeKey,
    /// Print the address of the migrated database and keep it running until the input ends: for tools.
    Database,
}

#[derive(Debug, Clone, Subcommand)]
enum UserRole {
    /// Register a user and print its key, once.
    Create {
        /// The name before the `#`.
        name: String,
    },
    /// List users, oldest first.
    List {
        /// Only those whose name holds this.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Give a user who lost its key another one and print it, once. The old one opens nothing any more.
    Key {
        /// The number after the `#`.
        id: i64,
    },
    /// Show a user.
    Show {
        /// The number after the `#`.
        id: i64,
    },
    /// Give a user a role, or take it: moderator, trusted, flagged, customizer, vpn, service, education, special.
    Role {
        /// The number after the `#`.
        id: i64,
        /// Which role.
        role: String,
        /// Take it instead.
        #[arg(long)]
        off: bool,
    },
    /// Grant kudos from the treasury.
    Grant {
        /// The number after the `#`.
        id: i64,
        /// How many, with at most two decimals.
        kudos: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::start(&cli.config);
    match run(cli).await {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let role = cli.role.unwrap_or(Role::Serve);
    let (options, cluster) = if let Some(url) = &cli.config.database_url {
        (url.parse::<PgConnectOptions>()?, None)
    } else {
        let folder = cli.config.data_dir().join("postgres");
        let cluster = Cluster::open(&folder, cli.config.pg_bin.as_deref(), Durability::Full).await?;
        (cluster.connect_options(), Some(cluster))
    };
    let keep = cli.config.keep_cluster;
    let outcome = act(role, cli.config, options, cluster.as_ref()).await;
    if let Some(cluster) = cluster.filter(|_| !keep) {
        cluster.stop().await?;
    }
    outcome
}

async fn act(
    role: Role,
    config: Config,
    options: PgConnectOptions,
    cluster: Option<&Cluster>,
) -> Result<ExitCode, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Arc::new(Ids::from_os(Arc::clone(&clock)));
    match role {
        Role::Serve => {
            let rules = config.rules();
            let (app, house) = App::start(config, options, clock, ids, rules).await?;
            return Ok(serve::until_told(app, house).await?);
        }
        Role::Tasks => {
            let rules = config.rules();
            let done = tasks::once(config, options, clock, ids, rules).await?;
            for (task, done) in done {
                writeln!(std::io::stdout(), "{task}: {done}")?;
            }
        }
        Role::Backup { file, pictures } => {
            let url = address(&config, cluster);
            let place = Place { config: &config, options, url: &url };
            backed_up(&file, place.backup(&file, pictures.as_deref(), &ids, &*clock).await?)?;
        }
        Role::Restore { file, replace, pictures } => {
            let url = address(&config, cluster);
            let place = Place { config: &config, options, url: &url };
            return restored(&place.restore(&file, replace, pictures.as_deref()).await?);
        }
        Role::Migrate => {
            setup::migrate(&options).await?;
            tracing::info!("the tables are up to date");
        }
        Role::Audit => return check(&options).await,
        Role::Times { minutes } => times(&options, minutes, clock.as_ref()).await?,
        Role::User(role) => {
            std::fs::create_dir_all(config.data_dir())?;
            let pool = tables(options.clone()).await?;
            let secret = open_secret(&config.secret_file(), &pool, &ids, &*clock).await?;
            pool.close().await;
            user(role, &Operator { options, clock, ids, secret }).await?;
        }
        Role::Filter(role) => {
            write!(std::io::stdout(), "{}", keeping::filter(&tables(options).await?, role).await?)?;
        }
        Role::Model(role) => {
            write!(std::io::stdout(), "{}", models::act(&tables(options).await?, role).await?)?;
        }
        Role::News(role) => {
            write!(std::io::stdout(), "{}", keeping::news(&tables(options).await?, ids.uuid(), role).await?)?;
        }
        Role::Ratings(ratings::RatingsRole::Export { file }) => {
            let exported = ratings::export(&tables(options).await?, &file).await?;
            writeln!(std::io::stdout(), "exported the ratings of {exported} requests")?;
        }
        Role::Acts(which) => {
            write!(std::io::stdout(), "{}", acts::list(&tables(options).await?, &which).await?)?;
        }
        Role::EdgeKey => edge_key(&config, options, &ids, clock.as_ref()).await?,
        Role::Database => {
            setup::migrate(&options).await?;
            let url = address(&config, cluster);
            writeln!(std::io::stdout(), "{url}")?;
            tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The tables as they are now, for a role that needs a query or two at a time.
async fn tables(options: PgConnectOptions) -> Result<PgPool, Failure> {
    setup::migrate(&options).await?;
    Ok(setup::pool(options, 2).await?)
}

/// The address of the database.
fn address(config: &Config, cluster: Option<&Cluster>) -> String {
    cluster.map_or_else(|| config.database_url.clone().unwrap_or_default(), Cluster::url)
}

fn backed_up(file: &Path, written: Written) -> Result<(), Failure> {
    let (file, bytes) = (file.display(), written.bytes);
    let mut out = std::io::stdout();
    writeln!(out, "wrote {file}, {bytes} bytes; it holds the secret: keep it where nobody else reads it")?;
    if let Some(copied) = written.pictures {
        writeln!(out, "copied {copied} pictures that were not there yet")?;
    }
    Ok(())
}

fn restored(house: &Restored) -> Result<ExitCode, Failure> {
    writeln!(std::io::stdout(), "restored what was backed up at {}", house.made)?;
    if house.pictures_missing > 0 {
        let missing = house.pictures_missing;
        writeln!(
            std::io::stdout(),
            "{missing} pictures of then are not in the store; whoever asks for one is told so"
        )?;
    }
    told(&house.faults)
}

async fn check(options: &PgConnectOptions) -> Result<ExitCode, Failure> {
    let mut connection = setup::connection(options).await?;
    told(&audit::check(&mut connection).await?)
}

/// Tells what the audit found.
fn told(faults: &[Fault]) -> Result<ExitCode, Failure> {
    for fault in faults {
        writeln!(std::io::stdout(), "{fault}")?;
    }
    if faults.is_empty() {
        writeln!(std::io::stdout(), "the books balance, every state is sound")?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

async fn edge_key(config: &Config, options: PgConnectOptions, ids: &Ids, clock: &dyn Clock) -> Result<(), Failure> {
    std::fs::create_dir_all(config.data_dir())?;
    let secret = open_secret(&config.secret_file(), &tables(options).await?, ids, clock).await?;
    writeln!(std::io::stdout(), "{}", throng_server::watching::edge_key(&secret))?;
    Ok(())
}

async fn times(options: &PgConnectOptions, minutes: i64, clock: &dyn Clock) -> Result<(), Failure> {
    let mut connection = setup::connection(options).await?;
    let records = rebuild::records(&mut connection).await?;
    let since = Timestamp(clock.now().timestamp_micros()) - Span::minutes(minutes);
    let mut out = std::io::stdout();
    writeln!(out, "{}", recorded::COLUMNS)?;
    for line in times::lines(&records, since) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A user in one line.
fn line(user: &UserView) -> String {
    let (record, created) = (&user.record, user.record.created.as_seconds());
    let (name, id) = (&record.name, record.id);
    let (balance, held, escrow) = (user.balance, user.held, user.escrow);
    format!("{name}#{id}: balance {balance}, held {held}, escrow {escrow}, since second {created}")
}

async fn user(role: UserRole, operator: &Operator) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    match role {
        UserRole::Create { name } => {
            let (id, key) = operator.create_user(&name).await?;
            writeln!(out, "{name}#{id}\nAPI key, shown this once: {key}")?;
        }
        UserRole::List { name } => {
            for user in operator.list(&name).await? {
                writeln!(out, "{}", line(&user))?;
            }
        }
        UserRole::Key { id } => {
            let key = operator.new_key(UserId(id)).await?;
            writeln!(out, "API key, shown this once: {key}")?;
        }
        UserRole::Show { id } => {
            let user = operator.show(UserId(id)).await?;
            writeln!(out, "{}", line(&user))?;
        }
        UserRole::Role { id, role, off } => {
            operator.set_role(UserId(id), &role, !off).await?;
            writeln!(out, "{id} {} {role}", if off { "is no longer" } else { "is" })?;
        }
        UserRole::Grant { id, kudos } => {
            let amount = Kudos::parse(&kudos).ok_or("kudos are a number with at most two decimals")?;
            operator.grant(UserId(id), amount).await?;
            writeln!(out, "granted {amount}")?;
        }
    }
    Ok(())
}
