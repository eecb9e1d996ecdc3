//! Looking into pictures: is it one, how large, and the same as WebP. Decoding runs beside the async threads, two at a time.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, GenericImageView as _, ImageFormat, ImageReader};

use super::Images;

/// Pixels a side: what WebP itself can hold.
const SIDE_MAX: u32 = 16_383;

/// Memory that decoding one picture may take: 12288 × 12288 pixels do not fit, 3072 × 3072 enlarged twice do.
const DECODED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Why something is no picture we take.
#[derive(Debug, thiserror::Error)]
pub enum NotAPicture {
    /// It cannot be decoded, or only beyond the limits.
    #[error("this is no picture that can be read here: {0}")]
    Unreadable(#[from] image::ImageError),
    /// It is one, but of another format.
    #[error("the picture must be WebP")]
    NotWebp,
    /// Decoding was broken off.
    #[error("decoding was broken off")]
    BrokenOff,
}

/// A picture that was looked into.
#[derive(Debug)]
pub struct Picture {
    decoded: DynamicImage,
    /// The bytes as they came, if they were WebP already.
    webp: Option<Bytes>,
}

impl Picture {
    /// Decodes within the limits.
    fn read(bytes: Bytes) -> Result<Self, NotAPicture> {
        let mut reader =
            ImageReader::new(Cursor::new(bytes.clone())).with_guessed_format().map_err(image::ImageError::from)?;
        let mut limits = image::Limits::default();
        limits.max_image_width = Some(SIDE_MAX);
        limits.max_image_height = Some(SIDE_MAX);
        limits.max_alloc = Some(DECODED_BYTES_MAX);
        reader.limits(limits);
        let webp = (reader.format() == Some(ImageFormat::WebP)).then_some(bytes);
        Ok(Self { decoded: reader.decode()?, webp })
    }

    /// Pixels in all.
    pub fn area(&self) -> u64 {
        u64::from(self.decoded.width()) * u64::from(self.decoded.height())
    }

    /// Tiles that cover it, as alchemy counts them.
    pub fn tiles(&self) -> u32 {
        throng_domain::alchemy::tiles(self.decoded.width(), self.decoded.height())
    }

    /// Whether it is red, green, blue and alpha: what painting without a mask needs.
    pub fn has_alpha(&self) -> bool {
        let colour = self.decoded.color();
        colour.has_alpha() && colour.channel_count() == 4
    }

    /// The picture as WebP: as it came if it was, else without loss.
    fn into_webp(self) -> Result<Bytes, NotAPicture> {
        match self.webp {
            Some(webp) => Ok(webp),
            None => encode(&self.decoded),
        }
    }
}

/// Writes a picture as WebP without loss.
fn encode(picture: &DynamicImage) -> Result<Bytes, NotAPicture> {
    let mut webp = Vec::new();
    // The encoder knows eight bits only.
    let plain = if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.to_rgba8())
    } else {
        DynamicImage::ImageRgb8(picture.to_rgb8())
    };
    let (width, height) = plain.dimensions();
    WebPEncoder::new_lossless(&mut webp).encode(plain.as_bytes(), width, height, plain.color().into())?;
    Ok(webp.into())
}

impl Images {
    /// Makes sure that these bytes are WebP that can be decoded.
    pub async fn check_webp(&self, bytes: Bytes) -> Result<(), NotAPicture> {
        self.beside(move || {
            let picture = Picture::read(bytes)?;
            if picture.webp.is_some() { Ok(()) } else { Err(NotAPicture::NotWebp) }
        })
        .await
    }

    /// Reads a picture of any format we know, lets `judge` look at it, and gives it as WebP. A picture that is WebP stays byte for byte.
    pub async fn webp<E: Send + 'static>(
        &self,
        bytes: Bytes,
        judge: impl FnOnce(&Picture) -> Result<(), E> + Send + 'static,
    ) -> Result<Result<Bytes, E>, NotAPicture> {
        self.beside(move || {
            let picture = Picture::read(bytes)?;
            match judge(&picture) {
                Ok(()) => picture.into_webp().map(Ok),
                Err(verdict) => Ok(Err(verdict)),
            }
        })
        .await
    }

    /// Reads a picture and writes it anew, so that nothing of the sender's bytes goes on: for pictures from strangers. What `judge` saw
    /// in it comes along.
    pub async fn webp_anew<T: Send + 'static, E: Send + 'static>(
        &self,
        bytes: Bytes,
        judge: impl FnOnce(&Picture) -> Result<T, E> + Send + 'static,
    ) -> Result<Result<(Bytes, T), E>, NotAPicture> {
        self.beside(move || {
            let picture = Picture::read(bytes)?;
            match judge(&picture) {
                Ok(seen) => encode(&picture.decoded).map(|webp| Ok((webp, seen))),
                Err(verdict) => Ok(Err(verdict)),
            }
        })
        .await
    }

    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, NotAPicture> + Send + 'static,
    ) -> Result<T, NotAPicture> {
        let _turn = self.decoding.acquire().await.map_err(|_| NotAPicture::BrokenOff)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| NotAPicture::BrokenOff)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(picture: &DynamicImage, format: ImageFormat) -> Bytes {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner().into()
    }

    #[test]
    fn a_png_becomes_webp_without_loss() {
        let picture = DynamicImage::ImageRgb8(image::RgbImage::from_fn(8, 4, |x, y| image::Rgb([x as u8, y as u8, 7])));
        let webp = Picture::read(written(&picture, ImageFormat::Png)).unwrap().into_webp().unwrap();
        let again = Picture::read(webp).unwrap();
        assert!(again.webp.is_some());
        assert_eq!(again.decoded.to_rgb8(), picture.to_rgb8());
    }

    #[test]
    fn webp_stays_as_it_is_and_alpha_is_seen() {
        let bytes = written(&DynamicImage::new_rgba8(5, 5), ImageFormat::WebP);
        let picture = Picture::read(bytes.clone()).unwrap();
        assert!(picture.has_alpha());
        assert_eq!(picture.area(), 25);
        assert_eq!(picture.into_webp().unwrap(), bytes);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(Picture::read(Bytes::from_static(b"RIFF\x04\0\0\0WEBP")).is_err());
        assert!(Picture::read(Bytes::from_static(b"hello")).is_err());
    }
}
