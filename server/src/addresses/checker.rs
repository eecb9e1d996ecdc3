//! Asks a service how likely an address hides who is behind it. The service is the operator's choice; it gets the address and answers
//! with a number from 0 to 1. What the answer means is decided in `addresses/safety.rs`.

use std::fmt::Debug;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;

/// How long an answer is waited for: a worker waits meanwhile.
const CHECK_WAIT: Duration = Duration::from_secs(2);

/// Bytes read of an answer: a number has fewer.
const ANSWER_BYTES_MAX: usize = 1024;

/// Where the address goes in the operator's template.
const PLACE: &str = "{ipaddr}";

/// Why the operator's template is no good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckerError {
    /// It does not say where the address goes.
    #[error("the address of the checker must hold {PLACE}")]
    NoPlace,
    /// It is no URL.
    #[error("the address of the checker is no URL")]
    NoUrl,
    /// No client could be made.
    #[error("no client for the checker: {0}")]
    Client(String),
}

/// Tells how likely an address hides who is behind it.
#[async_trait]
pub trait Checker: Debug + Send + Sync {
    /// A number from 0 to 1; none if it could not be told.
    async fn probability(&self, address: IpAddr) -> Option<f64>;
}

/// A service that is asked over HTTP.
#[derive(Debug)]
pub struct HttpChecker {
    template: String,
    client: Client,
}

impl HttpChecker {
    /// Asks at this address, with `{ipaddr}` where the address to be checked goes.
    pub fn new(template: &str) -> Result<Self, CheckerError> {
        if !template.contains(PLACE) {
            return Err(CheckerError::NoPlace);
        }
        reqwest::Url::parse(&template.replace(PLACE, "192.0.2.1")).map_err(|_| CheckerError::NoUrl)?;
        // A second installation of the same provider is refused, and does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .timeout(CHECK_WAIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| CheckerError::Client(error.to_string()))?;
        Ok(Self { template: template.to_owned(), client })
    }

    async fn ask(&self, address: IpAddr) -> Result<f64, String> {
        let url = self.template.replace(PLACE, &address.to_string());
        // The URL may hold the operator's key: it is not told in the log.
        let mut response = self.client.get(url).send().await.map_err(|error| error.without_url().to_string())?;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status()));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
            if answer.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err("an answer far too long".to_owned());
            }
            answer.extend_from_slice(&chunk);
        }
        let number = String::from_utf8_lossy(&answer).trim().parse::<f64>().ok();
        number.filter(|number| number.is_finite()).ok_or_else(|| "an answer that is no number".to_owned())
    }
}

#[async_trait]
impl Checker for HttpChecker {
    async fn probability(&self, address: IpAddr) -> Option<f64> {
        match self.ask(address).await {
            Ok(number) => Some(number),
            Err(reason) => {
                tracing::warn!(reason, "an address could not be checked");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::Router;
    use axum::extract::Path;
    use axum::routing::get;
    use http::StatusCode;
    use tokio::net::TcpListener;

    use super::*;

    /// A service of the real kind that answers by the last part of the address.
    async fn service() -> SocketAddr {
        let answer = |Path(address): Path<String>| async move {
            match address.rsplit('.').next() {
                Some("1") => (StatusCode::OK, "0.01\n".to_owned()),
                Some("2") => (StatusCode::OK, "0.99".to_owned()),
                Some("3") => (StatusCode::OK, "I do not know".to_owned()),
                Some("4") => (StatusCode::TOO_MANY_REQUESTS, "1".to_owned()),
                Some("5") => (StatusCode::OK, "9".repeat(5_000)),
                _ => {
                    tokio::time::sleep(CHECK_WAIT * 2).await;
                    (StatusCode::OK, "0".to_owned())
                }
            }
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/{address}", get(answer))).await });
        address
    }

    #[tokio::test]
    async fn a_service_is_asked_and_only_a_number_in_time_is_an_answer() {
        let checker = HttpChecker::new(&format!("http://{}/{PLACE}", service().await)).unwrap();
        let probability = |last: u8| checker.probability(IpAddr::from([192, 0, 2, last]));
        assert_eq!(probability(1).await, Some(0.01));
        assert_eq!(probability(2).await, Some(0.99));
        for last in [3, 4, 5, 6] {
            assert_eq!(probability(last).await, None, "{last}");
        }
    }

    #[test]
    fn a_template_says_where_the_address_goes() {
        assert!(matches!(HttpChecker::new("https://checker.example/"), Err(CheckerError::NoPlace)));
        assert!(matches!(HttpChecker::new("checker {ipaddr}"), Err(CheckerError::NoUrl)));
        assert!(HttpChecker::new("https://checker.example/?ip={ipaddr}&key=x").is_ok());
    }
}
