//! One checkpoint as bytes: a line with the format's version and a checksum, then safetensors.
//!
//! ```text
//! burn-runs checkpoint 2 sha256 <64 hexadecimal digits of all that follows the line>
//! <safetensors: model, optimizer, scheduler, metrics and extra.NAME, all of them bytes; what it
//!  belongs to as metadata>
//! ```

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, Read};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Identity;
use crate::metrics::{Row, from_csv, to_csv};

/// The version of the format.
const VERSION: u32 = 2;
const LEAD: &str = "burn-runs checkpoint ";
/// How files of version 1 begin, which one program alone wrote.
const FIRST_VERSION: &str = "two-networks checkpoint 1 ";
/// Longer than any first line.
const MAX_LINE: usize = 120;
/// What the names of a program's own parts begin with.
const EXTRA: &str = "extra.";

/// What a program keeps beside Burn's records, by name.
pub type Extras = BTreeMap<String, Vec<u8>>;

/// All that a training goes on from.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// What it belongs to.
    pub about: About,
    /// Burn's record of the model.
    pub model: Vec<u8>,
    /// Burn's record of the optimizer.
    pub optimizer: Vec<u8>,
    /// Burn's record of the learning rate.
    pub scheduler: Vec<u8>,
    /// The values of the metrics of this training so far.
    pub rows: Vec<Row>,
    /// What the program keeps beside them.
    pub extras: Extras,
}

/// Which training a checkpoint belongs to, and how far that was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The run.
    pub identity: Identity,
    /// The name of the training; `start` before the first of a run.
    pub stage: String,
    /// SHA-256 of what the training learns from beside what the identity names, such as the weights
    /// of an earlier training; else empty.
    pub foundation: String,
    /// The epochs done.
    pub epoch: usize,
    /// The seconds that they took.
    pub seconds: f64,
}

impl About {
    /// Reads the beginning of a file. The rest is not looked at, so the file may yet be damaged.
    ///
    /// # Errors
    ///
    /// The [`Flaw`] of a file that does not begin as a checkpoint of this version.
    pub fn read(mut file: impl BufRead) -> Result<Self, Flaw> {
        let mut line = Vec::new();
        file.by_ref()
            .take(MAX_LINE as u64)
            .read_until(b'\n', &mut line)
            .map_err(Flaw::malformed)?;
        checksum(&line)?;
        Self::of_safetensors(file)
    }

    fn of_safetensors(mut content: impl Read) -> Result<Self, Flaw> {
        #[derive(Deserialize)]
        struct Header {
            #[serde(rename = "__metadata__", default)]
            metadata: HashMap<String, String>,
        }
        let mut length = [0; 8];
        content.read_exact(&mut length).map_err(Flaw::malformed)?;
        let header = content.take(u64::from_le_bytes(length));
        let header: Header = serde_json::from_reader(header).map_err(Flaw::malformed)?;
        let about = header.metadata.get("about");
        let about = about.ok_or_else(|| Flaw::malformed("it does not say what it belongs to"))?;
        serde_json::from_str(about).map_err(Flaw::malformed)
    }
}

/// What is wrong with the bytes of a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// Something else.
    #[error("it is no checkpoint")]
    Foreign,
    /// Another version.
    #[error(
        "it has version {0} of the format, this program reads version {VERSION}; go on with the \
         program that wrote it"
    )]
    Version(String),
    /// Torn or altered.
    #[error("its checksum does not match: it is torn or was altered")]
    Checksum,
    /// Whole, but without sense.
    #[error("{0}")]
    Malformed(String),
}

impl Flaw {
    fn malformed(reason: impl ToString) -> Self {
        Self::Malformed(reason.to_string())
    }
}

impl Checkpoint {
    /// The bytes of the file.
    ///
    /// # Errors
    ///
    /// A [`Flaw::Malformed`] for content that the format cannot hold.
    pub fn encode(&self) -> Result<Vec<u8>, Flaw> {
        let about = serde_json::to_string(&self.about).map_err(Flaw::malformed)?;
        let rows = to_csv(&self.rows);
        let own = [
            ("model", &self.model),
            ("optimizer", &self.optimizer),
            ("scheduler", &self.scheduler),
            ("metrics", &rows),
        ];
        let own = own.map(|(name, bytes)| (name.to_string(), bytes));
        let extras = self.extras.iter();
        let extras = extras.map(|(name, bytes)| (format!("{EXTRA}{name}"), bytes));
        let tensors: Result<Vec<_>, _> = own
            .into_iter()
            .chain(extras)
            .map(|(name, bytes)| {
                TensorView::new(Dtype::U8, vec![bytes.len()], bytes).map(|view| (name, view))
            })
            .collect();
        let metadata = HashMap::from([("about".to_string(), about)]);
        let content = safetensors::serialize(tensors.map_err(Flaw::malformed)?, Some(metadata))
            .map_err(Flaw::malformed)?;
        Ok(sealed(&content))
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// The [`Flaw`] of bytes that are not a whole checkpoint of this version.
    pub fn decode(bytes: &[u8]) -> Result<Self, Flaw> {
        let content = unsealed(bytes)?;
        let about = About::of_safetensors(content)?;
        let tensors = SafeTensors::deserialize(content).map_err(Flaw::malformed)?;
        let bytes = |name| match tensors.tensor(name) {
            Ok(tensor) => Ok(tensor.data().to_vec()),
            Err(error) => Err(Flaw::malformed(error)),
        };
        let extras = tensors.iter().filter_map(|(name, tensor)| {
            let name = name.strip_prefix(EXTRA)?;
            Some((name.to_string(), tensor.data().to_vec()))
        });
        Ok(Self {
            about,
            model: bytes("model")?,
            optimizer: bytes("optimizer")?,
            scheduler: bytes("scheduler")?,
            rows: from_csv(&bytes("metrics")?).map_err(Flaw::malformed)?,
            extras: extras.collect(),
        })
    }
}

/// SHA-256 of `parts` one after the other, in hexadecimal.
pub fn sha256(parts: &[&[u8]]) -> String {
    let sum = parts.iter().fold(Sha256::new(), Sha256::chain_update);
    format!("{:x}", sum.finalize())
}

/// `content` behind its first line.
fn sealed(content: &[u8]) -> Vec<u8> {
    let line = format!("{LEAD}{VERSION} sha256 {}\n", sha256(&[content]));
    [line.as_bytes(), content].concat()
}

/// What lies behind the first line, if its checksum says so.
fn unsealed(bytes: &[u8]) -> Result<&[u8], Flaw> {
    let end = bytes.iter().take(MAX_LINE).position(|&byte| byte == b'\n');
    let (line, content) = bytes.split_at(end.ok_or(Flaw::Foreign)? + 1);
    if checksum(line)? == sha256(&[content]) {
        Ok(content)
    } else {
        Err(Flaw::Checksum)
    }
}

/// The checksum in a first line.
fn checksum(line: &[u8]) -> Result<&str, Flaw> {
    let line = std::str::from_utf8(line).map_err(|_| Flaw::Foreign)?;
    if line.starts_with(FIRST_VERSION) {
        return Err(Flaw::Version("1".to_string()));
    }
    let line = line.strip_prefix(LEAD).ok_or(Flaw::Foreign)?;
    let line = line.strip_suffix('\n').ok_or(Flaw::Foreign)?;
    let (version, sum) = line.split_once(" sha256 ").ok_or(Flaw::Foreign)?;
    if version != VERSION.to_string() {
        return Err(Flaw::Version(version.to_string()));
    }
    Ok(sum)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// A small checkpoint of `stage` after `epoch`.
    pub fn checkpoint(stage: &str, epoch: usize) -> Checkpoint {
        let identity = Identity::new("program", "1.2.3", &json!({"seed": 0, "rate": 0.4}));
        let row = |metric: &str, value| Row {
            stage: stage.into(),
            epoch,
            split: "train".into(),
            metric: metric.into(),
            value,
        };
        Checkpoint {
            about: About {
                identity: identity.with_sum("the images", &[b"pixels"]),
                stage: stage.to_string(),
                foundation: "the images".to_string(),
                epoch,
                seconds: 1.5,
            },
            model: vec![1, 2, 3],
            optimizer: vec![],
            scheduler: vec![4],
            rows: vec![row("Loss", 0.1 + 0.2), row("Accuracy", 1.0 / 3.0)],
            extras: [("frames", vec![0, 255, 7]), ("none", vec![])]
                .map(|(name, bytes)| (name.to_string(), bytes))
                .into(),
        }
    }

    #[test]
    fn a_checkpoint_comes_back_to_the_bit() {
        let full = checkpoint("first", 7);
        let mut bare = checkpoint("start", 0);
        bare.rows.clear();
        bare.extras.clear();
        for checkpoint in [full, bare] {
            let bytes = checkpoint.encode().unwrap();
            assert_eq!(Checkpoint::decode(&bytes).unwrap(), checkpoint);
            assert_eq!(About::read(&bytes[..]).unwrap(), checkpoint.about);
        }
    }

    #[test]
    fn a_checkpoint_cut_or_flipped_anywhere_is_refused() {
        let bytes = checkpoint("second", 3).encode().unwrap();
        for offset in 0..bytes.len() {
            assert!(
                Checkpoint::decode(&bytes[..offset]).is_err(),
                "cut {offset}"
            );
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[offset] ^= 1 << bit;
                let outcome = Checkpoint::decode(&flipped);
                assert!(outcome.is_err(), "bit {bit} of byte {offset} flipped");
            }
        }
        println!("{} offsets", bytes.len());
        let longer = [&bytes[..], b"\n"].concat();
        assert!(matches!(Checkpoint::decode(&longer), Err(Flaw::Checksum)));
    }

    #[test]
    fn each_flaw_says_what_is_wrong() {
        let bytes = checkpoint("second", 3).encode().unwrap();
        let newer = String::from_utf8_lossy(&bytes).replacen("checkpoint 2 ", "checkpoint 3 ", 1);
        let first = b"two-networks checkpoint 1 sha256 0123\n{}";
        let without_metadata =
            safetensors::serialize(Vec::<(&str, TensorView)>::new(), None).unwrap();
        for (bytes, reason) in [
            (&b""[..], "it is no checkpoint"),
            (b"a line\nand another", "it is no checkpoint"),
            (newer.as_bytes(), "it has version 3 of the format"),
            (first, "it has version 1 of the format"),
            (&bytes[..bytes.len() - 1], "its checksum does not match"),
            (&sealed(b"short"), "failed to fill whole buffer"),
            (&sealed(b"not safetensors"), "expected ident at line 1"),
            (
                &sealed(&without_metadata),
                "it does not say what it belongs to",
            ),
        ] {
            let found = Checkpoint::decode(bytes).unwrap_err().to_string();
            assert!(found.starts_with(reason), "{found}, not {reason}");
        }
    }
}
