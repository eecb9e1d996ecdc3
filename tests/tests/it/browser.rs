//! The walk in a real browser, headless: type a prompt, press Create, see the picture; told how far it is over a stream that may break,
//! and by looking where there is none. The driver is `app/walk/walk.mjs`.

use anyhow::{Context as _, Result, ensure};
use std::path::PathBuf;
use std::process::Command;
use throng_tests::process::{ServerProcess, WorkerProcess, binary, node};
use throng_tests::wire::Wire;

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_a_browser_gets_a_picture_and_a_story() -> Result<()> {
    if std::env::var_os("THRONG_TEST_QUICK").is_some() {
        return Ok(());
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let page = std::env::var_os("THRONG_PAGE").map_or_else(|| root.join("dist"), PathBuf::from);
    ensure!(page.join("index.html").is_file(), "the page is not built; `cargo xtask test` builds it");
    let data = tempfile::tempdir()?;
    let folder = page.display().to_string();
    let mut server =
        ServerProcess::new(binary("THRONG_SERVER_BIN", "throng-server")?, data.path(), &["--page", &folder])?;
    server.start().await?;
    let registered = Wire::new(server.address(), "").post("/register", &serde_json::json!({"username": "ada"})).await?;
    let key = registered.json["api_key"].as_str().context("no key")?.to_owned();
    let models = root.join("models").display().to_string();
    let worker = binary("THRONG_WORKER_BIN", "throng-worker")?;
    let _worker = WorkerProcess::start(&worker, server.address(), &key, "walk", &["--models-dir", &models])?;
    let base = format!("http://{}", server.address());
    let status = tokio::task::spawn_blocking(move || {
        Command::new(node()).arg(root.join("app/walk/walk.mjs")).arg(base).current_dir(root.join("app/walk")).status()
    })
    .await??;
    ensure!(status.success(), "the browser's walk failed with {status}; its lines above say where");
    Ok(())
}
