//! Pictures in and out: RGB8 to numbers from -1 to 1 and back, and the sizes a model can make.

use burn::tensor::{Tensor, TensorData};
use image::RgbImage;
use image::imageops::{FilterType, resize};

use super::config::HouseConfig;
use crate::device::{Device, failed};
use crate::error::EngineError;

/// The size a picture is generated at, before it is brought to the size that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
}

impl Size {
    /// Works out the size: at the model's own short side where it has one, else as asked; always in whole latent points.
    pub fn to_generate(width: usize, height: usize, house: HouseConfig, factor: usize) -> Self {
        let multiple = house.multiple.unwrap_or(factor).max(1).next_multiple_of(factor);
        let scale = house.native_side.map_or(1.0, |side| side as f64 / width.min(height).max(1) as f64);
        let side = |asked: usize| {
            let count = (asked as f64 * scale / multiple as f64).round() as usize;
            count.max(1) * multiple
        };
        Self { width: side(width), height: side(height) }
    }
}

/// A picture as `[1, 3, height, width]` on a device, brought to a size first.
pub fn to_tensor(picture: &RgbImage, size: Size, device: &Device) -> Tensor<4> {
    let sized = to_size(picture.clone(), size.width, size.height);
    let (width, height) = (size.width, size.height);
    let mut values = vec![0.0_f32; 3 * width * height];
    for (x, y, pixel) in sized.enumerate_pixels() {
        for (channel, value) in pixel.0.iter().enumerate() {
            values[(channel * height + y as usize) * width + x as usize] = f32::from(*value) / 127.5 - 1.0;
        }
    }
    Tensor::from_data(TensorData::new(values, [1, 3, height, width]), device.handle())
}

/// The way back from a `[1, 3, height, width]` tensor; waits for the device.
pub async fn from_tensor(x: Tensor<4>) -> Result<RgbImage, EngineError> {
    let [_, _, height, width] = x.dims();
    let data = x.into_data_async().await.map_err(failed)?;
    let broken = |why: &str| EngineError::Device { processor: "the device failed".to_owned(), why: why.to_owned() };
    let values = data.try_into_vec::<f32>().map_err(|_| broken("it returned numbers of another kind"))?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(broken("the picture holds numbers that are not finite"));
    }
    let plane = width * height;
    let byte = |value: f32| ((value / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8;
    Ok(RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let at = y as usize * width + x as usize;
        image::Rgb([byte(values[at]), byte(values[plane + at]), byte(values[2 * plane + at])])
    }))
}

/// Brings a picture to a size; Lanczos keeps edges sharp without steps.
pub fn to_size(picture: RgbImage, width: usize, height: usize) -> RgbImage {
    if picture.width() as usize == width && picture.height() as usize == height {
        return picture;
    }
    resize(&picture, width as u32, height as u32, FilterType::Lanczos3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_model_generates_at_its_own_side_and_keeps_the_aspect() {
        let house = HouseConfig { native_side: Some(128), multiple: Some(8) };
        let size = |width, height| Size::to_generate(width, height, house, 8);
        assert_eq!(size(512, 512), Size { width: 128, height: 128 });
        assert_eq!(size(1024, 512), Size { width: 256, height: 128 });
        assert_eq!(size(64, 64), Size { width: 128, height: 128 });
        assert_eq!(size(576, 1024), Size { width: 128, height: 224 });
    }

    #[test]
    fn other_models_generate_what_was_asked_in_whole_latent_points() {
        let size = Size::to_generate(513, 768, HouseConfig::default(), 8);
        assert_eq!(size, Size { width: 512, height: 768 });
    }

    #[test]
    fn a_picture_survives_the_way_to_the_device_and_back() {
        let picture = RgbImage::from_fn(5, 3, |x, y| image::Rgb([(x * 50) as u8, (y * 100) as u8, 7]));
        let tensor = to_tensor(&picture, Size { width: 5, height: 3 }, &Device::cpu());
        assert_eq!(pollster::block_on(from_tensor(tensor)).unwrap(), picture);
    }
}
