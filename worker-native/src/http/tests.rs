//! The wire against a stub that answers as an AI Horde does, on a real socket.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes as Body;
use axum::extract::State;
use axum::http::{HeaderMap as Headers, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response as Answer};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use throng_api::ReturnCode;
use throng_bridge::outcome::Outcome;
use throng_bridge::{Ability, Terms};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use super::*;

#[derive(Debug, Clone)]
struct Seen {
    method: Method,
    path: String,
    query: String,
    headers: Headers,
    body: Vec<u8>,
}

type Script = fn(&str) -> Answer;

#[derive(Clone)]
struct Stub {
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Script,
}

impl Stub {
    fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().unwrap().clone()
    }
}

async fn any(State(stub): State<Stub>, method: Method, uri: Uri, headers: Headers, body: Body) -> Answer {
    let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
    stub.seen.lock().unwrap().push(Seen { method, path: path.clone(), query, headers, body: body.to_vec() });
    (stub.script)(&path)
}

async fn stub(script: Script) -> (String, Stub, HttpHorde) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let stub = Stub { seen: Arc::default(), script };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(any).with_state(stub.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let horde =
        HttpHorde::new(&format!("{url}/api/"), &ApiKey::new("key-of-22-characters.."), "Throng Worker:0:x").unwrap();
    (url, stub, horde)
}

fn answer(status: u16, body: &Value) -> Answer {
    (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
}

fn offer(kind: Kind) -> Offer {
    let terms = Terms {
        name: "rig".into(),
        text_name: "rig text".into(),
        agent: "Throng Worker:0:x".into(),
        threads: 1,
        nsfw: true,
        pixels_max: 4096,
        length_max: 80,
        context_length_max: 1024,
        priority_usernames: Vec::new(),
        blacklist: vec!["rain".into()],
        upfront_kudos_required: false,
        unsafe_addresses: true,
    };
    let ability = Ability { model: "throng-shapes".into(), kind, img2img: true, inpainting: false };
    Offer::of(kind, &[ability], &terms).unwrap()
}

#[tokio::test]
async fn a_pop_carries_key_agent_and_offer_to_the_path_of_its_kind() {
    let (_, stub, horde) = stub(|_| answer(200, &json!({"id": null, "ids": [], "skipped": {"nsfw": 2}}))).await;
    let pop = horde.pop(&offer(Kind::Image)).await.unwrap();
    assert_eq!((pop.popped, pop.skipped["nsfw"]), (None, 2));
    let seen = stub.last();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/api/v2/generate/pop"));
    assert_eq!(seen.headers["apikey"], "key-of-22-characters..");
    assert_eq!(seen.headers["client-agent"], "Throng Worker:0:x");
    let body: Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!((&body["max_pixels"], &body["blacklist"]), (&json!(4096), &json!(["rain"])));
    horde.pop(&offer(Kind::Text)).await.unwrap();
    assert_eq!(stub.last().path, "/api/v2/generate/text/pop");
}

#[tokio::test]
async fn a_result_is_submitted_to_the_path_of_its_kind_and_paid() {
    let (_, stub, horde) = stub(|_| answer(200, &json!({"reward": 12.5}))).await;
    let outcome = Outcome::Text { text: "Once".into(), seed: 3 };
    let submission = Submission { kind: Kind::Text, generation: "g".into(), outcome };
    assert!((horde.submit(&submission).await.unwrap() - 12.5).abs() < 1e-9);
    let seen = stub.last();
    assert_eq!(seen.path, "/api/v2/generate/text/submit");
    assert_eq!(serde_json::from_slice::<Value>(&seen.body).unwrap()["generation"], "Once");
}

#[tokio::test]
async fn a_picture_is_put_without_the_key() {
    let (url, stub, horde) = stub(|_| answer(200, &json!(null))).await;
    horde.upload(&format!("{url}/store/1.webp?signature=s"), b"picture").await.unwrap();
    let seen = stub.last();
    assert_eq!((seen.method.as_str(), seen.body.as_slice()), ("PUT", b"picture".as_slice()));
    assert_eq!(seen.headers["content-type"], "image/webp");
    assert!(!seen.headers.contains_key("apikey"), "the store must not learn the key");
}

#[tokio::test]
async fn a_source_picture_is_fetched_from_the_server_but_never_from_a_private_host() {
    let (url, stub, horde) = stub(|_| (StatusCode::OK, "cat").into_response()).await;
    assert_eq!(horde.fetch(&format!("{url}/cat.png")).await.unwrap(), b"cat");
    let others = url.replace("127.0.0.1", "localhost");
    for private in
        [format!("{others}/cat.png"), "http://169.254.169.254/latest".to_owned(), "file:///etc/passwd".into()]
    {
        let error = horde.fetch(&private).await.unwrap_err();
        assert!(matches!(error, HordeError::Refused { .. }), "{private}: {error}");
    }
    assert_eq!(stub.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn errors_keep_their_return_code_and_their_wish_for_patience() {
    let (_, _, horde) = stub(|path| match path {
        "/api/v2/find_user" => answer(404, &json!({"message": "No such user", "rc": "UserNotFound"})),
        "/api/v2/generate/pop" => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], r#"{"message":"slower"}"#).into_response()
        }
        _ => (StatusCode::BAD_GATEWAY, "<html>nginx</html>").into_response(),
    })
    .await;
    let unknown = horde.find_user().await.unwrap_err();
    assert!(
        matches!(unknown, HordeError::Refused { status: 404, code: Some(ReturnCode::UserNotFound), .. }),
        "{unknown}"
    );
    let busy = horde.pop(&offer(Kind::Image)).await.unwrap_err();
    assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)));
    let failed = horde.pop(&offer(Kind::Text)).await.unwrap_err();
    assert!(matches!(failed, HordeError::Server { status: 502, .. }), "{failed}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_network_trouble_and_no_secret_is_told() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let horde = HttpHorde::new("http://127.0.0.1:1", &ApiKey::new("k"), "a").unwrap();
    let error = horde.find_user().await.unwrap_err();
    assert!(matches!(error, HordeError::Network(_)), "{error}");
    let error = horde.upload("http://127.0.0.1:1/x?signature=secret", b"").await.unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn whose_key_it_is_is_read_leniently() {
    let (_, _, horde) = stub(|_| answer(200, &json!({"username": "ada#1", "id": 1, "kudos": 10.0, "new": [1]}))).await;
    let account = horde.find_user().await.unwrap();
    assert_eq!(account.username, "ada#1");
}

/// Long enough for a call on this machine, short enough to wait for in vain.
const A_MOMENT: Duration = Duration::from_millis(500);

/// Longer than anything takes on a busy machine.
const A_WHILE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_worker_hears_that_there_may_be_work_over_one_call_that_stays_open() {
    let (_, stub, horde) = stub(|path| {
        assert_eq!(path, "/wake");
        let said = ["retry: 1\n\n: still here\n\nevent: wa", "ke\ndata: {}\n\n"];
        let pieces = futures::stream::iter(said).map(Ok::<_, Infallible>).chain(futures::stream::pending());
        ([("content-type", "text/event-stream")], axum::body::Body::from_stream(pieces)).into_response()
    })
    .await;
    assert!(!horde.is_listening(), "nobody waits yet");
    let offers = [offer(Kind::Image), offer(Kind::Text)];
    horde.woken(&offers).await;
    assert!(horde.is_listening());
    let seen = stub.last();
    assert_eq!((seen.method.as_str(), seen.query.as_str()), ("GET", "image=throng-shapes&text=throng-shapes"));
    assert_eq!(seen.headers["apikey"], "key-of-22-characters..");
    assert!(tokio::time::timeout(A_MOMENT, horde.woken(&offers)).await.is_err(), "it was said once");
    assert_eq!(stub.seen.lock().unwrap().len(), 1, "and asked for once");
}

#[tokio::test]
async fn a_worker_listens_over_a_websocket_where_one_is_opened() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (heard, was_heard) = tokio::sync::oneshot::channel::<()>();
    let edge = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut key = String::new();
        // The library's callback answers with a large error, if it wants to.
        #[expect(clippy::result_large_err, reason = "the callback's type is the library's")]
        let look = |request: &Request, mut answer: Response| {
            request.headers()["apikey"].to_str().unwrap().clone_into(&mut key);
            let protocol = request.headers()["sec-websocket-protocol"].clone();
            answer.headers_mut().insert("sec-websocket-protocol", protocol);
            Ok(answer)
        };
        let mut socket = tokio_tungstenite::accept_hdr_async(stream, look).await.unwrap();
        socket.send(Message::text("pong")).await.unwrap();
        socket.send(Message::text(r#"{"kinds":["text"]}"#)).await.unwrap();
        was_heard.await.unwrap();
        socket.close(None).await.unwrap();
        key
    });
    let horde = HttpHorde::new(&url, &ApiKey::new("key-of-22-characters.."), "Throng Worker:0:x").unwrap();
    let offers = [offer(Kind::Text)];
    tokio::time::timeout(A_WHILE, horde.woken(&offers)).await.expect("it is told");
    assert!(horde.is_listening());
    heard.send(()).unwrap();
    assert_eq!(edge.await.unwrap(), "key-of-22-characters..");
    tokio::time::timeout(A_WHILE, horde.woken(&offers)).await.expect("the end of the socket is heard too");
    assert!(!horde.is_listening());
}

#[tokio::test]
async fn a_server_that_says_nothing_of_the_kind_is_left_in_peace() {
    let (_, stub, horde) = stub(|_| answer(404, &json!({"message": "Not found"}))).await;
    assert!(tokio::time::timeout(A_MOMENT, horde.woken(&[offer(Kind::Text)])).await.is_err());
    assert!(!horde.is_listening());
    assert_eq!(stub.seen.lock().unwrap().len(), 1);
}

#[test]
fn a_servers_address_may_be_written_in_many_ways() {
    for written in
        ["http://h:1", "http://h:1/", "http://h:1/api", "http://h:1/api/", "http://h:1/api/v2", "http://h:1/api/v2/"]
    {
        assert_eq!(base(written).unwrap().as_str(), "http://h:1/", "{written}");
    }
    assert_eq!(base("aihorde.net/api/").unwrap().as_str(), "https://aihorde.net/");
    assert_eq!(base("https://h/throng/api/v2").unwrap().as_str(), "https://h/throng/");
    assert!(base("ftp://h").is_err());
}
