//! What is said about calls, one by one. That every operation of the contract has a verdict is tested in
//! `tests/contract.rs`.

use super::*;

const ID: &str = "0190b6f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b";

type Headers<'a> = &'a [(&'static str, &'a str)];

fn said(method: &str, path: &str, headers: Headers<'_>) -> Verdict {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    verdict(method, path, query, |name| {
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_bytes())
    })
}

fn cached(path: &str, headers: Headers<'_>) -> bool {
    matches!(said("GET", path, headers), Verdict::Cache(_))
}

#[test]
fn what_everybody_may_see_is_kept_and_nothing_that_comes_with_a_key() {
    let path = "/api/v2/status/models?type=image";
    assert!(cached(path, &[]) && cached("/api/v2/workers/?x=apikey", &[("client-agent", "a:1:b")]));
    for personal in PERSONAL {
        assert_eq!(said("GET", path, &[(personal, "")]), Verdict::Limit(LOOKING), "{personal}");
    }
    for query in ["apikey=x", "type=image&api_key=x", "APIKEY"] {
        assert!(!cached(&format!("/api/v2/workers?{query}"), &[]), "{query}");
    }
}

#[test]
fn what_has_to_be_true_now_is_asked_of_the_server() {
    for path in ["/api/v2/status/heartbeat", "/metrics", "/images/a.webp?signature=x", "/weights", "/", "/app.js"] {
        assert_eq!(said("GET", path, &[]), Verdict::Pass, "{path}");
    }
    for path in ["/api/v2/find_user", "/api/v2/filters", "/api/v2/sharedkeys/x"] {
        assert_eq!(said("GET", path, &[]), Verdict::Limit(LOOKING), "{path}");
    }
    assert_eq!(said("HEAD", "/api/v2/status/models", &[]), Verdict::Limit(LOOKING));
    assert_eq!(said("GET", "/api/v3/newer", &[]), Verdict::Limit(STRAYING));
}

#[test]
fn a_word_in_a_path_stands_before_a_placeholder() {
    assert_eq!(said("GET", "/api/v2/workers/messages", &[]), Verdict::Limit(LOOKING));
    assert!(cached("/api/v2/workers/any", &[]) && cached("/api/v2/workers/name/any", &[]));
    assert_eq!(said("GET", "/api/v2/filters/regex", &[]), Verdict::Limit(LOOKING));
    assert_eq!(said("GET", "/api/v2/workers//", &[]), said("GET", "/api/v2/workers", &[]));
    assert_eq!(said("GET", "/api/v2/styles/image//example", &[]), Verdict::Limit(STRAYING));
    assert_eq!(said("GET", "/api/v2/workers/a/b", &[]), Verdict::Limit(STRAYING));
}

#[test]
fn whoever_looks_how_far_a_request_is_is_told_what_was_pushed() {
    let agent: Headers<'_> = &[("client-agent", "a:1:b")];
    let watch = |kind, answer| Verdict::Watch(Watch { kind, answer, id: Id::parse(ID).unwrap() });
    let check = format!("/api/v2/generate/check/{ID}");
    assert_eq!(said("GET", &check, agent), watch(Kind::Image, Answer::Check));
    assert_eq!(
        said("GET", &check.to_uppercase().replace("/API/V2/GENERATE/CHECK", "/api/v2/generate/check"), agent),
        said("GET", &check, agent)
    );
    let with_key: Headers<'_> = &[("client_agent", "a:1:b"), ("apikey", "0000000000")];
    assert_eq!(said("GET", &check, with_key), watch(Kind::Image, Answer::Check), "the answer is the same for all");
    let text = format!("/api/v2/generate/text/status/{ID}");
    assert_eq!(said("GET", &text, &[]), watch(Kind::Text, Answer::Status));
    assert_eq!(said("GET", &format!("/api/v2/interrogate/status/{ID}"), &[]), watch(Kind::Alchemy, Answer::Status));
}

#[test]
fn whoever_watches_is_told_what_is_pushed_whoever_they_are() {
    let id = Id::parse(ID).unwrap();
    for (path, kind) in [("image", Kind::Image), ("text", Kind::Text), ("alchemy", Kind::Alchemy)] {
        let watch = Verdict::Watch(Watch { kind, answer: Answer::Events, id });
        for headers in [&[][..], &[("apikey", "k")][..], &[("x-fields", "{done}")][..], &[("last-event-id", "7")][..]] {
            assert_eq!(said("GET", &format!("/watch/{path}/{ID}?since=7"), headers), watch, "{path} {headers:?}");
        }
        let refused = Verdict::Refuse(Refusal::no_request("x y"));
        assert_eq!(said("GET", &format!("/watch/{path}/x%20y"), &[]), refused, "{path}");
        // The mask may be what is wrong.
        assert_eq!(said("GET", &format!("/watch/{path}/x"), &[("x-fields", "{a")]), Verdict::Limit(POLLING));
    }
    let encoded = ID.replace('-', "%2D");
    assert_eq!(said("GET", &format!("/watch/text/{encoded}"), &[]), Verdict::Limit(POLLING));
    assert_eq!(said("HEAD", &format!("/watch/text/{ID}"), &[]), Verdict::Limit(LOOKING));
}

#[test]
fn whoever_waits_for_work_is_woken_and_the_server_says_whether_they_may() {
    for headers in [&[][..], &[("apikey", "k")][..]] {
        assert_eq!(said("GET", "/wake?text=fables", headers), Verdict::Wake);
    }
    assert_eq!(
        said("HEAD", "/wake?text=fables", &[("apikey", "k")]),
        Verdict::Limit(LOOKING),
        "so the edge asks the server"
    );
}

#[test]
fn answers_that_depend_on_who_looks_are_the_servers() {
    let (check, status) = (format!("/api/v2/generate/check/{ID}"), format!("/api/v2/generate/status/{ID}"));
    let text = format!("/api/v2/generate/text/status/{ID}");
    let agent = ("client-agent", "a:1:b");
    let cases: [(&str, Headers<'_>); 5] = [
        (&check, &[]),
        (&check, &[("client-agent", ClientAgent::UNKNOWN)]),
        (&check, &[agent, ("x-fields", "{done}")]),
        (&status, &[agent]),
        (&text, &[("x-fields", "{done}")]),
    ];
    for (path, headers) in cases {
        assert_eq!(said("GET", path, headers), Verdict::Limit(POLLING), "{path} {headers:?}");
    }
}

#[test]
fn an_id_that_is_none_is_refused_in_the_servers_words() {
    let agent: Headers<'_> = &[("client-agent", "a:1:b")];
    let refused = Verdict::Refuse(Refusal::no_request("x y"));
    for path in ["check", "status", "text/status"] {
        assert_eq!(said("GET", &format!("/api/v2/generate/{path}/x%20y"), agent), refused, "{path}");
    }
    assert_eq!(said("DELETE", "/api/v2/interrogate/status/x%20y", &[]), refused);
    // The server might say something else first.
    assert_eq!(said("GET", "/api/v2/generate/check/x", &[]), Verdict::Limit(POLLING));
    assert_eq!(said("DELETE", "/api/v2/generate/status/x", &[("idempotency-key", "k")]), Verdict::Limit(CHANGING));
    assert_eq!(said("GET", "/api/v2/generate/text/status/%ff", &[]), Verdict::Limit(POLLING));
    let encoded = ID.replace('-', "%2D");
    assert_eq!(said("GET", &format!("/api/v2/generate/text/status/{encoded}"), &[]), Verdict::Limit(POLLING));
}

#[test]
fn bodies_that_cannot_be_read_are_refused_before_they_are_sent_on() {
    let path = "/api/v2/generate/pop";
    let json = ("content-type", "application/json");
    assert_eq!(said("POST", path, &[json]), Verdict::Limit(WORKING));
    let cases: [Headers<'_>; 3] = [&[], &[("content-type", "text/plain")], &[("content-type", "applicatiön/json")]];
    for headers in cases {
        assert_eq!(said("POST", path, headers), Verdict::Refuse(Refusal::unreadable()), "{headers:?}");
    }
    let (most, more) = (PLAIN.to_string(), (PLAIN + 1).to_string());
    assert_eq!(said("POST", path, &[json, ("content-length", &most)]), Verdict::Limit(WORKING));
    assert_eq!(said("POST", path, &[json, ("content-length", &more)]), Verdict::Refuse(Refusal::too_large()));
    assert_eq!(said("POST", "/api/v2/generate/async", &[json, ("content-length", &more)]), Verdict::Limit(ASKING));
    for first in [("idempotency-key", "k"), ("x-fields", "{a")] {
        assert_eq!(said("POST", path, &[first]), Verdict::Limit(WORKING), "{first:?}");
    }
    assert_eq!(
        said("POST", "/register", &[("content-type", "application/x-www-form-urlencoded")]),
        Verdict::Limit(CHANGING)
    );
}

#[test]
fn services_are_counted_by_the_server_alone() {
    let headers: Headers<'_> = &[("content-type", "application/json"), ("proxy-authorization", "passkey")];
    assert_eq!(said("POST", "/api/v2/generate/async", headers), Verdict::Pass);
}

#[test]
fn browsers_are_told_what_a_path_allows() {
    assert_eq!(said("OPTIONS", "/api/v2/generate/async/", &[]), Verdict::Permit("POST, OPTIONS"));
    assert_eq!(said("OPTIONS", "/api/v2/filters", &[]), Verdict::Permit("GET, HEAD, PUT, POST, OPTIONS"));
    assert_eq!(said("OPTIONS", "/api/v3/newer", &[]), Verdict::Limit(STRAYING));
}
