//! Tests of the weights reader: the three element types, shards, and messages that name the culprit.

use safetensors::tensor::{Dtype, TensorView, serialize};

use super::*;

fn stored(name: &str, dtype: Dtype, shape: Vec<usize>, raw: &[u8]) -> Vec<u8> {
    let view = TensorView::new(dtype, shape, raw).unwrap();
    serialize([(name, view)], None).unwrap()
}

fn read_back(dtype: Dtype, raw: &[u8]) -> Vec<f32> {
    let weights = Weights::from_bytes("test", stored("w", dtype, vec![2, 1], raw)).unwrap();
    weights.tensor::<2>("w", [2, 1], &Device::cpu()).unwrap().into_data().try_into_vec().unwrap()
}

#[test]
fn full_half_and_brain_floats_are_read_as_f32() {
    let wanted = [1.5_f32, -0.25];
    let full: Vec<u8> = wanted.iter().flat_map(|v| v.to_le_bytes()).collect();
    let half: Vec<u8> = wanted.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
    let brain: Vec<u8> = wanted.iter().flat_map(|v| half::bf16::from_f32(*v).to_le_bytes()).collect();
    assert_eq!(read_back(Dtype::F32, &full), wanted);
    assert_eq!(read_back(Dtype::F16, &half), wanted);
    assert_eq!(read_back(Dtype::BF16, &brain), wanted);
}

#[test]
fn errors_name_the_tensor_the_shape_and_the_file() {
    let weights = Weights::from_bytes("some.safetensors", stored("w", Dtype::F32, vec![1], &[0; 4])).unwrap();
    let missing = weights.tensor::<1>("unet.bias", [1], &Device::cpu()).unwrap_err().to_string();
    assert_eq!(missing, "tensor `unet.bias` is missing in some.safetensors");
    let shape = weights.tensor::<1>("w", [3], &Device::cpu()).unwrap_err().to_string();
    assert_eq!(shape, "tensor `w` in some.safetensors has shape [1], expected [3]");
    let whole = Weights::from_bytes("ints", stored("w", Dtype::I32, vec![1], &[0; 4])).unwrap();
    assert!(whole.values("w").unwrap_err().to_string().contains("stored as I32"));
}

#[test]
fn shards_are_found_through_their_index() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.safetensors"), stored("x", Dtype::F32, vec![1], &2_f32.to_le_bytes()))
        .unwrap();
    std::fs::write(folder.path().join("b.safetensors"), stored("y", Dtype::F32, vec![1], &3_f32.to_le_bytes()))
        .unwrap();
    let index = r#"{"metadata":{},"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}"#;
    std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
    let weights = Weights::in_folder(folder.path(), "model").unwrap();
    assert_eq!(weights.values("x").unwrap(), [2.0]);
    assert_eq!(weights.values("y").unwrap(), [3.0]);
    assert_eq!(weights.parameters(), 2);
}

#[test]
fn a_truncated_file_is_refused_when_it_is_opened() {
    let mut bytes = stored("w", Dtype::F32, vec![1], &[0; 4]);
    bytes.truncate(bytes.len() - 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, &bytes).unwrap();
    assert!(Weights::open(&path).err().unwrap().to_string().contains("ends before tensor `w` does"));
    assert!(Weights::from_bytes("short", vec![1, 2]).is_err());
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Weights::in_folder(folder.path(), "model").err().unwrap().to_string();
    assert!(error.ends_with("model.safetensors is missing"), "{error}");
}
