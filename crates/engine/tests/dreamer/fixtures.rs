//! What the golden tests share: the fixtures, the devices to run on, and what "equal to the reference" means.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use burn::tensor::{Tensor, TensorData};
use throng_engine::weights::Weights;
use throng_engine::{Device, Processor};

/// The largest difference may be this part of the largest number: what f32 leaves after a few hundred layers' sums.
pub(crate) const TOLERANCE: f32 = 1e-4;

/// The two tiny pipelines.
pub(crate) const PIPELINES: [&str; 2] = ["conv", "linear"];

/// A file or folder of the fixtures.
pub(crate) fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/dreamer").join(path)
}

/// What the reference computed.
pub(crate) fn expected() -> &'static Weights {
    static EXPECTED: OnceLock<Weights> = OnceLock::new();
    EXPECTED.get_or_init(|| Weights::open(&golden("expected.safetensors")).unwrap())
}

/// The reference's words and numbers that are no tensors.
pub(crate) fn told() -> &'static serde_json::Value {
    static TOLD: OnceLock<serde_json::Value> = OnceLock::new();
    TOLD.get_or_init(|| serde_json::from_slice(&std::fs::read(golden("expected.json")).unwrap()).unwrap())
}

/// A recorded tensor on a device.
pub(crate) fn recorded<const D: usize>(name: &str, device: &Device) -> Tensor<D> {
    let shape: [usize; D] = expected().shape(name).unwrap().try_into().unwrap();
    Tensor::from_data(TensorData::new(expected().values(name).unwrap(), shape), device.handle())
}

/// Fails when a result is not what the reference computed.
pub(crate) fn assert_equal<const D: usize>(result: Tensor<D>, name: &str, device: &Device) {
    assert_eq!(result.dims().as_slice(), expected().shape(name).unwrap(), "{name}");
    let found: Vec<f32> = result.into_data().try_into_vec().unwrap();
    let wanted = expected().values(name).unwrap();
    let largest = wanted.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let worst = found.iter().zip(&wanted).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    let error = worst / largest;
    eprintln!("{name} on {}: relative error {error:.1e}", device.processor());
    assert!(error < TOLERANCE, "{name} on {}: relative error {error}", device.describe());
}

/// Runs a check on the CPU, and on a Vulkan device where one is found; `THRONG_GPU=0` leaves that out, `THRONG_GPU=1`
/// demands one.
pub(crate) fn on_each_device(check: impl Fn(&Device)) {
    // One at a time: a software renderer takes every core, and two tests at once would only wait for each other.
    static TURN: Mutex<()> = Mutex::new(());
    check(&Device::cpu());
    let wish = std::env::var("THRONG_GPU").ok();
    if wish.as_deref() == Some("0") {
        eprintln!("skipped on Vulkan: THRONG_GPU=0");
        return;
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    match Device::open(Processor::Vulkan) {
        Ok(device) => {
            eprintln!("also on {}", device.describe());
            check(&device);
        }
        Err(error) if wish.as_deref() == Some("1") => panic!("THRONG_GPU=1, but {error}"),
        Err(error) => eprintln!("skipped on Vulkan: {error}"),
    }
}
