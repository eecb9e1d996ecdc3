//! Llama: text to text.
