//! A tab that lends its machine finds the models it may load, and downloads them piece by piece.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt as _;
use hyper::{Method, Request};
use serde_json::{Value, json};
use throng_domain::desk::Settings;
use throng_server::app::{App, House as Household};
use throng_server::clock::{Clock, Ids, ManualClock};
use throng_server::cluster::throwaway::Throwaway;
use throng_server::config::Config;
use throng_server::desk::State;
use throng_tests::house::House;
use tower::ServiceExt as _;

/// Numbers of the tale's only tensor: more than fit into one piece.
const NUMBERS: usize = 1_100_000;

/// Longer than any machine needs to hash the few megabytes of a story.
const HASHING_MAX: Duration = Duration::from_secs(120);

/// Writes a model that has the form of a Llama, and a folder that holds something else.
fn write_models(models: &Path) {
    let tale = models.join("tale");
    for folder in [&tale, &models.join("flux")] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    std::fs::write(models.join("flux/model_index.json"), r#"{"_class_name":"FluxPipeline"}"#).expect("a file");
    std::fs::write(tale.join("config.json"), r#"{"model_type":"llama"}"#).expect("a file");
    std::fs::write(tale.join("tokenizer.json"), "{}").expect("a file");
    std::fs::write(tale.join("README.md"), "# A tale").expect("a file");
    let bytes = NUMBERS * 4;
    let header = json!({"words": {"dtype": "F32", "shape": [1_100, 1_000], "data_offsets": [0, bytes]}}).to_string();
    let mut weights = (header.len() as u64).to_le_bytes().to_vec();
    weights.extend(header.as_bytes());
    weights.extend((0..bytes).map(|at| (at % 251) as u8));
    std::fs::write(tale.join("model.safetensors"), weights).expect("a file");
}

async fn house(models: &Path) -> House {
    House::with(|config| {
        config.no_rate_limits = true;
        config.tab_models = Some(models.to_owned());
    })
    .await
}

/// The models, once there are so many.
async fn models(house: &House, count: usize) -> Vec<Value> {
    let listed = async {
        loop {
            let list = house.stranger().gets("/weights").await;
            let models = list["models"].as_array().expect("a list");
            if models.len() >= count {
                return models.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HASHING_MAX, listed).await.expect("the models are hashed")
}

/// Puts a file together from its pieces.
async fn download(house: &House, file: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    for hash in file["pieces"].as_array().expect("pieces") {
        let answer = house.call(Method::GET, &piece(hash), "", None).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        assert_eq!(answer.headers["content-length"], answer.body.len().to_string());
        bytes.extend(answer.body);
    }
    assert_eq!(file["bytes"], bytes.len());
    bytes
}

fn piece(hash: &Value) -> String {
    format!("/weights/{}", hash.as_str().expect("a hash"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_finds_a_model_and_downloads_it_piece_by_piece() {
    let folder = tempfile::tempdir().expect("a folder");
    write_models(folder.path());
    let house = house(folder.path()).await;
    let listed = models(&house, 1).await;
    let tale = &listed[0];
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!((&tale["name"], &tale["kind"]), (&json!("tale"), &json!("text")));
    assert_eq!(tale["tensor_bytes"], NUMBERS * 4);
    let files = tale["files"].as_array().expect("files");
    let paths: Vec<_> = files.iter().map(|file| file["path"].as_str().expect("a path")).collect();
    assert_eq!(paths, ["config.json", "model.safetensors", "tokenizer.json"]);
    let mut bytes = 0;
    for file in files {
        let downloaded = download(&house, file).await;
        bytes += downloaded.len();
        let original = folder.path().join("tale").join(file["path"].as_str().expect("a path"));
        assert!(downloaded == std::fs::read(original).expect("a file"), "{}", file["path"]);
    }
    assert_eq!(tale["bytes"], bytes);
    assert_eq!(files[1]["pieces"].as_array().map(Vec::len), Some(2));

    let answer = house.call(Method::GET, &piece(&files[1]["pieces"][0]), "", None).await;
    assert_eq!(answer.headers["content-type"], "application/octet-stream");
    assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let unknown = house.call(Method::GET, &format!("/weights/{}", "0".repeat(64)), "", None).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.json["message"].is_string(), "{}", unknown.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_did_not_change_is_not_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    write_models(folder.path());
    let house = house(folder.path()).await;
    models(&house, 1).await;
    let first = house.call(Method::GET, "/weights", "", None).await;
    assert_eq!(first.headers["cache-control"], "no-cache");
    let with = |tag: &str| {
        Request::builder().uri("/weights").header("if-none-match", tag).body(Body::empty()).expect("a request")
    };
    let same = house.send(with(first.headers["etag"].to_str().expect("a tag"))).await;
    assert_eq!((same.status.as_u16(), same.body.len()), (304, 0));
    assert_eq!(same.headers["etag"], first.headers["etag"]);
    let other = house.send(with("\"another\"")).await;
    assert_eq!((other.status.as_u16(), other.body), (200, first.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_is_not_handed_out_under_its_old_name() {
    let folder = tempfile::tempdir().expect("a folder");
    write_models(folder.path());
    let house = house(folder.path()).await;
    let listed = models(&house, 1).await;
    let (config, weights) = (&listed[0]["files"][0], &listed[0]["files"][1]);
    std::fs::write(folder.path().join("tale/model.safetensors"), "something else").expect("a file");
    for hash in weights["pieces"].as_array().expect("pieces") {
        let answer = house.call(Method::GET, &piece(hash), "", None).await;
        assert_eq!(answer.status, 404, "{}", answer.json);
    }
    download(&house, config).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pieces_of_a_model_are_not_counted_by_the_door() {
    let folder = tempfile::tempdir().expect("a folder");
    write_models(folder.path());
    let house = House::with(|config| config.tab_models = Some(folder.path().to_owned())).await;
    // The list is counted, as all else is.
    let list = house.call(Method::GET, "/weights", "", None).await;
    assert!(list.headers.contains_key("x-ratelimit-limit"));
    let unknown = format!("/weights/{}", "0".repeat(64));
    for _ in 0..100 {
        assert_eq!(house.call(Method::GET, &unknown, "", None).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_models_that_come_with_the_house_can_be_loaded_by_tabs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let house = house(&folder).await;
    let listed = models(&house, 2).await;
    let told: Vec<_> = listed.iter().map(|model| (&model["name"], &model["kind"])).collect();
    assert_eq!(told, [(&json!("throng-fables"), &json!("text")), (&json!("throng-shapes"), &json!("image"))]);
    for model in &listed {
        let folder = folder.join(model["name"].as_str().expect("a name"));
        let files = model["files"].as_array().expect("files");
        let paths: Vec<_> = files.iter().map(|file| file["path"].as_str().expect("a path").to_owned()).collect();
        assert_eq!(paths, written(&folder));
        for (file, path) in files.iter().zip(paths) {
            let original = std::fs::read(folder.join(&path)).expect("a file");
            assert!(download(&house, file).await == original, "{path}");
        }
    }
}

/// What lies in a model's folder and in the folders in it, but for what is written for people.
fn written(folder: &Path) -> Vec<String> {
    let entries =
        |folder: PathBuf| std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path());
    let inside = |path: PathBuf| if path.is_dir() { entries(path).collect::<Vec<_>>() } else { vec![path] };
    let below = |path: &Path| path.strip_prefix(folder).expect("below").to_str().expect("a name").to_owned();
    let mut paths: Vec<_> = entries(folder.to_owned()).flat_map(inside).map(|path| below(&path)).collect();
    paths.retain(|path| path != "README.md");
    paths.sort();
    paths
}

/// A server on a database that it shares with others.
async fn server(config: Config) -> (App, Household, Router) {
    let options = config.database_url.as_ref().expect("a database").parse().expect("an address");
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let ids = Arc::new(Ids::seeded(Arc::clone(&clock), 7));
    let started = App::start(config, options, clock, ids, Settings::default()).await;
    let (app, household) = started.expect("the server starts");
    let router = throng_server::routes::router(app.clone());
    (app, household, router)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_lead_hands_out_its_own_weights() {
    let folder = tempfile::tempdir().expect("a folder");
    let models = folder.path().join("models");
    write_models(&models);
    let url = Throwaway::shared().await.expect("a cluster").database_url().await.expect("a database");
    let config = |name: &str| Config {
        database_url: Some(url.clone()),
        data: Some(folder.path().join(name)),
        secret_file: Some(folder.path().join("secret")),
        no_rate_limits: true,
        ..Config::default()
    };
    let (leader, leading, _) = server(config("first")).await;
    assert!(leader.desk.ready().await);
    let (front, standing_by, router) = server(Config { tab_models: Some(models), ..config("second") }).await;
    let get = |path: String| {
        let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        let router = router.clone();
        async move {
            let response = router.oneshot(request).await.expect("routes do not fail");
            assert_eq!(response.status(), 200);
            response.into_body().collect().await.expect("a whole answer").to_bytes()
        }
    };
    let listed = async {
        loop {
            let list: Value = serde_json::from_slice(&get("/weights".to_owned()).await).expect("a list");
            if let Some(model) = list["models"].get(0) {
                return model.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let tale = tokio::time::timeout(HASHING_MAX, listed).await.expect("the models are hashed");
    assert_eq!(get(piece(&tale["files"][0]["pieces"][0])).await, r#"{"model_type":"llama"}"#);
    assert!(leader.desk.state() == State::Leading && front.desk.state() != State::Leading);
    standing_by.stop().await;
    leading.stop().await;
}
