//! The real program with real (tiny, random) models against a server that speaks just enough of an AI Horde's wire: a
//! picture and a text go out, and signals are obeyed.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect, helpers included")]

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::{Json, Router};
use serde_json::{Value, json};

/// The engine's own fixtures: networks of a few thousand numbers.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/engine/tests/golden");
/// A debug build on a busy machine; nothing here waits for it unless something is broken.
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Clone, Default)]
struct Horde(Arc<Mutex<Desk>>);

#[derive(Default)]
struct Desk {
    address: String,
    images: Vec<Value>,
    texts: Vec<Value>,
    pops: u32,
    uploads: Vec<Vec<u8>>,
    submits: Vec<(String, Value)>,
}

async fn serve(State(horde): State<Horde>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let mut desk = horde.0.lock().unwrap();
    if method == Method::PUT {
        desk.uploads.push(body.to_vec());
        return Json(json!(null));
    }
    assert_eq!(headers["apikey"], "a-key");
    Json(match uri.path() {
        "/api/v2/find_user" => json!({"username": "ada#1", "kudos": 3.5}),
        "/api/v2/generate/pop" => {
            desk.pops += 1;
            desk.images.pop().unwrap_or_else(|| json!({"id": null, "ids": [], "skipped": {}}))
        }
        "/api/v2/generate/text/pop" => desk.texts.pop().unwrap_or_else(|| json!({"id": null, "ids": []})),
        // An AI Horde has nothing of the kind.
        "/wake" => json!(null),
        path => {
            desk.submits.push((path.to_owned(), serde_json::from_slice(&body).unwrap()));
            json!({"reward": 10.0})
        }
    })
}

impl Horde {
    /// Starts serving on a thread of its own, for as long as the test lives.
    fn start() -> Self {
        let horde = Self::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        horde.0.lock().unwrap().address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(serve).with_state(horde.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await
            })
        });
        horde
    }

    fn address(&self) -> String {
        self.0.lock().unwrap().address.clone()
    }

    fn give_image(&self, steps: u32) {
        let upload = format!("{}/store/1.webp", self.address());
        let payload = json!({"prompt": "a red circle ### blur", "ddim_steps": steps, "n_iter": 1, "seed": "7", "width": 64,
            "height": 64, "sampler_name": "k_euler", "cfg_scale": 5.0, "karras": true});
        let job = json!({"payload": payload, "id": "i1", "ids": ["i1"], "ttl": 150, "model": "conv", "skipped": {},
            "r2_upload": upload, "r2_uploads": [upload], "source_processing": "img2img", "messages": []});
        self.0.lock().unwrap().images.push(job);
    }

    fn give_text(&self) {
        let payload = json!({"prompt": "Once upon a time", "n": 1, "max_length": 8, "max_context_length": 64});
        let job = json!({"payload": payload, "id": "t1", "ids": ["t1"], "ttl": 150, "model": "grouped_tied",
            "softprompt": null, "skipped": {}});
        self.0.lock().unwrap().texts.push(job);
    }

    fn submits(&self) -> Vec<(String, Value)> {
        self.0.lock().unwrap().submits.clone()
    }

    fn wait_until(&self, what: &str, reached: impl Fn(&Desk) -> bool) {
        let begun = Instant::now();
        while !reached(&self.0.lock().unwrap()) {
            assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn worker(horde: &Horde, arguments: &[&str]) -> Child {
    let models = ["dreamer/conv", "scribe/grouped_tied"].map(|model| format!("{GOLDEN}/{model}"));
    assert!(models.iter().all(|model| Path::new(model).is_dir()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng-worker"));
    command.args(["--url", &horde.address(), "--name", "rig", "--models", &models.join(",")]).args(arguments);
    command.env("THRONG_WORKER_KEY", "a-key").stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(worker: &Child, name: &str) {
    let id = worker.id().to_string();
    // The shell's own `kill`: a program of that name is not on every machine.
    let sent = Command::new("sh").args(["-c", "kill \"$1\" \"$2\"", "sh", name, &id]).status();
    assert!(sent.unwrap().success());
}

fn wait(mut worker: Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = worker.try_wait().unwrap() {
            return status;
        }
        if begun.elapsed() > PATIENCE {
            worker.kill().unwrap();
            panic!("the worker does not leave");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_picture_and_a_text_are_made_by_real_networks_and_sent() {
    let horde = Horde::start();
    horde.give_image(2);
    horde.give_text();
    assert!(wait(worker(&horde, &["--max-jobs", "2", "--skip-benchmark"])).success());
    let desk = horde.0.lock().unwrap();
    let picture = image::load_from_memory_with_format(&desk.uploads[0], image::ImageFormat::WebP).unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 64));
    let (path, submit) = &desk.submits[0];
    assert_eq!(path, "/api/v2/generate/submit");
    assert_eq!(submit, &json!({"id": "i1", "generation": "R2", "seed": 7, "state": "ok"}));
    let (path, submit) = &desk.submits[1];
    assert_eq!(path, "/api/v2/generate/text/submit");
    assert_eq!((&submit["id"], &submit["state"]), (&json!("t1"), &json!("ok")));
    assert!(!submit["generation"].as_str().unwrap().is_empty());
}

#[test]
fn the_speed_is_measured_before_the_first_pop() {
    let horde = Horde::start();
    horde.give_text();
    let mut worker = worker(&horde, &["--once", "--max-pixels", "4096"]);
    let mut told = String::new();
    worker.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(wait(worker).success());
    for words in ["computing on CPU", "tokens per second", "seconds per picture of 64×64", "10.00 kudos"] {
        assert!(told.contains(words), "{words} is missing in:\n{told}");
    }
    assert!(told.find("tokens per second") < told.find("10.00 kudos"));
}

#[test]
fn a_drained_worker_finishes_its_picture_and_leaves_content() {
    let horde = Horde::start();
    horde.give_image(40);
    let worker = worker(&horde, &["--skip-benchmark"]);
    horde.wait_until("the first pop", |desk| desk.pops > 0);
    signal(&worker, "-TERM");
    assert!(wait(worker).success());
    assert_eq!(horde.submits()[0].1["state"], "ok");
}

#[test]
fn a_second_signal_faults_the_picture_and_leaves_at_once() {
    let horde = Horde::start();
    // Far more steps than anybody would wait for.
    horde.give_image(500);
    let worker = worker(&horde, &["--skip-benchmark"]);
    horde.wait_until("the first pop", |desk| desk.pops > 0);
    signal(&worker, "-TERM");
    std::thread::sleep(Duration::from_millis(300));
    signal(&worker, "-TERM");
    assert!(!wait(worker).success());
    assert_eq!(horde.submits()[0].1["state"], "faulted");
}

#[test]
fn a_paused_worker_asks_for_nothing_until_it_is_resumed() {
    let horde = Horde::start();
    let worker = worker(&horde, &["--skip-benchmark"]);
    horde.wait_until("the first pop", |desk| desk.pops > 0);
    signal(&worker, "-USR1");
    std::thread::sleep(Duration::from_millis(500));
    let before = horde.0.lock().unwrap().pops;
    // Longer than the longest idle wait.
    std::thread::sleep(Duration::from_millis(3500));
    assert_eq!(horde.0.lock().unwrap().pops, before);
    signal(&worker, "-USR1");
    horde.wait_until("a pop after the pause", |desk| desk.pops > before);
    signal(&worker, "-TERM");
    assert!(wait(worker).success());
}
