//! Folders of models, written by the tests, and what becomes of them on the shelf.

use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

use futures::TryStreamExt as _;
use serde_json::json;
use tempfile::TempDir;
use throng_api::weights::PIECE_BYTES;

use super::*;

/// A folder of models.
struct Models(TempDir);

impl Models {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The least that loads a text.
    fn tale(&self, name: &str, weights: &[u8]) {
        self.write(&format!("{name}/config.json"), r#"{"model_type":"llama"}"#);
        self.write(&format!("{name}/tokenizer.json"), "{}");
        self.write(&format!("{name}/model.safetensors"), weights);
    }

    /// The least that loads a picture, but for its weights.
    fn dream(&self, name: &str) {
        self.write(&format!("{name}/model_index.json"), r#"{"_class_name":"StableDiffusionPipeline"}"#);
        self.write(&format!("{name}/scheduler/scheduler_config.json"), "{}");
        for part in ["text_encoder", "unet", "vae"] {
            self.write(&format!("{name}/{part}/config.json"), "{}");
        }
    }

    fn modified(&self, path: &str) -> SystemTime {
        fs::metadata(self.path(path)).unwrap().modified().unwrap()
    }

    fn set_modified(&self, path: &str, at: SystemTime) {
        fs::File::options().write(true).open(self.path(path)).unwrap().set_modified(at).unwrap();
    }

    fn weights(&self) -> Weights {
        let weights = Weights::default();
        weights.fill(self.0.path(), &CancellationToken::new());
        weights
    }

    fn listed(&self) -> Vec<Model> {
        shelf(&self.weights()).models
    }
}

fn shelf(weights: &Weights) -> Shelf {
    serde_json::from_slice(&weights.list().json).unwrap()
}

/// A file with a small tensor and one of this shape, of 16-bit numbers; no two places in it look alike.
fn safetensors(shape: &[u64]) -> Vec<u8> {
    let bytes = shape.iter().product::<u64>() * 2;
    let header = json!({
        "__metadata__": {"format": "pt", "shape": "none"},
        "small": {"dtype": "F16", "shape": [], "data_offsets": [bytes, bytes + 2]},
        "large": {"dtype": "F16", "shape": shape, "data_offsets": [0, bytes]},
    });
    with_header(&header.to_string(), bytes + 2)
}

fn with_header(header: &str, bytes: u64) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend((0..bytes).map(|at| (at % 251) as u8));
    file
}

fn paths(model: &Model) -> Vec<&str> {
    model.files.iter().map(|file| file.path.as_str()).collect()
}

fn open(weights: &Weights, hash: &str) -> Option<Reading> {
    weights.places(hash).into_iter().find_map(Piece::open)
}

async fn read(reading: Reading) -> io::Result<Vec<u8>> {
    let slices: Vec<Bytes> = reading.slices().try_collect().await?;
    Ok(slices.iter().flatten().copied().collect())
}

#[test]
fn a_model_is_listed_with_every_file_a_loader_needs_and_no_other() {
    let (models, elsewhere) = (Models::new(), Models::new());
    elsewhere.write("key.txt", "secret");
    models.tale("tale", &safetensors(&[3, 5]));
    for path in ["generation_config.json", "chat_template.jinja", "tokenizer.model", "original/params.json"] {
        models.write(&format!("tale/{path}"), "{}");
    }
    for path in ["README.md", "readme.txt", "LICENSE.txt", ".hidden.json", ".git/x.json", "model.bin", "a/b/c.json"] {
        models.write(&format!("tale/{path}"), "{}");
    }
    // The whole once more, under a name that nobody opens.
    models.write("tale/consolidated.safetensors", safetensors(&[3, 5]));
    std::os::unix::fs::symlink(elsewhere.path("key.txt"), models.path("tale/key.txt")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path("."), models.path("tale/other")).unwrap();
    std::os::unix::fs::symlink("tokenizer.model", models.path("tale/same.model")).unwrap();

    let listed = models.listed();
    let tale = &listed[0];
    assert_eq!((listed.len(), tale.name.as_str(), tale.kind.as_str()), (1, "tale", "text"));
    assert_eq!(
        paths(tale),
        [
            "chat_template.jinja",
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "original/params.json",
            "same.model",
            "tokenizer.json",
            "tokenizer.model",
        ]
    );
    let sizes: Vec<u64> =
        paths(tale).iter().map(|path| fs::metadata(models.path(&format!("tale/{path}"))).unwrap().len()).collect();
    assert_eq!(tale.files.iter().map(|file| file.bytes).collect::<Vec<_>>(), sizes);
    assert_eq!(tale.bytes, sizes.iter().sum::<u64>());
    assert_eq!(tale.tensor_bytes, 3 * 5 * 4);
}

#[test]
fn of_several_forms_of_the_same_weights_the_smallest_download_is_listed() {
    let models = Models::new();
    models.dream("dream");
    let weights = safetensors(&[4]);
    let index = |shard: &str| json!({"weight_map": {"large": shard, "small": shard}}).to_string();
    for path in [
        "whole.safetensors",
        "safety_checker/model.safetensors",
        "text_encoder/model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.non_ema.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model-1.safetensors",
        "vae/diffusion_pytorch_model.fp16-1.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    ] {
        models.write(&format!("dream/{path}"), &weights);
    }
    models.write(
        "dream/vae/diffusion_pytorch_model.safetensors.index.json",
        index("diffusion_pytorch_model-1.safetensors"),
    );
    models.write(
        "dream/vae/diffusion_pytorch_model.safetensors.index.fp16.json",
        index("diffusion_pytorch_model.fp16-1.safetensors"),
    );
    let listed = models.listed();
    assert_eq!(listed[0].kind, "image");
    assert_eq!(
        paths(&listed[0]),
        [
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "text_encoder/model.safetensors",
            "unet/config.json",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "vae/config.json",
            "vae/diffusion_pytorch_model.fp16-1.safetensors",
            "vae/diffusion_pytorch_model.safetensors.index.fp16.json",
        ]
    );
}

#[tokio::test]
async fn a_piece_hashes_to_its_name_and_the_last_is_short() {
    let models = Models::new();
    models.tale("tale", &safetensors(&[1500, 1500]));
    let weights = models.weights();
    let listed = shelf(&weights).models.remove(0);
    let file = listed.files.iter().find(|file| file.path == "model.safetensors").unwrap();
    assert_eq!(file.pieces.len(), 2);
    let mut whole = Vec::new();
    for (number, hash) in file.pieces.iter().enumerate() {
        let reading = open(&weights, hash).unwrap();
        let told = reading.bytes();
        let bytes = read(reading).await.unwrap();
        assert_eq!((Some(told), bytes.len() as u64), (file.piece_bytes(number), told));
        assert_eq!(&format!("{:x}", Sha256::digest(&bytes)), hash);
        whole.extend(bytes);
    }
    assert!(file.piece_bytes(1).unwrap() < PIECE_BYTES);
    assert!(whole == fs::read(models.path("tale/model.safetensors")).unwrap());
    assert!(open(&weights, &"0".repeat(64)).is_none());
}

#[test]
fn a_file_that_changed_is_no_longer_handed_out() {
    let models = Models::new();
    models.tale("tale", &safetensors(&[7]));
    let weights = models.weights();
    let path = "tale/model.safetensors";
    let hash = &shelf(&weights).models[0].files[1].pieces[0];
    let (bytes, before) = (fs::read(models.path(path)).unwrap(), models.modified(path));
    assert!(open(&weights, hash).is_some());

    models.set_modified(path, before + Duration::from_secs(1));
    assert!(open(&weights, hash).is_none(), "modified");
    models.write(path, [&bytes[..], b"more"].concat());
    models.set_modified(path, before);
    assert!(open(&weights, hash).is_none(), "longer");
    fs::remove_file(models.path(path)).unwrap();
    assert!(open(&weights, hash).is_none(), "gone");

    models.write(path, &bytes);
    models.set_modified(path, before);
    assert!(open(&weights, hash).is_some(), "as it was");
}

#[tokio::test]
async fn half_a_piece_is_never_taken_for_a_whole_one() {
    let models = Models::new();
    models.tale("tale", &safetensors(&[500_000]));
    let weights = models.weights();
    let path = "tale/model.safetensors";
    let hash = &shelf(&weights).models[0].files[1].pieces[0];

    let reading = open(&weights, hash).unwrap();
    models.set_modified(path, models.modified(path) + Duration::from_secs(1));
    assert!(read(reading).await.is_err(), "it changed on the way");

    let weights = models.weights();
    let reading = open(&weights, hash).unwrap();
    fs::File::options().write(true).open(models.path(path)).unwrap().set_len(600_000).unwrap();
    assert_eq!(read(reading).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_piece_that_two_models_share_is_there_as_long_as_one_of_them_is() {
    let models = Models::new();
    models.tale("a", &safetensors(&[7]));
    models.tale("b", &safetensors(&[8]));
    let weights = models.weights();
    let shelf = shelf(&weights);
    assert_eq!(shelf.models[0].files[2], shelf.models[1].files[2]);
    fs::remove_dir_all(models.path("a")).unwrap();
    assert!(open(&weights, &shelf.models[1].files[2].pieces[0]).is_some(), "tokenizer.json");
    assert!(open(&weights, &shelf.models[0].files[1].pieces[0]).is_none(), "model.safetensors");
}

#[test]
fn models_that_no_tab_can_load_are_left_out_and_the_others_are_not() {
    let models = Models::new();
    models.tale("good", &safetensors(&[7]));
    models.write("a-note/notes.txt", "no model");
    models.write("a-file.json", "{}");
    models.write("flux/model_index.json", r#"{"_class_name":"FluxPipeline"}"#);
    models.write("gpt/config.json", r#"{"model_type":"gpt2"}"#);
    models.write("broken/config.json", "{");
    models.dream("no-weights");
    models.tale("cut-off", &safetensors(&[7])[..100]);
    models.tale("empty", b"");
    models.tale("lies", &[0xff; 64]);
    models.tale("no-header", &with_header("[]", 0));
    let tensor = |shape: &str, end: u64| {
        with_header(&format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}}}"#), 4)
    };
    models.tale("fits", &tensor("[1]", 4));
    models.tale("too-long", &tensor("[2]", 8));
    models.tale("far-too-long", &tensor("[2]", u64::MAX));
    models.tale("impossible", &tensor(&format!("[{},2]", u64::MAX), 4));
    models.tale("negative", &tensor("[-1]", 4));
    models.tale("no-tokenizer", &safetensors(&[7]));
    fs::remove_file(models.path("no-tokenizer/tokenizer.json")).unwrap();
    models.tale("no-shard", &safetensors(&[7]));
    models.write("no-shard/model.safetensors.index.fp16.json", r#"{"weight_map":{"a":"../good/model.safetensors"}}"#);
    models.tale("crowded", &safetensors(&[7]));
    for number in 0..folder::FILES_MAX {
        models.write(&format!("crowded/{number}.json"), "{}");
    }
    let listed = models.listed();
    assert_eq!(listed.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["fits", "good"]);
}

#[test]
fn a_folder_that_is_not_there_is_an_empty_shelf() {
    let models = Models::new();
    let weights = Weights::default();
    weights.fill(&models.path("nowhere"), &CancellationToken::new());
    assert_eq!(shelf(&weights), Shelf { complete: true, models: Vec::new() });
}

#[test]
fn a_list_has_a_name_of_its_own() {
    let models = Models::new();
    let empty = models.weights().list();
    models.tale("tale", &safetensors(&[7]));
    let (one, again) = (models.weights().list(), models.weights().list());
    assert_eq!((&one.tag, &one.json), (&again.tag, &again.json));
    assert_ne!(empty.tag, one.tag);
    assert!(one.tag.starts_with('"') && one.tag.ends_with('"'));
}

#[test]
fn who_stops_does_not_wait_for_the_rest_to_be_hashed() {
    let models = Models::new();
    models.tale("tale", &safetensors(&[7]));
    let (weights, stopping) = (Weights::default(), CancellationToken::new());
    stopping.cancel();
    weights.fill(models.0.path(), &stopping);
    assert_eq!(shelf(&weights), Shelf::default());
}
