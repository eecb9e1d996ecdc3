//! The interface describes itself to programs, and describes what is there.

use hyper::Method;
use serde_json::{Value, json};
use throng_tests::house::House;

/// Every `$ref` in a document leads somewhere in it.
fn refs_lead_somewhere(document: &Value, at: &Value) {
    match at {
        Value::Object(members) => {
            if let Some(target) = members.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(&target[1..]).is_some(), "{target} leads nowhere");
            }
            members.values().for_each(|member| refs_lead_somewhere(document, member));
        }
        Value::Array(items) => items.iter().for_each(|item| refs_lead_somewhere(document, item)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_find_the_names_they_look_for() {
    let house = House::new().await;
    let swagger = house.stranger().gets("/api/swagger.json").await;
    assert_eq!(
        (&swagger["swagger"], &swagger["basePath"], &swagger["info"]["title"]),
        (&json!("2.0"), &json!("/api"), &json!("AI Horde"))
    );
    assert!(swagger["responses"].is_object());
    let definitions = &swagger["definitions"];
    let holds = |list: &Value, word: &str| list.as_array().is_some_and(|words| words.contains(&json!(word)));
    assert!(holds(&definitions["ModelInterrogationFormStable"]["properties"]["name"]["enum"], "caption"));
    assert!(holds(&definitions["GenerationMetadataStable"]["properties"]["type"]["enum"], "lora"));
    assert!(definitions["PopInputStable"].to_string().contains("allow_img2img"));
    refs_lead_somewhere(&swagger, &swagger);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_described_is_there_and_in_both_forms() {
    let house = House::new().await;
    let (swagger, openapi) =
        (house.stranger().gets("/api/swagger.json").await, house.stranger().gets("/api/openapi.json").await);
    let paths = swagger["paths"].as_object().expect("paths");
    for (path, operations) in paths {
        for (method, operation) in
            operations.as_object().expect("operations").iter().filter(|(name, _)| *name != "parameters")
        {
            let called = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let filled = throng_api::endpoint::fill(path, &["x", "x"]);
            let answer = house.call(called, &format!("/api{filled}"), "", None).await;
            assert_ne!(answer.status.as_u16(), 405, "{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
            let other = &openapi["paths"][path][method];
            assert_eq!(other["operationId"], operation["operationId"], "{method} {path}");
        }
    }
    assert!(paths["/v2/filters"]["put"].is_object() && paths["/v2/generate/async"]["post"].is_object());
    assert_eq!(openapi["openapi"], "3.1.0");
    let ask = &openapi["paths"]["/v2/generate/async"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(ask["$ref"], "#/components/schemas/GenerationInputStable");
    refs_lead_somewhere(&openapi, &openapi);
}
