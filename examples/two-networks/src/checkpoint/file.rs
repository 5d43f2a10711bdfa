//! One checkpoint as bytes: a line with the format's version and a checksum, then safetensors.
//!
//! ```text
//! two-networks checkpoint 1 sha256 <64 hexadecimal digits of all that follows the line>
//! <safetensors: model, optimizer, scheduler, metrics: bytes; frames, frame_epochs: numbers;
//!  what it belongs to as metadata>
//! ```

use std::collections::HashMap;

use burn_hebbian::train::Snapshot;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Identity;
use crate::report::MetricsRow;

/// The version of the format.
const VERSION: u32 = 1;
const LEAD: &str = "two-networks checkpoint ";
/// Longer than any first line.
const MAX_LINE: usize = 120;

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
    /// The rows of `metrics.csv` of this training so far.
    pub rows: Vec<MetricsRow>,
    /// The frames of the animation so far.
    pub snapshots: Vec<Snapshot>,
}

/// Which training a checkpoint belongs to, and how far that was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The run.
    pub identity: Identity,
    /// `hebbian`, `readout` or `backprop`; `start` before the first of them.
    pub stage: String,
    /// What the training learns from beside the images of the run: SHA-256 of the synapses that the
    /// readout stands on.
    pub foundation: String,
    /// The epochs done.
    pub epoch: usize,
    /// The seconds that they took.
    pub seconds: f64,
}

/// What is wrong with the bytes of a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// Something else.
    #[error("it is no checkpoint of this program")]
    Foreign,
    /// Another version.
    #[error("it has version {0} of the format, this program reads version {VERSION}")]
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
        let rows = MetricsRow::encode(&self.rows).map_err(Flaw::malformed)?;
        let width = self.snapshots.first().map_or(0, |s| s.synapses.len());
        let frames: Vec<u8> = self
            .snapshots
            .iter()
            .flat_map(|snapshot| snapshot.synapses.iter().flat_map(|v| v.to_le_bytes()))
            .collect();
        let epochs: Vec<u8> = self
            .snapshots
            .iter()
            .flat_map(|snapshot| (snapshot.epoch as u64).to_le_bytes())
            .collect();
        let view = |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes);
        let bytes = |bytes| view(Dtype::U8, &[<[u8]>::len(bytes)], bytes);
        let count = self.snapshots.len();
        let tensors = [
            ("model", bytes(&self.model)),
            ("optimizer", bytes(&self.optimizer)),
            ("scheduler", bytes(&self.scheduler)),
            ("metrics", bytes(&rows)),
            ("frames", view(Dtype::F32, &[count, width], &frames)),
            ("frame_epochs", view(Dtype::U64, &[count], &epochs)),
        ];
        let tensors: Result<Vec<_>, _> = tensors
            .into_iter()
            .map(|(name, view)| view.map(|view| (name, view)))
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
        let (_, header) = SafeTensors::read_metadata(content).map_err(Flaw::malformed)?;
        let about = header.metadata().as_ref().and_then(|map| map.get("about"));
        let about = about.ok_or_else(|| Flaw::malformed("it does not say what it belongs to"))?;
        let about = serde_json::from_str(about).map_err(Flaw::malformed)?;
        let tensors = SafeTensors::deserialize(content).map_err(Flaw::malformed)?;
        let find = |name, dtype| match tensors.tensor(name) {
            Ok(tensor) if tensor.dtype() == dtype => Ok(tensor),
            Ok(_) => Err(Flaw::Malformed(format!(
                "`{name}` is not of type {dtype:?}"
            ))),
            Err(error) => Err(Flaw::malformed(error)),
        };
        let bytes = |name| find(name, Dtype::U8).map(|tensor| tensor.data().to_vec());
        Ok(Self {
            about,
            model: bytes("model")?,
            optimizer: bytes("optimizer")?,
            scheduler: bytes("scheduler")?,
            rows: MetricsRow::decode(&bytes("metrics")?).map_err(Flaw::malformed)?,
            snapshots: snapshots(
                &find("frames", Dtype::F32)?,
                &find("frame_epochs", Dtype::U64)?,
            )?,
        })
    }
}

fn snapshots(frames: &TensorView, epochs: &TensorView) -> Result<Vec<Snapshot>, Flaw> {
    let &[count, width] = frames.shape() else {
        return Err(Flaw::malformed("`frames` is not a matrix"));
    };
    if epochs.shape() != [count] || count > 0 && width == 0 {
        return Err(Flaw::malformed("`frames` and `frame_epochs` do not fit"));
    }
    let (values, _) = frames.data().as_chunks();
    let values: Vec<f32> = values.iter().copied().map(f32::from_le_bytes).collect();
    let (epochs, _) = epochs.data().as_chunks();
    let epochs = epochs.iter().copied().map(u64::from_le_bytes);
    let snapshots = epochs.zip(values.chunks_exact(width.max(1)));
    Ok(snapshots
        .map(|(epoch, synapses)| Snapshot {
            epoch: epoch as usize,
            synapses: synapses.to_vec(),
        })
        .collect())
}

/// `content` behind its first line.
fn sealed(content: &[u8]) -> Vec<u8> {
    let sum = Sha256::digest(content);
    let mut bytes = format!("{LEAD}{VERSION} sha256 {sum:x}\n").into_bytes();
    bytes.extend_from_slice(content);
    bytes
}

/// What lies behind the first line, if its checksum says so.
fn unsealed(bytes: &[u8]) -> Result<&[u8], Flaw> {
    let head = &bytes[..bytes.len().min(MAX_LINE)];
    let end = head.iter().position(|&byte| byte == b'\n');
    let end = end.ok_or(Flaw::Foreign)?;
    let line = std::str::from_utf8(&head[..end]).map_err(|_| Flaw::Foreign)?;
    let line = line.strip_prefix(LEAD).ok_or(Flaw::Foreign)?;
    let (version, sum) = line.split_once(" sha256 ").ok_or(Flaw::Foreign)?;
    if version != VERSION.to_string() {
        return Err(Flaw::Version(version.to_string()));
    }
    let content = &bytes[end + 1..];
    match format!("{:x}", Sha256::digest(content)) == sum {
        true => Ok(content),
        false => Err(Flaw::Checksum),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::settings::{Preset, preset};
    use image_sets::ImageSet;

    /// A small checkpoint of `stage` after `epoch`.
    pub fn checkpoint(stage: &str, epoch: usize) -> Checkpoint {
        let settings = preset(ImageSet::Digits, Preset::Quick);
        let data = ImageSet::Digits.load(None).unwrap();
        Checkpoint {
            about: About {
                identity: Identity::new(&settings, &data),
                stage: stage.to_string(),
                foundation: "the images".to_string(),
                epoch,
                seconds: 1.5,
            },
            model: vec![1, 2, 3],
            optimizer: vec![],
            scheduler: vec![4],
            rows: vec![MetricsRow {
                network: "hebbian".into(),
                stage: stage.to_string().into(),
                epoch,
                split: "train".into(),
                error: None,
                loss: Some(0.1 + 0.2),
                converged: Some(1.0 / 3.0),
            }],
            snapshots: [0, 7]
                .map(|epoch| Snapshot {
                    epoch,
                    synapses: vec![epoch as f32, -0.5],
                })
                .to_vec(),
        }
    }

    #[test]
    fn a_checkpoint_comes_back_to_the_bit() {
        let full = checkpoint("hebbian", 7);
        let mut bare = checkpoint("start", 0);
        bare.rows.clear();
        bare.snapshots.clear();
        for checkpoint in [full, bare] {
            let bytes = checkpoint.encode().unwrap();
            assert_eq!(Checkpoint::decode(&bytes).unwrap(), checkpoint);
        }
    }

    #[test]
    fn a_checkpoint_cut_or_flipped_anywhere_is_refused() {
        let bytes = checkpoint("readout", 3).encode().unwrap();
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
        let refused = |bytes: &[u8]| Checkpoint::decode(bytes).unwrap_err().to_string();
        let bytes = checkpoint("readout", 3).encode().unwrap();
        let text = String::from_utf8_lossy(&bytes).replace("checkpoint 1 ", "checkpoint 2 ");
        for (bytes, reason) in [
            (&b""[..], "it is no checkpoint of this program"),
            (text.as_bytes(), "it has version 2 of the format"),
            (&bytes[..bytes.len() - 1], "its checksum does not match"),
            (&sealed(b"not safetensors"), ""),
        ] {
            assert!(refused(bytes).starts_with(reason), "{}", refused(bytes));
        }
        let empty = safetensors::serialize(Vec::<(&str, TensorView)>::new(), None).unwrap();
        let reason = refused(&sealed(&empty));
        assert_eq!(reason, "it does not say what it belongs to");
    }
}
