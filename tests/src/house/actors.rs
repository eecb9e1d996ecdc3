//! Requesters and workers with verbs. They speak JSON over the real routes and know nothing of our types.

use super::House;
use crate::wire::Answer;
use hyper::Method;
use serde_json::{Value, json};

/// Somebody who asks.
pub struct Requester<'h> {
    house: &'h House,
    key: String,
}

impl<'h> Requester<'h> {
    pub(super) fn new(house: &'h House, key: &str) -> Requester<'h> {
        Requester { house, key: key.to_owned() }
    }

    /// The API key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Asks for one picture with defaults and returns the request's id.
    pub async fn asks_for_an_image(&self) -> String {
        self.asks_for(json!({"prompt": "a red circle", "models": ["throng-shapes"]})).await
    }

    /// Asks for pictures with a body of the story's own, and returns the id.
    pub async fn asks_for(&self, body: Value) -> String {
        let answer = self.tries_to_ask(body).await;
        assert_eq!(answer.status, 202, "{}", answer.json);
        answer.json["id"].as_str().expect("an id").to_owned()
    }

    /// Asks for pictures, whatever the answer.
    pub async fn tries_to_ask(&self, body: Value) -> Answer {
        self.house.call(Method::POST, "/api/v2/generate/async", &self.key, Some(body)).await
    }

    /// Asks for one short text and returns the id.
    pub async fn asks_for_a_text(&self) -> String {
        let body = json!({"prompt": "Once upon a time", "models": ["throng-fables"], "params": {"max_length": 20}});
        let answer = self.tries_to_ask_for_text(body).await;
        assert_eq!(answer.status, 202, "{}", answer.json);
        answer.json["id"].as_str().expect("an id").to_owned()
    }

    /// Asks for text, whatever the answer.
    pub async fn tries_to_ask_for_text(&self, body: Value) -> Answer {
        self.house.call(Method::POST, "/api/v2/generate/text/async", &self.key, Some(body)).await
    }

    /// Asks for forms of a picture, whatever the answer.
    pub async fn tries_to_ask_for_forms(&self, body: Value) -> Answer {
        self.house.call(Method::POST, "/api/v2/interrogate/async", &self.key, Some(body)).await
    }

    /// Asks for forms of a picture in base64 and returns the id.
    pub async fn asks_for_forms(&self, picture: &str, forms: &[&str]) -> String {
        let forms: Vec<Value> = forms.iter().map(|name| json!({ "name": name })).collect();
        let answer = self.tries_to_ask_for_forms(json!({"source_image": picture, "forms": forms})).await;
        assert_eq!(answer.status, 202, "{}", answer.json);
        answer.json["id"].as_str().expect("an id").to_owned()
    }

    /// Looks where the forms of a request stand.
    pub async fn looks_at_forms(&self, id: &str) -> Value {
        self.gets(&format!("/api/v2/interrogate/status/{id}")).await
    }

    /// Looks how far a picture is.
    pub async fn checks(&self, id: &str) -> Value {
        self.gets(&format!("/api/v2/generate/check/{id}")).await
    }

    /// Looks at a picture.
    pub async fn looks_at(&self, id: &str) -> Value {
        self.gets(&format!("/api/v2/generate/status/{id}")).await
    }

    /// Reads a text.
    pub async fn reads(&self, id: &str) -> Value {
        self.gets(&format!("/api/v2/generate/text/status/{id}")).await
    }

    /// Cancels a picture and returns the status after it.
    pub async fn cancels(&self, id: &str) -> Value {
        let answer = self.house.call(Method::DELETE, &format!("/api/v2/generate/status/{id}"), &self.key, None).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json
    }

    /// What the house knows about this user.
    pub async fn account(&self) -> Value {
        self.gets("/api/v2/find_user").await
    }

    /// The balance.
    pub async fn kudos(&self) -> f64 {
        self.account().await["kudos"].as_f64().expect("a number of kudos")
    }

    /// Gets a path that must be there.
    pub async fn gets(&self, path: &str) -> Value {
        let answer = self.house.call(Method::GET, path, &self.key, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json);
        answer.json
    }
}

/// Somebody who generates.
pub struct Worker<'h> {
    house: &'h House,
    key: String,
    base: &'static str,
    offer: Value,
}

impl<'h> Worker<'h> {
    /// A dreamer that serves the built-in model.
    pub fn dreamer(house: &'h House, key: &str, name: &str) -> Worker<'h> {
        let offer = json!({
            "name": name, "models": ["throng-shapes"], "bridge_agent": "AI Horde Worker reGen:13:story",
            "max_pixels": 4_194_304, "nsfw": true, "amount": 1, "threads": 1,
        });
        Worker { house, key: key.to_owned(), base: "/api/v2/generate", offer }
    }

    /// A scribe that serves the built-in model.
    pub fn scribe(house: &'h House, key: &str, name: &str) -> Worker<'h> {
        let offer = json!({
            "name": name, "models": ["throng-fables"], "bridge_agent": "KoboldCppEmbedWorker:2:story",
            "max_length": 512, "max_context_length": 2048,
        });
        Worker { house, key: key.to_owned(), base: "/api/v2/generate/text", offer }
    }

    /// An alchemist that knows these forms, and takes several at once.
    pub fn alchemist(house: &'h House, key: &str, name: &str, forms: &[&str]) -> Worker<'h> {
        let offer =
            json!({"name": name, "forms": forms, "bridge_agent": "AI Horde Worker reGen:13:story", "amount": 5});
        Worker { house, key: key.to_owned(), base: "/api/v2/interrogate", offer }
    }

    /// Pops forms and returns them; none is an empty list.
    pub async fn pops_forms(&self) -> Vec<Value> {
        let answer = self.tries_to_pop().await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json["forms"].as_array().cloned().unwrap_or_default()
    }

    /// Submits what came of a form, whatever the answer.
    pub async fn tries_to_submit_form(&self, form: &Value, result: Value, state: &str) -> Answer {
        let body = json!({"id": form["id"], "result": result, "state": state});
        self.house.call(Method::POST, "/api/v2/interrogate/submit", &self.key, Some(body)).await
    }

    /// Submits what came of a form and returns the reward.
    pub async fn submits_form(&self, form: &Value, result: Value) -> f64 {
        let answer = self.tries_to_submit_form(form, result, "ok").await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json["reward"].as_f64().expect("a reward")
    }

    /// The same worker with one thing said differently in its pops.
    #[must_use]
    pub fn saying(mut self, field: &str, value: Value) -> Worker<'h> {
        self.offer[field] = value;
        self
    }

    /// The owner's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Pops and returns the job, if there was one.
    pub async fn pops(&self) -> Option<Value> {
        let answer = self.tries_to_pop().await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        (!answer.json["id"].is_null()).then_some(answer.json)
    }

    /// Pops, whatever the answer.
    pub async fn tries_to_pop(&self) -> Answer {
        self.house.call(Method::POST, &format!("{}/pop", self.base), &self.key, Some(self.offer.clone())).await
    }

    /// Submits a result for a popped job and returns the reward.
    pub async fn submits(&self, job: &Value) -> f64 {
        let answer = self.tries_to_submit(job, "ok").await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json["reward"].as_f64().expect("a reward")
    }

    /// Reports a popped job as faulted.
    pub async fn gives_up(&self, job: &Value) {
        let answer = self.tries_to_submit(job, "faulted").await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        assert_eq!(answer.json["reward"], 0.0);
    }

    /// Submits a result or a fault, whatever the answer.
    pub async fn tries_to_submit(&self, job: &Value, state: &str) -> Answer {
        let generation = match (state, self.base) {
            ("faulted", _) => "faulted",
            (_, "/api/v2/generate") => "R2",
            _ => "a fox met a crow and both were wiser for it",
        };
        let body = json!({"id": job["id"], "generation": generation, "seed": 1, "state": state, "censored": false});
        self.house.call(Method::POST, &format!("{}/submit", self.base), &self.key, Some(body)).await
    }
}
