//! From Swagger 2.0 to OpenAPI 3.1. Not here: what is described (`interface.rs`).

use serde_json::{Map, Value, json};

/// Members of a parameter that are not its schema.
const NOT_SCHEMA: [&str; 4] = ["name", "in", "required", "description"];

/// Says the same in OpenAPI 3.1.
pub(super) fn of(swagger: &Value) -> Value {
    let mut info = swagger["info"].clone();
    info["license"] = json!({"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"});
    let paths: Map<String, Value> =
        swagger["paths"].as_object().into_iter().flatten().map(|(path, found)| (path.clone(), item(found))).collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": swagger["basePath"]}],
        "tags": swagger["tags"],
        "paths": paths,
        "components": {"schemas": swagger["definitions"]},
    });
    point_to_components(&mut document);
    document
}

fn item(found: &Value) -> Value {
    let mut item = Map::new();
    for (name, value) in found.as_object().into_iter().flatten() {
        let said = if name == "parameters" { json!(parameters(value)) } else { operation(value) };
        item.insert(name.clone(), said);
    }
    Value::Object(item)
}

fn operation(found: &Value) -> Value {
    let mut operation = found.clone();
    let body = found["parameters"].as_array().into_iter().flatten().find(|parameter| parameter["in"] == "body");
    if let Some(body) = body {
        let required = body["required"] == true;
        operation["requestBody"] =
            json!({"required": required, "content": {"application/json": {"schema": body["schema"]}}});
    }
    operation["parameters"] = json!(parameters(&found["parameters"]));
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if let Some(schema) = response.as_object_mut().and_then(|response| response.remove("schema")) {
            response["content"] = json!({"application/json": {"schema": schema}});
        }
    }
    operation
}

fn parameters(found: &Value) -> Vec<Value> {
    let outside = found.as_array().into_iter().flatten().filter(|parameter| parameter["in"] != "body");
    outside
        .map(|parameter| {
            let (mut said, mut schema) = (Map::new(), Map::new());
            for (name, value) in parameter.as_object().into_iter().flatten() {
                let target = if NOT_SCHEMA.contains(&name.as_str()) { &mut said } else { &mut schema };
                target.insert(name.clone(), value.clone());
            }
            said.insert("schema".to_owned(), Value::Object(schema));
            Value::Object(said)
        })
        .collect()
}

/// Schemas have another place.
fn point_to_components(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    Value::String(target) if name == "$ref" => {
                        *target = target.replace("#/definitions/", "#/components/schemas/");
                    }
                    member => point_to_components(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(point_to_components),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
