//! What a text in the making keeps: keys and values of every token so far, and the rotary tables it will need.
//!
//! Room for the whole text is made at the start, so that a step writes in place. Not here: computing keys and values.

use burn::tensor::{Tensor, TensorData};

use crate::device::Device;
use crate::scribe::config::Config;
use crate::scribe::rotary;

/// Keys and values of the tokens read so far, one shelf a layer.
pub struct Cache {
    pub(crate) shelves: Vec<Shelf>,
    cosines: Tensor<3>,
    /// The first half of each row negated: see [`Positions::rotate`].
    sines: Tensor<3>,
    length: usize,
    capacity: usize,
}

/// One layer's keys and values: `[key heads, 1, capacity, head width]` each.
pub struct Shelf {
    keys: Tensor<4>,
    values: Tensor<4>,
}

/// Where new tokens stand, and the angles that belong there.
pub struct Positions {
    start: usize,
    end: usize,
    /// `[tokens, 1, head width]`
    cosines: Tensor<3>,
    sines: Tensor<3>,
}

impl Cache {
    /// An empty cache with room for `capacity` tokens.
    pub fn new(config: &Config, capacity: usize, device: &Device) -> Self {
        let shape = [config.key_heads, 1, capacity, config.head_width];
        let shelves = (0..config.layers)
            .map(|_| Shelf {
                keys: Tensor::zeros(shape, device.handle()),
                values: Tensor::zeros(shape, device.handle()),
            })
            .collect();
        let (cosines, mut sines) = rotary::tables(config, capacity);
        for row in sines.chunks_exact_mut(config.head_width) {
            for sine in &mut row[..config.head_width / 2] {
                *sine = -*sine;
            }
        }
        let table =
            |values| Tensor::from_data(TensorData::new(values, [capacity, 1, config.head_width]), device.handle());
        Self { shelves, cosines: table(cosines), sines: table(sines), length: 0, capacity }
    }

    /// How many tokens it holds.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many tokens it can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes place for the next `tokens` and says where they stand.
    pub fn advance(&mut self, tokens: usize) -> Positions {
        let start = self.length;
        self.length += tokens;
        debug_assert!(self.length <= self.capacity, "the caller plans the whole text before it begins");
        Positions {
            start,
            end: self.length,
            cosines: self.cosines.clone().narrow(0, start, tokens),
            sines: self.sines.clone().narrow(0, start, tokens),
        }
    }

    /// Takes the shelves out, to run a single layer by hand.
    pub fn take_shelves(&mut self) -> Vec<Shelf> {
        std::mem::take(&mut self.shelves)
    }
}

impl Shelf {
    pub(crate) fn extend(self, keys: Tensor<4>, values: Tensor<4>, positions: &Positions) -> Self {
        let [heads, one, _, width] = self.keys.dims();
        let place = [0..heads, 0..one, positions.start..positions.end, 0..width];
        Self { keys: self.keys.slice_assign(place.clone(), keys), values: self.values.slice_assign(place, values) }
    }

    /// Keys and values up to and including the new tokens.
    pub(crate) fn filled(&self, positions: &Positions) -> (Tensor<4>, Tensor<4>) {
        (self.keys.clone().narrow(2, 0, positions.end), self.values.clone().narrow(2, 0, positions.end))
    }
}

impl Positions {
    /// Turns each head of `[tokens, heads, head width]` by its position's angles.
    ///
    /// A number of the first half is turned against its partner in the second half:
    /// `(a, b) -> (a cos - b sin, b cos + a sin)`. With the halves swapped and the sign in the table, that is two products.
    pub fn rotate(&self, x: Tensor<3>) -> Tensor<3> {
        let [_, _, width] = x.dims();
        let half = width / 2;
        let swapped = Tensor::cat(vec![x.clone().narrow(2, half, half), x.clone().narrow(2, 0, half)], 2);
        x * self.cosines.clone() + swapped * self.sines.clone()
    }
}
