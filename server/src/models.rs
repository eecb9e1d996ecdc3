//! What is known of models: those that come with the house, and those an operator imported from the community's reference. Rules and
//! prices follow an import within seconds (`tasks/models.rs`). Not here: the table (`store/models.rs`), the rules (`throng_domain::model`).

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use clap::{Subcommand, ValueEnum};
use sqlx::{PgConnection, PgPool};
use throng_api::reference::{ImageEntry, ImageReference, Requirements, TextEntry, TextReference};
use throng_domain::model::{Advice, Baseline, ImageModel, ModelReference, TextModel};

use crate::clock::{Clock as _, SystemClock};
use crate::store::models::{self as store, Row};
use crate::store::settings;

/// Bytes of a reference: the community's largest has a tenth of that.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What is known of models wherever calls are looked at. Cheap to clone: all clones are the same.
#[derive(Debug, Clone)]
pub struct KnownModels {
    /// Those that come with the house.
    house: Arc<ModelReference>,
    known: Arc<RwLock<Known>>,
}

#[derive(Debug)]
struct Known {
    reference: Arc<ModelReference>,
    /// Which import it is of.
    import: Option<String>,
}

/// The table of models.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Row>,
    import: Option<String>,
}

impl Table {
    /// Reads it.
    pub(crate) async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        // Before the rows: should they be replaced in between, the next look finds another import.
        let import = settings::get(&mut *connection, settings::MODELS).await?;
        Ok(Self { rows: store::all(connection).await?, import })
    }
}

impl KnownModels {
    /// Knows those that come with the house.
    pub fn new(house: Arc<ModelReference>) -> Self {
        let known = Known { reference: Arc::clone(&house), import: None };
        Self { house, known: Arc::new(RwLock::new(known)) }
    }

    /// Tells what is known.
    pub fn reference(&self) -> Arc<ModelReference> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner).reference)
    }

    /// Tells whether it is of this import.
    pub(crate) fn is_of(&self, import: Option<&str>) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).import.as_deref() == import
    }

    /// Makes one reference of what comes with the house and what the table holds.
    pub(crate) fn with(&self, table: &Table) -> Arc<ModelReference> {
        Arc::new(with_rows(&self.house, &table.rows))
    }

    /// Knows this from now on, which was made of the table.
    pub(crate) fn set(&self, reference: Arc<ModelReference>, table: Table) {
        let known = Known { reference, import: table.import };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

/// Adds what the table holds to what is known already.
fn with_rows(known: &ModelReference, rows: &[Row]) -> ModelReference {
    let mut known = known.clone();
    for row in rows {
        let name = row.name.as_str().into();
        let understood = match row.kind.as_str() {
            "image" => serde_json::from_str(&row.facts).map(|model| {
                known.images.insert(name, model);
            }),
            _ => serde_json::from_str(&row.facts).map(|model| {
                known.texts.insert(name, model);
            }),
        };
        if let Err(error) = understood {
            tracing::warn!(model = row.name, %error, "what is written of a model cannot be read: import the reference again");
        }
    }
    known
}

/// What can be done about models.
#[derive(Debug, Clone, Subcommand)]
pub enum ModelRole {
    /// List what is known besides the models that come with the house.
    List,
    /// Read the community's reference from JSON files in the place of what was imported of this kind before.
    Import {
        /// Of which kind the models are.
        kind: ModelKind,
        /// The files; where two name a model, the later wins.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// A kind that has models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelKind {
    /// Those that make pictures.
    Image,
    /// Those that write.
    Text,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no reference.
    #[error("{} is no reference of models: {source}", path.display())]
    Form {
        /// Which one.
        path: PathBuf,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// Nothing in the files is of use.
    #[error("there is no model in these files that the rules know what to do with: nothing was changed")]
    Empty,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// Does something about models, and tells what to print.
pub async fn act(pool: &PgPool, role: ModelRole) -> Result<String, ModelError> {
    match role {
        ModelRole::List => {
            let rows = store::all(pool).await?;
            Ok(rows
                .iter()
                .fold(String::new(), |text, row| text + &format!("{}\t{}\t{}\n", row.kind, row.name, row.facts)))
        }
        ModelRole::Import { kind, files } => {
            let read = read(kind, &files)?;
            if read.rows.is_empty() {
                return Err(ModelError::Empty);
            }
            let word = read.rows[0].kind.clone();
            store::replace(pool, &word, &read.rows, SystemClock.now()).await?;
            let (count, strange) = (read.rows.len(), read.strange);
            let left =
                if strange == 0 { String::new() } else { format!("; {strange} of unknown family or size left out") };
            Ok(format!("imported {count} {word} models{left}; a running server knows them within seconds\n"))
        }
    }
}

/// What was read.
#[derive(Debug, Default, PartialEq)]
struct Read {
    rows: Vec<Row>,
    /// Models that rules and prices can do nothing with.
    strange: usize,
}

fn read(kind: ModelKind, files: &[PathBuf]) -> Result<Read, ModelError> {
    let mut found = Read::default();
    let mut put = |kind: &str, name: String, facts: Option<serde_json::Result<String>>| match facts {
        Some(Ok(facts)) => {
            found.rows.retain(|row| row.name != name);
            found.rows.push(Row { kind: kind.to_owned(), name, facts });
        }
        _ => found.strange += 1,
    };
    for path in files {
        let text = text(path)?;
        let form = |source| ModelError::Form { path: path.clone(), source };
        match kind {
            ModelKind::Image => {
                let models: ImageReference = serde_json::from_str(&text).map_err(form)?;
                for (name, entry) in models {
                    put("image", name, image(&entry).map(|model| serde_json::to_string(&model)));
                }
            }
            ModelKind::Text => {
                let models: TextReference = serde_json::from_str(&text).map_err(form)?;
                for (name, entry) in models {
                    put("text", name, written(&entry).map(|model| serde_json::to_string(&model)));
                }
            }
        }
    }
    found.rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn text(path: &Path) -> Result<String, ModelError> {
    let failed = |source| ModelError::File { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(failed(std::io::Error::from(std::io::ErrorKind::FileTooLarge)));
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// What the rules need to know of an image model; none if its family is not known.
fn image(entry: &ImageEntry) -> Option<ImageModel> {
    Some(ImageModel {
        baseline: Baseline::parse(&entry.baseline)?,
        nsfw: entry.nsfw,
        inpainting: entry.inpainting,
        controlnet: entry.file_type == "controlnet",
        min_steps: entry.requirements.min_steps,
        max_steps: entry.requirements.max_steps,
        advice: advice(&entry.requirements),
    })
}

/// What requesters are told if they ask otherwise.
fn advice(said: &Requirements) -> Advice {
    let hundredths = |scale: Option<f64>| scale.map(|scale| (scale * 100.0).round() as u32);
    let names = |words: &[String]| words.iter().map(|word| word.as_str().into()).collect();
    Advice {
        clip_skip: said.clip_skip,
        cfg_hundredths: hundredths(said.cfg_scale),
        cfg_hundredths_min: hundredths(said.min_cfg_scale),
        cfg_hundredths_max: hundredths(said.max_cfg_scale),
        samplers: names(&said.samplers),
        schedulers: names(&said.schedulers),
    }
}

/// What the rules need to know of a text model; none if its size is not known.
fn written(entry: &TextEntry) -> Option<TextModel> {
    let parameters = entry.parameters.filter(|count| *count >= 1.0)?;
    Some(TextModel { parameters: parameters as u64, nsfw: entry.nsfw })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_communitys_json_becomes_what_the_rules_look_up() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let first = place(
            "a.json",
            r#"{"Deep Dream": {"name": "Deep Dream", "baseline": "stable_diffusion_xl", "type": "ckpt", "nsfw": true, "inpainting": null,
                 "requirements": {"min_steps": 4, "max_steps": 12, "cfg_scale": 2, "samplers": ["lcm"]}, "tags": ["x"]},
                "Odd": {"baseline": "no family"}, "Twice": {"baseline": "flux_1"}}"#,
        );
        let second = place("b.json", r#"{"Twice": {"baseline": "stable diffusion 2 512", "type": "controlnet"}}"#);
        let found = read(ModelKind::Image, &[first.clone(), second]).unwrap();
        assert_eq!((found.rows.len(), found.strange), (2, 1));
        let known = with_rows(&ModelReference::built_in(), &found.rows);
        let dream = known.image("Deep Dream").unwrap();
        assert_eq!((dream.baseline, dream.nsfw, dream.max_steps), (Baseline::StableDiffusionXl, true, Some(12)));
        let samplers: Vec<&str> = dream.advice.samplers.iter().map(|name| &**name).collect();
        assert_eq!((dream.advice.cfg_hundredths, samplers), (Some(200), vec!["lcm"]));
        assert!(known.image("Twice").unwrap().controlnet);
        assert!(known.image("throng-shapes").is_some());

        let texts = place("c.json", r#"{"maker/Tale-7B": {"parameters": 7000000000, "nsfw": false}, "x": {}}"#);
        let found = read(ModelKind::Text, &[texts]).unwrap();
        assert_eq!(found.strange, 1);
        let known = with_rows(&ModelReference::built_in(), &found.rows);
        assert_eq!(known.text("maker/Tale-7B").unwrap().parameters, 7_000_000_000);

        let broken = place("d.json", "[]");
        assert!(matches!(read(ModelKind::Image, &[broken]), Err(ModelError::Form { .. })));
    }
}
