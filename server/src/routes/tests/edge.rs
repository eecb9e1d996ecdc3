//! Edge and server say the same: whatever the policy answers unasked, the table answers in the same bytes.

use axum::body::Body;
use http::{HeaderName, Method, StatusCode};
use throng_policy::bodies::PLAIN_BYTES_MAX;
use throng_policy::{Id, Refusal, Verdict, cors, policy, verdict};
use uuid::Uuid;

use super::open;

const ID: &str = "0190b6f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b";

type Headers<'a> = &'a [(&'static str, &'a str)];

fn said(method: &Method, path: &str, headers: Headers<'_>) -> Verdict {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    verdict(method.as_str(), path, query, |name| {
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edge_tells_browsers_what_the_table_tells_them() {
    let open = open(|_| {}).await;
    for (path, allow) in policy::paths() {
        let path = throng_api::endpoint::fill(path, &[ID, ID]);
        let answer = open.call(Method::OPTIONS, &path, &[], Body::empty()).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0), "{path}");
        for (name, value) in cors::ON_EVERY_ANSWER.into_iter().chain(cors::on_permission(allow)) {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
    }
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edge_refuses_in_the_bytes_of_the_table() {
    let open = open(|_| {}).await;
    let (agent, json) = (("client-agent", "a:1:b"), ("content-type", "application/json"));
    let pop = "/api/v2/generate/pop";
    let length = (PLAIN_BYTES_MAX + 1).to_string();
    let large = "x".repeat(PLAIN_BYTES_MAX + 1);
    let long = format!("/api/v2/generate/text/status/{}", "ü".repeat(100));
    let cases: [(Method, &str, Headers<'_>, &str); 11] = [
        (Method::GET, "/api/v2/generate/check/x", &[agent], ""),
        (Method::GET, "/api/v2/generate/status/a%20b?x=y", &[], ""),
        (Method::GET, &long, &[], ""),
        (Method::GET, "/api/v2/interrogate/status/%7Bx", &[], ""),
        (Method::GET, "/watch/image/a%20b", &[], ""),
        (Method::GET, "/watch/alchemy/x", &[agent], ""),
        (Method::DELETE, "/api/v2/generate/text/status/x", &[], ""),
        (Method::POST, pop, &[], "{}"),
        (Method::POST, pop, &[("content-type", "text/plain")], "{}"),
        (Method::POST, pop, &[json, ("content-length", &length)], &large),
        (Method::PUT, "/api/v2/workers/x", &[], "{}"),
    ];
    for (method, path, headers, body) in cases {
        let encoded: String =
            path.chars().map(|letter| if letter == 'ü' { "%C3%BC".into() } else { letter.to_string() }).collect();
        let Verdict::Refuse(refusal) = said(&method, &encoded, headers) else {
            panic!("{method} {path} is not refused")
        };
        let answer = open.call(method.clone(), &encoded, headers, body.to_owned()).await;
        let told = (answer.status.as_u16(), answer.text());
        assert_eq!(told, (refusal.status, refusal.body.as_str()), "{method} {path}");
        assert_eq!(answer.header("content-type"), throng_policy::refusal::JSON, "{method} {path}");
    }
    for broken in ["", "{", "{]", "nope"] {
        let answer = open.call(Method::POST, pop, &[json, ("apikey", "0000000000")], broken).await;
        let refusal = Refusal::of_body(broken.as_bytes()).unwrap();
        assert_eq!((answer.status.as_u16(), answer.text()), (refusal.status, refusal.body.as_str()), "{broken}");
    }
    open.close().await;
}

#[test]
fn the_edge_knows_every_spelling_of_an_id() {
    let simple = ID.replace('-', "");
    let spellings = [
        ID.to_owned(),
        ID.to_uppercase(),
        simple.clone(),
        format!("{{{ID}}}"),
        format!("{{{simple}}}"),
        format!("urn:uuid:{ID}"),
        format!("URN:uuid:{ID}"),
        format!("urn:uuid:{simple}"),
        format!(" {ID}"),
        ID.replace('-', "_"),
        ID.replacen('0', "g", 1),
        simple.replacen('0', "-", 1),
        String::new(),
    ];
    for spelling in spellings {
        let (edge, server) = (Id::parse(&spelling), Uuid::try_parse(&spelling).ok());
        assert_eq!(edge.map(|id| id.as_str().to_owned()), server.map(|id| id.to_string()), "{spelling:?}");
    }
}

#[test]
fn what_everybody_is_told_are_headers() {
    for (name, _) in cors::ON_EVERY_ANSWER.into_iter().chain(cors::on_permission("")) {
        assert_eq!(HeaderName::from_static(name).as_str(), name);
    }
}
