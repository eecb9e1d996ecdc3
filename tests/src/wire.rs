//! A small client of the wire over one kept connection: what tests and load generators speak. It knows HTTP and JSON only,
//! not our types, so that a mistake in the types cannot hide on both sides.

use crate::listener::Listener;
use anyhow::{Context as _, Result, bail};
use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{ACCEPT, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// An answer: its status and its body as JSON (`null` if it is not JSON).
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON, or `null`.
    pub json: Value,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// The `rc` of a refusal, or an empty string.
    pub fn rc(&self) -> &str {
        self.json["rc"].as_str().unwrap_or_default()
    }
}

/// Holds an answer to being the refusal of this status and code.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, rc: &str) {
    assert_eq!((answer.status.as_u16(), answer.rc()), (status, rc), "{}", answer.json);
}

/// A client with one connection that is opened again when the server closed it.
pub struct Wire {
    address: SocketAddr,
    key: String,
    agent: String,
    is_nameless: bool,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Wire {
    /// A client of the server at `address` that sends `key` with every call.
    pub fn new(address: SocketAddr, key: &str) -> Wire {
        Wire { address, key: key.to_owned(), agent: String::new(), is_nameless: false, connection: None }
    }

    /// A client that sends no key at all, not even an empty one.
    pub fn nameless(address: SocketAddr) -> Wire {
        Wire { is_nameless: true, ..Wire::new(address, "") }
    }

    /// The same client with a connection of its own: after a call that was given up, an answer that still comes must
    /// not be taken for another call's.
    #[must_use]
    pub fn anew(&self) -> Wire {
        Wire {
            address: self.address,
            key: self.key.clone(),
            agent: self.agent.clone(),
            is_nameless: self.is_nameless,
            connection: None,
        }
    }

    /// The key this client sends.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Sends another key from now on: one connection may serve many users in turn.
    pub fn set_key(&mut self, key: &str) {
        key.clone_into(&mut self.key);
    }

    /// Says from now on what it is, as most clients do.
    pub fn set_agent(&mut self, agent: &str) {
        agent.clone_into(&mut self.agent);
    }

    /// Begins to listen to a stream of events, over a connection of the stream's own.
    pub async fn listen(&self, path: &str) -> Result<Listener> {
        let mut request = self.prepare(Method::GET, path, None)?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let response = self.connect().await?.send_request(request).await.context("the connection broke")?;
        if response.status() != StatusCode::OK {
            let answer = read(response).await?;
            bail!("{path} was answered with {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(Listener::new(response.map(Body::new)))
    }

    /// Sends a GET to a path.
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.call(Method::GET, path, None).await
    }

    /// Sends a DELETE to a path.
    pub async fn delete(&mut self, path: &str) -> Result<Answer> {
        self.call(Method::DELETE, path, None).await
    }

    /// Sends a POST with a JSON body to a path.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.call(Method::POST, path, Some((Bytes::from(body.to_string()), "application/json"))).await
    }

    /// Sends a PUT with a JSON body to a path.
    pub async fn put(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.call(Method::PUT, path, Some((Bytes::from(body.to_string()), "application/json"))).await
    }

    /// Sends a PUT of a picture to a path.
    pub async fn put_picture(&mut self, path: &str, picture: Bytes) -> Result<Answer> {
        self.call(Method::PUT, path, Some((picture, "image/webp"))).await
    }

    async fn call(&mut self, method: Method, path: &str, body: Option<(Bytes, &str)>) -> Result<Answer> {
        let request = self.prepare(method, path, body)?;
        let connection = self.connected().await?;
        match exchange(connection, request).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                self.connection = None;
                Err(error)
            }
        }
    }

    /// A call, as it is sent.
    pub(crate) fn prepare(
        &self,
        method: Method,
        path: &str,
        body: Option<(Bytes, &str)>,
    ) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder().method(method).uri(path).header("host", self.address.to_string());
        request = request.header("accept", "application/json");
        if !self.is_nameless {
            request = request.header("apikey", &self.key);
        }
        if !self.agent.is_empty() {
            request = request.header("client-agent", &self.agent);
        }
        let mut content = Bytes::new();
        if let Some((bytes, kind)) = body {
            request = request.header("content-type", kind);
            content = bytes;
        }
        Ok(request.body(Full::new(content))?)
    }

    /// Opens a connection beside the kept one.
    pub(crate) async fn connect(&self) -> Result<SendRequest<Full<Bytes>>> {
        connect(self.address).await
    }

    async fn connected(&mut self) -> Result<&mut SendRequest<Full<Bytes>>> {
        let usable = match &mut self.connection {
            Some(connection) => connection.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            self.connection = Some(connect(self.address).await?);
        }
        self.connection.as_mut().context("no connection")
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // The connection's own task; it ends with the connection, and its error is seen by whoever waits for an answer.
    tokio::spawn(async move { connection.await.ok() });
    Ok(sender)
}

async fn exchange(connection: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> Result<Answer> {
    read(connection.send_request(request).await.context("the connection broke")?).await
}

async fn read(response: Response<Incoming>) -> Result<Answer> {
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.context("the answer broke off")?.to_bytes();
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Answer { status, headers, json, body })
}
