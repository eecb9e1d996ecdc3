//! Stable Diffusion 1.x: text to image.
