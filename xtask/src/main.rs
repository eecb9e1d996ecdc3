//! The one tool of the house: `cargo xtask <command>`. This file is only the list of commands.

mod bench;
mod check;
mod claim;
mod edge;
mod house;
mod install;
mod page;
mod run;
mod sqlx;
mod test;
mod tidy;
mod train;
mod up;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  up [FLAGS] [-- SERVER FLAGS]
                         the whole network on this machine: database, server, page and a worker with the built-in models
                         --listen ADDRESS:PORT  where to listen, instead of 127.0.0.1:7001 (or THRONG_LISTEN)
                         --data FOLDER          where everything durable is kept (or THRONG_DATA)
                         --database-url URL     a PostgreSQL of yours instead of a private one (or DATABASE_URL)
                         what stands after -- goes to `throng-server serve` as it is
  test [--quick]         everything: tidy, unit, story, engine, browser, whole-walk and edge tests
                         (--quick leaves out the browser, the edge and the long loops)
  check                  format and lints
  tidy                   layering, sizes, SQL's place, floats, banned words
  page                   build the page into dist/
  edge build             build the Cloudflare Worker into edge/build/
  edge dev [FLAGS] [-- WRANGLER FLAGS]
                         the edge on this machine, at 127.0.0.1:8787, in front of a server on this machine
                         --origin URL           where the server is, instead of http://127.0.0.1:7001
                         --port PORT            where to listen, instead of 8787
                         --data FOLDER          the server's data folder (or THRONG_DATA), --database-url URL its database
  edge test [NAMES]      the edge's tests in Cloudflare's own runtime, or those of edge/tests/NAME.mjs
  edge deploy [FLAGS]    build and hand it to Cloudflare, with wrangler's flags: --var ORIGINS:https://..., --dry-run
  edge wrangler ARGS     any other command of the pinned wrangler, such as `secret put EDGE_KEY`
  sqlx                   regenerate .sqlx/ from the migrations and the queries
  bench queue [ARGS]     whole cycles per second, latency per call, deep queues, restart
  bench steady [ARGS]    a thousand workers at half of the peak: does memory grow, do latencies, does anything fail?
  bench edge [ARGS]      what the edge keeps from the server, how soon watchers are told, what the native layer costs
  train price [ARGS]     train the network that prices pictures (--data FILE.csv, --seed N, --epochs N, --minutes M)
  eval price FILE.csv    tell how well it foresees the prices of a table
  install                only get what `up` and `test` need
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = claim::claim().and_then(|ours| if ours { act(&command, &rest) } else { claim::start_anew() });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn act(command: &str, rest: &[String]) -> anyhow::Result<()> {
    match command {
        "up" => up::up(rest),
        "test" => test::test(rest),
        "check" => check::check(),
        "tidy" => tidy::tidy(),
        "page" => page::build(),
        "edge" => edge::edge(rest),
        "sqlx" => sqlx::regenerate(),
        "bench" => bench::bench(rest),
        "train" => train::train(rest),
        "eval" => train::eval(rest),
        "install" => install::all(),
        "" | "help" | "--help" | "-h" => {
            run::say(HELP);
            Ok(())
        }
        other => Err(anyhow::anyhow!("there is no command `{other}`; `cargo xtask` lists them")),
    }
}
