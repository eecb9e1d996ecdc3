//! Pictures that requesters send: base64 in the body, or an address to fetch. Both are read, judged and written anew as WebP, so that
//! a worker never sees a stranger's bytes, and stored under a name that only signed links lead to.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::{Bytes, BytesMut};
use throng_api::ReturnCode as Rc;

use super::links::source_name;
use super::picture::Picture;
use crate::app::App;
use crate::error::Error;
use crate::outward::{self, OutwardError, Reach};

/// Bytes of a picture that is fetched.
const FETCHED_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Pixels of a picture that is sent: the largest that can be asked for.
const SENT_PIXELS_MAX: u64 = 3072 * 3072;

/// Tiles of a picture for alchemy.
const TILES_MAX: u32 = 255;

/// A stored picture and its extent.
#[derive(Debug)]
pub struct Tiled {
    /// The name it is stored under.
    pub name: String,
    /// Tiles that cover it.
    pub tiles: u32,
}

/// How long a stranger's server has: the requester waits meanwhile.
const FETCH_WAIT: Duration = Duration::from_secs(8);

/// Standard base64, with its padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64 as clients send it, line breaks included.
pub fn decode_base64(text: &str) -> Option<Bytes> {
    let plain: String;
    let text = if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        plain = text.split_ascii_whitespace().collect();
        &plain
    } else {
        text
    };
    BASE64.decode(text).ok().map(Bytes::from)
}

/// Encodes base64 as every client reads it.
pub fn encode_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

impl App {
    /// Takes a requester's picture in; returns the name it is stored under. With `needs_alpha` it must say by its alpha channel where
    /// to paint.
    pub async fn take_source(&self, source: &str, needs_alpha: bool) -> Result<String, Error> {
        let judge = move |picture: &Picture| {
            if needs_alpha && !picture.has_alpha() { Err(Rc::InpaintingMissingMask) } else { Ok(()) }
        };
        Ok(self.take(source, judge).await?.0)
    }

    /// Takes the picture of an alchemy request in. It is stored even if it came as an address: no worker should have to fetch what a
    /// stranger points at.
    pub async fn take_alchemy_source(&self, source: &str) -> Result<Tiled, Error> {
        let judge = |picture: &Picture| {
            let tiles = picture.tiles();
            if tiles > TILES_MAX { Err(Rc::SourceImageResolutionExceeded) } else { Ok(tiles) }
        };
        let (name, tiles) = self.take(source, judge).await?;
        Ok(Tiled { name, tiles })
    }

    /// Takes a picture in; returns the name it is stored under, and what `judge` saw in it.
    async fn take<T: Send + 'static>(
        &self,
        source: &str,
        judge: impl FnOnce(&Picture) -> Result<T, Rc> + Send + 'static,
    ) -> Result<(String, T), Error> {
        let fetched = source.starts_with("http");
        let bytes = if fetched {
            fetch(source).await?
        } else {
            decode_base64(source).ok_or_else(|| Error::refused(Rc::ImageValidationFailed))?
        };
        let judge = move |picture: &Picture| {
            if !fetched && picture.area() > SENT_PIXELS_MAX {
                Err(Rc::SourceImageResolutionExceeded)
            } else {
                judge(picture)
            }
        };
        let unreadable = if fetched { Rc::SourceImageUrlInvalid } else { Rc::ImageValidationFailed };
        let (webp, seen) = self
            .images
            .webp_anew(bytes, judge)
            .await
            .map_err(|_| Error::refused(unreadable))?
            .map_err(Error::refused)?;
        let name = source_name(self.ids.uuid());
        self.images.put(&name, webp).await.map_err(Error::internal)?;
        Ok((name, seen))
    }
}

/// Fetches a stranger's picture from the open internet.
async fn fetch(address: &str) -> Result<Bytes, Error> {
    let unreadable = |_| Error::refused(Rc::SourceImageUnreadable);
    let client = outward::client(address, Reach::Public, FETCH_WAIT).await;
    let (client, url) = client.map_err(|error| match error {
        OutwardError::NotPublic => Error::refused(Rc::SourceImageUrlInvalid),
        OutwardError::Client(error) => Error::internal(error),
    })?;
    let mut response = client.get(url).send().await.map_err(unreadable)?;
    if !response.status().is_success() {
        return Err(Error::refused(Rc::SourceImageUnreadable));
    }
    let too_large = || Error::refused(Rc::SourceImageSizeExceeded);
    if response.content_length().is_some_and(|length| length > FETCHED_BYTES_MAX as u64) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(unreadable)? {
        if bytes.len() + chunk.len() > FETCHED_BYTES_MAX {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_with_and_without_padding_and_line_breaks() {
        for text in ["aGVsbG8=", "aGVsbG8", "aGVs\nbG8=\n"] {
            assert_eq!(decode_base64(text).as_deref(), Some(&b"hello"[..]), "{text}");
        }
        assert_eq!(decode_base64("data:image/png;base64,aGVsbG8="), None);
        assert_eq!(encode_base64(b"hello"), "aGVsbG8=");
    }

    #[tokio::test]
    async fn addresses_inside_are_never_fetched() {
        for address in [
            "http://127.0.0.1:1/a.png",
            "http://localhost/a.png",
            "http://[::1]/",
            "http://169.254.169.254/",
            "http://u:p@1.1.1.1/",
        ] {
            let refused = fetch(address).await;
            assert!(matches!(refused, Err(Error::Refused(Rc::SourceImageUrlInvalid, _))), "{address}");
        }
    }
}
