//! A payload with the time it took and the price it had, as one line of a table of comma-separated values: what networks are trained on
//! and measured by. Reading files is not here.

use std::fmt;

use super::payload::{NO_CONTROL, Payload};
use crate::kudos::Kudos;
use crate::request::SourceProcessing;

/// The columns of such a table, its first line. A `price` may be left empty.
pub const COLUMNS: &str = "width,height,steps,cfg_scale,sampler_name,karras,hires_fix,source_processing,source_image,source_mask,\
                           denoising_strength,control_type,control_strength,post_processing,seconds,price";

/// One line of the table.
#[derive(Clone, PartialEq, Debug)]
pub struct Recorded<'a> {
    /// What was asked for.
    pub payload: Payload<'a>,
    /// How long it took.
    pub seconds: f64,
    /// What it cost before anything that the network does not see; that of its time if the table does not say.
    pub price: Kudos,
}

impl<'a> Recorded<'a> {
    /// Reads one line, or tells the name of the column that cannot be read.
    pub fn parse(line: &'a str) -> Result<Self, &'static str> {
        let fields: Vec<&str> = line.trim_end().split(',').collect();
        let names: Vec<&'static str> = COLUMNS.split(',').collect();
        if fields.len() != names.len() {
            return Err("the number of columns");
        }
        let field = |at: usize| (fields[at], names[at]);
        let flag = |at| number::<f32>(field(at)).map(|flag| flag > 0.0);
        let processing = match fields[7] {
            "img2img" | "txt2img" => SourceProcessing::Img2img,
            "inpainting" => SourceProcessing::Inpainting,
            "outpainting" => SourceProcessing::Outpainting,
            "remix" => SourceProcessing::Remix,
            _ => return Err(names[7]),
        };
        let payload = Payload {
            width: number(field(0))?,
            height: number(field(1))?,
            steps: number(field(2))?,
            cfg_scale: number(field(3))?,
            sampler: fields[4],
            karras: flag(5)?,
            hires_fix: flag(6)?,
            source: flag(8)?.then_some(processing),
            mask: flag(9)?,
            denoising: number(field(10))?,
            control_type: Some(fields[11]).filter(|name| *name != NO_CONTROL && !name.is_empty()),
            control_strength: number(field(12))?,
            return_control_map: false,
            post_processing: fields[13].split('+').filter(|name| !name.is_empty()).collect(),
        };
        let seconds = number(field(14))?;
        let price = if fields[15].is_empty() {
            super::worth_of_time(seconds)
        } else {
            // Tables are also written by programs that write whole amounts as `36.0` and others with trailing zeros.
            super::rounded(number(field(15))?)
        };
        Ok(Self { payload, seconds, price })
    }
}

impl fmt::Display for Recorded<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Payload { width, height, steps, cfg_scale, sampler, .. } = &self.payload;
        let processing = match self.payload.source {
            None => "txt2img",
            Some(SourceProcessing::Img2img) => "img2img",
            Some(SourceProcessing::Inpainting) => "inpainting",
            Some(SourceProcessing::Outpainting) => "outpainting",
            Some(SourceProcessing::Remix) => "remix",
        };
        let (karras, hires_fix) = (u8::from(self.payload.karras), u8::from(self.payload.hires_fix));
        let (source, mask) = (u8::from(self.payload.source.is_some()), u8::from(self.payload.mask));
        write!(
            out,
            "{width},{height},{steps},{cfg_scale},{sampler},{karras},{hires_fix},{processing},{source},{mask},"
        )?;
        let control = self.payload.control_type.unwrap_or(NO_CONTROL);
        let Payload { denoising, control_strength, post_processing, .. } = &self.payload;
        write!(out, "{denoising},{control},{control_strength},{},", post_processing.join("+"))?;
        write!(out, "{:.2},{}", self.seconds, self.price)
    }
}

fn number<T: std::str::FromStr>((text, name): (&str, &'static str)) -> Result<T, &'static str> {
    text.parse().map_err(|_| name)
}
