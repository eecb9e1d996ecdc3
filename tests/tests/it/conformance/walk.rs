//! Every operation of the contract is called in every role: who may is answered as documented, who may not is refused as the
//! table says.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use throng_tests::wire::Answer;

use super::contract::{Contract, Operation};
use super::differences::{CODES, answer_schema, may_refuse};
use super::scene::{Role, Scene, house};
use super::table::{TABLE, Verdict};

#[test]
fn the_table_has_every_operation_of_the_contract_and_no_other() {
    let contract = Contract::read();
    let documented: BTreeSet<String> = contract.operations().iter().map(Operation::name).collect();
    let listed: BTreeSet<String> = TABLE.iter().map(|line| line.0.to_owned()).collect();
    assert_eq!((documented.len(), &documented), (90, &listed));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_every_role_as_the_contract_says() {
    let contract = Contract::read();
    let operations = contract.operations();
    let house = house().await;
    let mut scene = Scene::new(&house).await;
    let mut faults = Vec::new();
    for (name, body, verdicts) in TABLE {
        let operation = operations.iter().find(|operation| operation.name() == *name).expect("an operation");
        for (role, verdict) in Role::ALL.into_iter().zip(verdicts) {
            prepare(&mut scene, name).await;
            let path = scene.path(operation.path).await;
            let body = scene.body(role, body).await;
            let answer = scene.call(role, operation.method.clone(), &path, body).await;
            let wrong = judge(&contract, operation, &answer, verdict);
            faults.extend(wrong.into_iter().map(|fault| format!("{name} by {role:?}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Sees to it that there is something to pop.
async fn prepare(scene: &mut Scene<'_>, name: &str) {
    match name {
        "POST /api/v2/generate/pop" => drop(scene.thing("image request").await),
        "POST /api/v2/generate/text/pop" => drop(scene.thing("text request").await),
        "POST /api/v2/interrogate/pop" => drop(scene.thing("alchemy request").await),
        // All workers of this house come from one address: the one blocked before must be able to register another.
        name if name.contains("block_worker_ipaddr") => scene.opens_again().await,
        _ => {}
    }
}

/// What is wrong with an answer.
fn judge(contract: &Contract, operation: &Operation<'_>, answer: &Answer, verdict: &Verdict) -> Vec<String> {
    let status = answer.status.as_u16();
    let got = if answer.status.is_success() { None } else { Some((status, answer.rc())) };
    if got != *verdict {
        return vec![format!("{got:?} instead of {verdict:?}: {}", answer.json)];
    }
    if answer.status.is_success() {
        return match answer_schema(operation, status) {
            None => vec![format!("{status} is not documented")],
            Some(schema) if schema.is_null() => Vec::new(),
            Some(schema) => contract.faults(&schema, &answer.json),
        };
    }
    let mut faults = Vec::new();
    if !may_refuse(operation, status, answer.rc()) {
        faults.push(format!("{status} {} is not documented", answer.rc()));
    }
    let told = answer.json["message"].as_str().is_some_and(|message| !message.is_empty());
    if !told || answer.json.as_object().map(serde_json::Map::len) != Some(2) {
        faults.push(format!("{} is no refusal", answer.json));
    }
    let refusal = json!({"$ref": "#/definitions/RequestError"});
    if !CODES.contains(&answer.rc()) {
        faults.extend(contract.faults(&refusal, &answer.json));
    }
    faults
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_objects_are_refused_by_every_operation_that_has_one() {
    let contract = Contract::read();
    let house = house().await;
    let mut scene = Scene::new(&house).await;
    let mut faults = Vec::new();
    for operation in contract.operations() {
        if operation.body().is_none() {
            continue;
        }
        let path = scene.path(operation.path).await;
        for wrong in [json!([]), json!("text"), json!(7), Value::Bool(true)] {
            let answer = scene.call(Role::Admin, operation.method.clone(), &path, Some(wrong.clone())).await;
            if answer.status != 400 || !answer.json["message"].is_string() {
                faults.push(format!("{} with {wrong}: {} {}", operation.name(), answer.status, answer.json));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
