//! What an operator does from the command line of the real program, on real processes: backup and restore, tasks, models, the audit.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use throng_domain::model::Baseline;
use throng_server::cluster::throwaway::Throwaway;
use throng_tests::process::{ServerProcess, binary};
use throng_tests::wire::Wire;

/// How long a running server may take to know an imported model: several looks on a busy machine.
const KNOWN_WITHIN_MAX: Duration = Duration::from_secs(30);

fn house(folder: &Path, url: &str) -> Result<ServerProcess> {
    let program = binary("THRONG_SERVER_BIN", "throng-server")?;
    ServerProcess::new(program, folder, &["--database-url", url, "--no-rate-limits", "--pool-connections", "4"])
}

async fn database() -> Result<String> {
    Ok(Throwaway::shared().await?.database_url().await?)
}

async fn register(server: &ServerProcess, name: &str) -> Result<String> {
    let answer = Wire::new(server.address(), "").post("/register", &json!({ "username": name })).await?;
    Ok(answer.json["api_key"].as_str().with_context(|| format!("not registered: {}", answer.json))?.to_owned())
}

/// Something that happened: a text asked for and written, another one that waits.
async fn history(server: &ServerProcess, asker: &str, owner: &str) -> Result<(String, String)> {
    let (mut ada, mut bob) = (Wire::new(server.address(), asker), Wire::new(server.address(), owner));
    let body = json!({"prompt": "Once", "models": [], "params": {"max_length": 16, "max_context_length": 80}});
    let offer = json!({"name": "still", "models": ["throng-fables"], "max_length": 512, "max_context_length": 2048,
        "bridge_agent": "KoboldCppEmbedWorker:2:crowd", "threads": 1});
    let id =
        |json: &serde_json::Value| json["id"].as_str().map(str::to_owned).with_context(|| format!("no id: {json}"));
    let done = id(&ada.post("/api/v2/generate/text/async", &body).await?.json)?;
    let generation = id(&bob.post("/api/v2/generate/text/pop", &offer).await?.json)?;
    let result = json!({"id": generation, "generation": "a fox met a crow", "state": "ok"});
    ensure!(bob.post("/api/v2/generate/text/submit", &result).await?.status == 200);
    Ok((done, id(&ada.post("/api/v2/generate/text/async", &body).await?.json)?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_restored_elsewhere_is_the_same_house_and_its_books_balance() -> Result<()> {
    let folder = TempDir::new()?;
    let (url, other_url) = (database().await?, database().await?);
    let mut server = house(&folder.path().join("one"), &url)?;
    server.start().await?;
    let (asker, owner) = (register(&server, "ada").await?, register(&server, "bob").await?);
    let (done, waiting) = history(&server, &asker, &owner).await?;
    let user = Wire::new(server.address(), &owner).get("/api/v2/find_user").await?;

    let file = folder.path().join("house.backup").display().to_string();
    let (status, said) = server.role(&["backup", &file, "--database-url", &url])?;
    ensure!(status.success(), "no backup beside a running server: {said}");
    let (status, said) = server.role(&["backup", &file, "--database-url", &url])?;
    ensure!(!status.success() && said.contains("is there already"), "{said}");
    let (status, said) = server.role(&["restore", &file, "--replace", "--database-url", &url])?;
    ensure!(!status.success() && said.contains("a server is running"), "{said}");
    let late = register(&server, "eve").await?;
    server.stop()?;
    let (status, said) = server.role(&["restore", &file, "--database-url", &url])?;
    ensure!(!status.success() && said.contains("--replace"), "{said}");

    let mut restored = house(&folder.path().join("two"), &other_url)?;
    let (status, said) = restored.role(&["restore", &file, "--database-url", &other_url])?;
    ensure!(status.success() && said.contains("the books balance"), "{said}");
    restored.start().await?;
    let mut wire = Wire::new(restored.address(), &owner);
    let again = wire.get("/api/v2/find_user").await?;
    ensure!(again.status == 200 && again.json["kudos"] == user.json["kudos"], "{} {}", user.json, again.json);
    let text = wire.get(&format!("/api/v2/generate/text/status/{done}")).await?;
    ensure!(text.json["generations"][0]["text"] == "a fox met a crow", "{}", text.json);
    let text = wire.get(&format!("/api/v2/generate/text/status/{waiting}")).await?;
    ensure!(text.json["waiting"] == 1, "{}", text.json);
    ensure!(
        Wire::new(restored.address(), &late).get("/api/v2/find_user").await?.status == 404,
        "eve came after the backup"
    );
    restored.stop()?;

    // In the place of the first house, whose later days are gone then.
    let (status, said) = server.role(&["restore", &file, "--replace", "--database-url", &url])?;
    ensure!(status.success(), "{said}");
    server.start().await?;
    ensure!(Wire::new(server.address(), &asker).get("/api/v2/find_user").await?.status == 200);
    ensure!(Wire::new(server.address(), &late).get("/api/v2/find_user").await?.status == 404);
    server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_changes_nothing() -> Result<()> {
    let folder = TempDir::new()?;
    let url = database().await?;
    let mut server = house(&folder.path().join("one"), &url)?;
    server.start().await?;
    let key = register(&server, "ada").await?;
    server.stop()?;
    let file = folder.path().join("house.backup");
    let name = file.display().to_string();
    let (status, said) = server.role(&["backup", &name, "--database-url", &url])?;
    ensure!(status.success(), "{said}");
    let mut bytes = std::fs::read(&file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes)?;
    let (status, said) = server.role(&["restore", &name, "--replace", "--database-url", &url])?;
    ensure!(!status.success() && said.contains("damaged"), "{said}");
    server.start().await?;
    ensure!(Wire::new(server.address(), &key).get("/api/v2/find_user").await?.status == 200);
    server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_fails_on_a_fault_and_tasks_run_only_where_no_server_does() -> Result<()> {
    let folder = TempDir::new()?;
    let url = database().await?;
    let mut server = house(&folder.path().join("one"), &url)?;
    server.start().await?;
    let (asker, owner) = (register(&server, "ada").await?, register(&server, "bob").await?);
    history(&server, &asker, &owner).await?;
    let (status, said) = server.role(&["tasks", "--database-url", &url])?;
    ensure!(!status.success() && said.contains("a server is running"), "{said}");
    server.stop()?;
    let (status, said) = server.role(&["tasks", "--database-url", &url])?;
    ensure!(status.success() && said.contains("statistics: nothing was due"), "{said}");
    ensure!(said.lines().filter(|line| line.contains(": ")).count() >= 9 && !said.contains("FAILED"), "{said}");
    let (status, said) = server.role(&["audit", "--database-url", &url])?;
    ensure!(status.success() && said.contains("the books balance"), "{said}");

    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(&url).await?;
    sqlx::query("update account set balance = balance + 1 where id = (select max(id) from account)")
        .execute(&mut connection)
        .await?;
    let (status, said) = server.role(&["audit", "--database-url", &url])?;
    ensure!(!status.success() && said.contains("all accounts sum to zero: broken by 1"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_model_is_known_to_the_rules() -> Result<()> {
    let folder = TempDir::new()?;
    let url = database().await?;
    let mut server = house(&folder.path().join("one"), &url)?;
    let file = folder.path().join("models.json");
    std::fs::write(
        &file,
        json!({"Dream": {"baseline": "flux_1", "nsfw": false}, "Odd": {"baseline": "?"}}).to_string(),
    )?;
    let name = file.display().to_string();
    // Only the price is asked for: it can be asked for often.
    let ask = json!({"prompt": "a fox", "models": ["Dream"], "params": {"hires_fix": true}, "dry_run": true});

    server.start().await?;
    let key = register(&server, "ada").await?;
    let mut ada = Wire::new(server.address(), &key);
    let before = ada.post("/api/v2/generate/async", &ask).await?;
    ensure!(before.status == 200, "{} {}", before.status, before.json);
    let (status, said) = server.role(&["model", "import", "image", &name, "--database-url", &url])?;
    ensure!(status.success() && said.contains("imported 1 image models; 1 of unknown family"), "{said}");
    let (_, said) = server.role(&["model", "list", "--database-url", &url])?;
    ensure!(said.contains("image\tDream\t") && said.contains(&serde_json::to_string(&Baseline::Flux)?), "{said}");
    let begun = Instant::now();
    while ada.post("/api/v2/generate/async", &ask).await?.rc() != "HiResMismatch" {
        ensure!(begun.elapsed() < KNOWN_WITHIN_MAX, "the running server does not know the model");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server.stop()?;
    server.start().await?;
    let after = Wire::new(server.address(), &key).post("/api/v2/generate/async", &ask).await?;
    ensure!(after.rc() == "HiResMismatch", "{} {}", after.status, after.json);
    server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_model_gives_advice_and_hears_nothing_lewd_of_the_young() -> Result<()> {
    let folder = TempDir::new()?;
    let url = database().await?;
    let mut server = house(&folder.path().join("one"), &url)?;
    let (status, said) = server.role(&["migrate", "--database-url", &url])?;
    ensure!(status.success(), "{said}");
    let advice = json!({"min_steps": 20, "cfg_scale": 1, "samplers": ["lcm"]});
    for (kind, models) in [
        ("image", json!({"Dream": {"baseline": "flux_1", "requirements": advice}})),
        ("text", json!({"Rose-7B": {"parameters": 7_000_000_000_u64, "nsfw": true}})),
    ] {
        let file = folder.path().join(kind);
        std::fs::write(&file, models.to_string())?;
        let file = file.display().to_string();
        let (status, said) = server.role(&["model", "import", kind, &file, "--database-url", &url])?;
        ensure!(status.success(), "{said}");
    }

    server.start().await?;
    let (ada, bob) = (register(&server, "ada").await?, register(&server, "bob").await?);
    let (mut ada, mut bob) = (Wire::new(server.address(), &ada), Wire::new(server.address(), &bob));
    let params = json!({"steps": 8, "cfg_scale": 1, "sampler_name": "k_euler"});
    let ask = json!({"prompt": "a fox", "models": ["Dream"], "params": params});
    let told = ada.post("/api/v2/generate/async", &ask).await?.json;
    let warnings = told["warnings"].as_array().into_iter().flatten();
    let codes: Vec<&str> = warnings.filter_map(|warning| warning["code"].as_str()).collect();
    ensure!(codes == ["StepsTooFew", "SamplerMismatch", "NoAvailableWorker"], "{told}");

    let params = json!({"max_length": 16, "max_context_length": 80});
    let ask = json!({"prompt": "a girl in a tower", "models": ["Rose-7B"], "params": params});
    ensure!(ada.post("/api/v2/generate/text/async", &ask).await?.status == 202);
    let offer = json!({"name": "still", "models": ["Rose-7B"], "max_length": 512, "max_context_length": 2048,
        "bridge_agent": "KoboldCppEmbedWorker:2:crowd", "threads": 1});
    let job = bob.post("/api/v2/generate/text/pop", &offer).await?.json;
    let prompt = job["payload"]["prompt"].as_str().unwrap_or_default();
    ensure!(prompt.starts_with("a adult woman in a tower###child"), "{job}");
    server.stop()
}
