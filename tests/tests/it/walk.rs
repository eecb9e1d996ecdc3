//! The whole walk through real processes: `cargo xtask up` on an empty folder, a stranger's prompt, a picture decoded and
//! looked at by its pixels, a story, and a clean end. A newcomer may read this file first.

use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use throng_tests::pixels::{Colour, centre};
use throng_tests::wire::Wire;

/// Building is done by then; a fresh cluster, a server and a worker on two busy cores.
const UP_SECONDS_MAX: u64 = 180;
/// The promise is 15 s on a quiet machine; a test must not fail because the machine is busy.
const RESULT_SECONDS_MAX: u64 = 120;
/// How many of [`SEEDS`] must show red left of blue: the model's card promises eight of ten, shapes and all.
const RIGHT_MIN: usize = 4;
/// How much further left its middle must be, as a share of the width.
const LEFT_BY: f64 = 0.1;
const SEEDS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_prompt_becomes_a_picture_and_a_story() -> Result<()> {
    let data = tempfile::tempdir()?;
    // PostgreSQL may have to run as another user, who must be able to enter the folder.
    open_to_all(data.path())?;
    let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let mut up = up(data.path(), address)?;
    let outcome = visit(data.path(), address, &mut up).await;
    kill(Pid::from_raw(i32::try_from(up.id())?), Signal::SIGINT)?;
    let ended = tokio::task::spawn_blocking(move || up.wait()).await??;
    outcome?;
    ensure!(ended.success(), "`up` ended with {ended} after Ctrl-C");
    ensure!(TcpListener::bind(address).is_ok(), "the server still listens after Ctrl-C");
    ensure!(!postmaster_runs(data.path()), "the database still runs after Ctrl-C");
    Ok(())
}

fn up(data: &Path, address: SocketAddr) -> Result<Child> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(env!("CARGO"));
    command.args(["xtask", "up", "--listen", &address.to_string()]).current_dir(root).stdin(Stdio::null());
    // The flag must win: nobody would find the server at the other address.
    command.env("THRONG_DATA", data).env("THRONG_LISTEN", "127.0.0.1:1").env_remove("DATABASE_URL");
    command.spawn().context("cannot start cargo xtask up")
}

async fn visit(data: &Path, address: SocketAddr, up: &mut Child) -> Result<()> {
    let key = first_key(data, up).await?;
    let mut stranger = Wire::new(address, "0000000000");
    let mut right = 0;
    for seed in SEEDS {
        let picture = picture(&mut stranger, seed).await?;
        let (red, blue) = (centre(&picture, Colour::Red), centre(&picture, Colour::Blue));
        right += usize::from(red.zip(blue).is_some_and(|(red, blue)| red.0 + LEFT_BY < blue.0));
    }
    ensure!(right >= RIGHT_MIN, "only {right} of {} pictures show red left of blue", SEEDS.len());
    let story = story(&mut stranger).await?;
    let told = ["fox", "Moral:"].iter().all(|word| story.contains(word));
    ensure!(told && story.split_whitespace().count() > 20, "not the fable that was asked for: {story}");
    let owner = Wire::new(address, &key).get("/api/v2/find_user").await?;
    ensure!(owner.json["kudos"].as_f64().unwrap_or(0.0) > 0.0, "the worker's owner earned nothing: {}", owner.json);
    Ok(())
}

async fn first_key(data: &Path, up: &mut Child) -> Result<String> {
    let file = data.join("first-user.json");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(UP_SECONDS_MAX) {
        if let Some(status) = up.try_wait()? {
            anyhow::bail!("`up` ended early with {status}");
        }
        let user: Value =
            std::fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if let Some(key) = user["api_key"].as_str() {
            return Ok(key.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("no first user within {UP_SECONDS_MAX} s")
}

async fn picture(stranger: &mut Wire, seed: &str) -> Result<image::RgbImage> {
    let body = json!({
        "prompt": "a red circle left of a blue square", "models": ["throng-shapes"], "r2": false,
        "params": {"seed": seed, "width": 128, "height": 128},
    });
    let asked = stranger.post("/api/v2/generate/async", &body).await?;
    ensure!(asked.status == 202, "not accepted: {}", asked.json);
    let id = asked.json["id"].as_str().context("no id")?.to_owned();
    wait(stranger, &format!("/api/v2/generate/check/{id}")).await?;
    let status = stranger.get(&format!("/api/v2/generate/status/{id}")).await?.json;
    ensure!(status["generations"][0]["seed"] == seed, "another seed: {status}");
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(status["generations"][0]["img"].as_str().context("no picture")?)?;
    let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::WebP)?;
    ensure!((picture.width(), picture.height()) == (128, 128), "a picture of another size");
    Ok(picture.to_rgb8())
}

async fn story(stranger: &mut Wire) -> Result<String> {
    let body = json!({
        "prompt": "Write a fable about a fox and a crow.", "models": ["throng-fables"],
        "params": {"max_length": 300, "max_context_length": 512},
    });
    let asked = stranger.post("/api/v2/generate/text/async", &body).await?;
    ensure!(asked.status == 202, "not accepted: {}", asked.json);
    let path = format!("/api/v2/generate/text/status/{}", asked.json["id"].as_str().context("no id")?);
    let status = wait(stranger, &path).await?;
    Ok(status["generations"][0]["text"].as_str().context("no text")?.to_owned())
}

async fn wait(stranger: &mut Wire, path: &str) -> Result<Value> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(RESULT_SECONDS_MAX) {
        let answer = stranger.get(path).await?;
        ensure!(answer.json["faulted"] != true, "given up: {}", answer.json);
        if answer.json["done"] == true {
            return Ok(answer.json);
        }
        // Slower than the tightest rate limit of a status route: one a second.
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    anyhow::bail!("not done within {RESULT_SECONDS_MAX} s")
}

fn open_to_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?)
}

fn postmaster_runs(data: &Path) -> bool {
    let shown = data.display().to_string();
    std::fs::read_dir("/proc").into_iter().flatten().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains("postgres") && line.contains(&shown)
    })
}
