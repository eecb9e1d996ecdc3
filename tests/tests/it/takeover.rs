//! Three servers on one database under load through all three, and `kill -9` of whichever leads: a standby takes over within five
//! seconds, nothing acknowledged is lost, nothing is paid twice.

use crate::crowd::{Crowd, register};
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use throng_server::cluster::throwaway::Throwaway;
use throng_tests::process::{ServerProcess, binary};
use throng_tests::wire::Wire;

const SERVERS: usize = 3;
const KILLS: usize = 4;
const REQUESTERS_EACH: usize = 2;
/// What was promised: no requester waits longer for somebody to lead.
const TAKE_OVER_MAX: Duration = Duration::from_secs(5);
/// Load between two kills.
const CALM: Duration = Duration::from_millis(1_500);

fn server(url: &str, folder: &Path, at: usize) -> Result<ServerProcess> {
    let data = folder.join(format!("server{at}"));
    let (secret, images) = (folder.join("secret").display().to_string(), folder.join("images").display().to_string());
    let arguments = [
        "--database-url",
        url,
        "--secret-file",
        &secret,
        "--images",
        &images,
        "--no-rate-limits",
        "--pool-connections",
        "4",
    ];
    ServerProcess::new(binary("THRONG_SERVER_BIN", "throng-server")?, &data, &arguments)
}

async fn leads(address: SocketAddr) -> bool {
    let answer = Wire::new(address, "").get("/metrics").await;
    answer.is_ok_and(|answer| String::from_utf8_lossy(&answer.body).contains("throng_desk_leads 1"))
}

async fn leader(servers: &[ServerProcess]) -> Result<usize> {
    let mut leading = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        if leads(server.address()).await {
            leading.push(at);
        }
    }
    ensure!(leading.len() == 1, "these lead: {leading:?}");
    Ok(leading[0])
}

/// Kills the leader, measures how long the others need until each answers from the desk again, and starts the killed one anew.
async fn kill_the_leader(servers: &mut [ServerProcess]) -> Result<Duration> {
    let killed = leader(servers).await?;
    servers[killed].kill()?;
    let begun = Instant::now();
    for (_, server) in servers.iter().enumerate().filter(|(at, _)| *at != killed) {
        let mut wire = Wire::new(server.address(), "");
        loop {
            ensure!(begun.elapsed() < TAKE_OVER_MAX, "nobody took over within {TAKE_OVER_MAX:?}");
            if wire.get("/api/v2/status/performance").await.is_ok_and(|answer| answer.status == 200) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let took = begun.elapsed();
    servers[killed].start().await?;
    ensure!(leader(servers).await? != killed, "the new leader was deposed by the old one's return");
    Ok(took)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over_within_five_seconds_and_nothing_acknowledged_is_lost() -> Result<()> {
    if std::env::var_os("THRONG_TEST_QUICK").is_some() {
        return Ok(());
    }
    let folder = TempDir::new()?;
    let url = Throwaway::shared().await?.database_url().await?;
    let mut servers: Vec<ServerProcess> =
        (0..SERVERS).map(|at| server(&url, folder.path(), at)).collect::<Result<_>>()?;
    for server in &mut servers {
        server.start().await?;
    }
    let addresses: Vec<SocketAddr> = servers.iter().map(ServerProcess::address).collect();
    let crowd = Crowd::at(addresses[0]);
    let mut running = tokio::task::JoinSet::new();
    let mut owners = Vec::new();
    for (at, address) in addresses.iter().enumerate() {
        let member = Crowd { address: *address, ..crowd.clone() };
        for asker in 0..REQUESTERS_EACH {
            let key = register(*address, &format!("asker{at}{asker}")).await?;
            running.spawn(member.clone().requester(key));
        }
        let key = register(*address, &format!("owner{at}")).await?;
        owners.push(key.clone());
        running.spawn(member.worker(key, format!("crowd-{at}"), at as u64));
    }
    for _ in 0..KILLS {
        tokio::time::sleep(CALM).await;
        let took = kill_the_leader(&mut servers).await?;
        println!("another server led {took:?} after the kill");
    }
    tokio::time::sleep(CALM).await;
    crowd.asked_enough.store(true, Ordering::Relaxed);
    let outcome = crowd.all_done(&addresses, 20 * KILLS).await;
    crowd.finished.store(true, Ordering::Relaxed);
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    outcome?;
    crowd.told_is_true(&owners).await?;
    for server in &mut servers {
        server.stop()?;
    }
    let (status, report) = servers[0].role(&["audit", "--database-url", &url])?;
    ensure!(status.success(), "the audit found faults:\n{report}");
    Ok(())
}

/// A stream goes through a front for as long as it lasts, and ends as it does at the leader.
async fn watched_through_a_front(ada: &mut Wire, front: SocketAddr) -> Result<()> {
    let body = json!({"prompt": "Once", "models": ["throng-fables"], "params": {"max_length": 16}});
    let asked = ada.post("/api/v2/generate/text/async", &body).await?;
    let path = format!("/watch/text/{}", asked.json["id"].as_str().context("no id")?);
    let watcher = tokio::spawn(async move { Wire::new(front, "").get(&path).await });
    let offer = json!({"name": "pen", "models": ["throng-fables"], "max_length": 512, "max_context_length": 2048,
        "bridge_agent": "KoboldCppEmbedWorker:2:crowd", "threads": 1});
    let mut bob = Wire::new(front, &register(front, "bob").await?);
    let job = bob.post("/api/v2/generate/text/pop", &offer).await?.json["id"].clone();
    let result = json!({"id": job, "generation": "a fox met a crow", "state": "ok"});
    ensure!(bob.post("/api/v2/generate/text/submit", &result).await?.status == 200);
    let stream = watcher.await??;
    let told = String::from_utf8_lossy(&stream.body);
    ensure!(stream.status == 200 && stream.headers["content-type"] == "text/event-stream", "{}", stream.status);
    ensure!(told.contains("id: ") && told.contains("a fox met a crow") && told.ends_with("\n\n"), "{told}");
    let gone = Wire::new(front, "").get("/watch/text/00000000-0000-0000-0000-000000000000").await?;
    ensure!((gone.status.as_u16(), gone.rc()) == (404, "RequestNotFound"), "{}", gone.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_passes_on_who_called_and_believes_nobody_else() -> Result<()> {
    let folder = TempDir::new()?;
    let url = Throwaway::shared().await?.database_url().await?;
    let mut first = server(&url, folder.path(), 0)?;
    first.start().await?;
    // A server with a folder of its own and no secret would make one up that opens nothing.
    let mut stranger = ServerProcess::new(
        binary("THRONG_SERVER_BIN", "throng-server")?,
        &folder.path().join("stranger"),
        &["--database-url", &url],
    )?;
    ensure!(stranger.start().await.is_err(), "a server without the secret serves");
    ensure!(!folder.path().join("stranger/secret").exists(), "a secret was made up");
    let mut second = server(&url, folder.path(), 1)?;
    second.start().await?;
    ensure!(leads(first.address()).await && !leads(second.address()).await);

    let (mut at_leader, mut at_front) = (Wire::new(first.address(), ""), Wire::new(second.address(), ""));
    let key = register(second.address(), "ada").await?;
    let mut ada = Wire::new(first.address(), &key);
    ensure!(ada.get("/api/v2/find_user").await?.status == 200, "the leader does not know who registered at the front");
    // The same refusal, the same missing path, the same description, wherever one asks.
    for path in ["/api/v2/generate/status/00000000-0000-0000-0000-000000000000", "/api/v2/find_user", "/api/v2/none"] {
        let (led, fronted) = (at_leader.get(path).await?, at_front.get(path).await?);
        ensure!((led.status, &led.json) == (fronted.status, &fronted.json), "{path}: {} {}", led.json, fronted.json);
        ensure!(fronted.headers["access-control-allow-origin"] == "*");
    }
    // What everybody may see a front fetches once, and keeps.
    let (mut anybody, totals) = (Wire::nameless(second.address()), "/api/v2/stats/img/totals");
    let (asked, kept) = (anybody.get(totals).await?, anybody.get(totals).await?);
    ensure!(asked.status == 200 && asked.body == kept.body, "{} {}", asked.json, kept.json);
    ensure!(!asked.headers.contains_key("age") && kept.headers.contains_key("age"), "{:?}", kept.headers);
    ensure!(kept.headers["cache-control"] == "no-store", "a browser keeps nothing");
    watched_through_a_front(&mut ada, second.address()).await?;
    let heart = at_front.get("/api/v2/status/heartbeat").await?;
    ensure!(heart.json["message"] == "OK", "{}", heart.json);
    first.stop()?;
    let begun = Instant::now();
    while !leads(second.address()).await {
        ensure!(begun.elapsed() < TAKE_OVER_MAX, "the front does not lead");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ensure!(Wire::new(second.address(), &key).get("/api/v2/find_user").await?.status == 200);
    Ok(())
}
