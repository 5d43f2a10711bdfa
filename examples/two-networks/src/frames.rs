//! The frames of the animation, in checkpoints and in `snapshots.safetensors`.

use burn_hebbian::train::{Snapshot, WeightSnapshots};
use burn_runs::checkpoint::{Extras, ProgramState};
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, TensorView};

/// The part of a checkpoint with the weights of all frames, float32.
const FRAMES: &str = "frames";
/// The part with the epochs of the frames, 64 bits each.
const EPOCHS: &str = "frame_epochs";

/// The frames of a training that is going on.
pub(crate) struct Frames(pub WeightSnapshots);

impl ProgramState for Frames {
    fn save(&self, epoch: usize) -> Extras {
        let mut snapshots = self.0.kept();
        snapshots.retain(|snapshot| snapshot.epoch <= epoch);
        let epochs = snapshots.iter().map(|snapshot| snapshot.epoch as u64);
        let epochs = epochs.flat_map(u64::to_le_bytes).collect();
        Extras::from([
            (FRAMES.to_string(), weights(&snapshots)),
            (EPOCHS.to_string(), epochs),
        ])
    }

    fn restore(&self, epoch: usize, extras: &Extras) -> Result<(), String> {
        self.0.resume(epoch, snapshots(extras)?);
        Ok(())
    }
}

/// The last frame of a checkpoint; else what is wrong.
pub(crate) fn last(extras: &Extras) -> Result<Snapshot, String> {
    let mut snapshots = snapshots(extras)?;
    Ok(snapshots.pop().expect("there is at least one frame"))
}

/// All frames of a checkpoint, of which there is at least one; else what is wrong.
fn snapshots(extras: &Extras) -> Result<Vec<Snapshot>, String> {
    let (Some(frames), Some(epochs)) = (extras.get(FRAMES), extras.get(EPOCHS)) else {
        return Err(format!("it holds no `{FRAMES}` and `{EPOCHS}`"));
    };
    let (epochs, _) = epochs.as_chunks();
    let (values, _) = frames.as_chunks();
    let values: Vec<f32> = values.iter().copied().map(f32::from_le_bytes).collect();
    if epochs.is_empty() || values.is_empty() || !values.len().is_multiple_of(epochs.len()) {
        return Err(format!("`{FRAMES}` and `{EPOCHS}` do not fit"));
    }
    let frames = values.chunks(values.len() / epochs.len());
    let snapshots = epochs.iter().zip(frames).map(|(epoch, synapses)| Snapshot {
        epoch: u64::from_le_bytes(*epoch) as usize,
        synapses: synapses.to_vec(),
    });
    Ok(snapshots.collect())
}

/// The bytes of `snapshots.safetensors`: `weights`, `[frames, units, visible]`, and `epochs`.
pub(crate) fn to_safetensors(
    snapshots: &[Snapshot],
    visible: usize,
) -> Result<Vec<u8>, SafeTensorError> {
    let frames = snapshots.len();
    let weights = weights(snapshots);
    let units = weights.len() / (size_of::<f32>() * frames * visible);
    let epochs = snapshots.iter().map(|snapshot| snapshot.epoch as f32);
    let epochs: Vec<u8> = epochs.flat_map(f32::to_le_bytes).collect();
    let view = |shape: &[usize], bytes| TensorView::new(Dtype::F32, shape.to_vec(), bytes);
    let tensors = [
        ("weights", view(&[frames, units, visible], &weights)?),
        ("epochs", view(&[frames], &epochs)?),
    ];
    safetensors::serialize(tensors, None)
}

fn weights(snapshots: &[Snapshot]) -> Vec<u8> {
    let values = snapshots.iter().flat_map(|snapshot| &snapshot.synapses);
    values.flat_map(|value| value.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tensor};

    fn frames() -> Frames {
        let synapses = Tensor::zeros([2, 3], &Device::default());
        Frames(WeightSnapshots::new(vec![1], 1, synapses))
    }

    #[test]
    fn frames_come_back_as_of_their_epoch() {
        let frame = |epoch: usize| Snapshot {
            epoch,
            synapses: vec![epoch as f32, -0.5, f32::MIN_POSITIVE],
        };
        let (kept, resumed) = (frames(), frames());
        kept.0.resume(7, [0, 5, 7].map(frame).to_vec());
        resumed.restore(5, &kept.save(5)).unwrap();
        assert_eq!(resumed.0.kept(), [frame(0), frame(5)]);
        assert_eq!(last(&kept.save(7)).unwrap(), frame(7));
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let whole = frames().save(0);
        for name in [FRAMES, EPOCHS] {
            let mut torn = whole.clone();
            torn.insert(name.to_string(), vec![]);
            let error = frames().restore(0, &torn).unwrap_err();
            assert_eq!(error, "`frames` and `frame_epochs` do not fit");
            torn.remove(name);
            let error = frames().restore(0, &torn).unwrap_err();
            assert_eq!(error, "it holds no `frames` and `frame_epochs`");
        }
    }
}
