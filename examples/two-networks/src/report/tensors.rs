//! Hidden weights as they lie in safetensors files.

use std::path::Path;

use burn_runs::files::FileError;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// The weights of some hidden units, one row of `visible` values a unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    visible: usize,
    values: Vec<f32>,
}

impl Weights {
    /// The weights of unit `index`.
    pub fn unit(&self, index: usize) -> &[f32] {
        &self.values[index * self.visible..][..self.visible]
    }

    /// All units in order.
    pub fn units(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.visible)
    }
}

/// The shown units as training goes on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshots {
    /// The epoch of each frame.
    pub epochs: Vec<f32>,
    /// The shown units at each of these epochs; never empty.
    pub frames: Vec<Weights>,
}

/// How a file lays out its matrix of hidden weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Layout {
    /// One row a unit: `[hidden, visible]`.
    UnitRows,
    /// One column a unit: `[visible, hidden]`, as Burn's `Linear` keeps it.
    UnitColumns,
}

/// Reads `hidden.weight` out of the safetensors in `bytes`; `file` only names them in an error.
pub(super) fn hidden(
    file: &Path,
    bytes: &[u8],
    layout: Layout,
    visible: usize,
) -> Result<Weights, FileError> {
    let tensors = parse(file, bytes)?;
    let tensor = find(file, &tensors, "hidden.weight")?;
    let &[rows, columns] = tensor.shape() else {
        return Err(wrong_shape(file, "hidden.weight", &tensor, "a matrix"));
    };
    let values = floats(file, "hidden.weight", &tensor)?;
    let (found, values) = match layout {
        Layout::UnitRows => (columns, values),
        Layout::UnitColumns => (rows, transposed(&values, rows, columns)),
    };
    if found != visible || values.is_empty() {
        let wanted = format!("weights of {visible} pixels ({layout:?})");
        return Err(wrong_shape(file, "hidden.weight", &tensor, &wanted));
    }
    Ok(Weights { visible, values })
}

/// The hidden units in the safetensors of a biological network, unit after unit; `file` only names them in an error.
pub(crate) fn units_in(file: &Path, bytes: &[u8], visible: usize) -> Result<Vec<f32>, FileError> {
    hidden(file, bytes, Layout::UnitRows, visible).map(|weights| weights.values)
}

/// Whether the biological network in the safetensors of `bytes` subtracts a mean image; `file` only names them in an error.
pub(crate) fn is_centred(file: &Path, bytes: &[u8]) -> Result<bool, FileError> {
    parse(file, bytes).map(|tensors| tensors.names().contains(&"centre"))
}

/// Reads `weights` and `epochs` out of the safetensors in `bytes`; `file` only names them in an error.
pub(super) fn snapshots(
    file: &Path,
    bytes: &[u8],
    units: usize,
    visible: usize,
) -> Result<Snapshots, FileError> {
    let tensors = parse(file, bytes)?;
    let weights = find(file, &tensors, "weights")?;
    let epochs = find(file, &tensors, "epochs")?;
    match *weights.shape() {
        [frames, u, v] if frames > 0 && (u, v) == (units, visible) => {}
        _ => {
            let wanted = format!("[frames, {units}, {visible}] with at least one frame");
            return Err(wrong_shape(file, "weights", &weights, &wanted));
        }
    }
    let frames: Vec<_> = floats(file, "weights", &weights)?
        .chunks_exact(units * visible)
        .map(|values| Weights {
            visible,
            values: values.to_vec(),
        })
        .collect();
    if epochs.shape() != [frames.len()] {
        let wanted = format!("[{}]", frames.len());
        return Err(wrong_shape(file, "epochs", &epochs, &wanted));
    }
    let epochs = floats(file, "epochs", &epochs)?;
    Ok(Snapshots { epochs, frames })
}

fn parse<'a>(file: &Path, bytes: &'a [u8]) -> Result<SafeTensors<'a>, FileError> {
    SafeTensors::deserialize(bytes).map_err(|error| FileError::malformed(file, error))
}

fn find<'a>(
    file: &Path,
    tensors: &SafeTensors<'a>,
    name: &str,
) -> Result<TensorView<'a>, FileError> {
    tensors
        .tensor(name)
        .map_err(|_| FileError::malformed(file, format!("it holds no tensor `{name}`")))
}

fn wrong_shape(file: &Path, name: &str, tensor: &TensorView, wanted: &str) -> FileError {
    let shape = tensor.shape();
    FileError::malformed(
        file,
        format!("tensor `{name}` has shape {shape:?} instead of {wanted}"),
    )
}

/// The values of a tensor of single floats.
fn floats(file: &Path, name: &str, tensor: &TensorView) -> Result<Vec<f32>, FileError> {
    match tensor.dtype() {
        Dtype::F32 => {
            let (words, _) = tensor.data().as_chunks();
            Ok(words.iter().copied().map(f32::from_le_bytes).collect())
        }
        other => {
            let reason = format!("tensor `{name}` holds {other:?} values instead of F32");
            Err(FileError::malformed(file, reason))
        }
    }
}

fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| (0..rows).map(move |row| values[row * columns + column]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, shape: Vec<usize>, values: &[f32]) -> Vec<u8> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, shape, &bytes).unwrap();
        safetensors::serialize([(name, view)], None).unwrap()
    }

    #[test]
    fn both_layouts_give_the_same_units() {
        let rows = file("hidden.weight", vec![2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let columns = file("hidden.weight", vec![3, 2], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        let path = Path::new("w.safetensors");
        let units = hidden(path, &rows, Layout::UnitRows, 3).unwrap();
        assert_eq!(units.unit(1), [4.0, 5.0, 6.0]);
        assert_eq!(
            units,
            hidden(path, &columns, Layout::UnitColumns, 3).unwrap()
        );
    }

    #[test]
    fn an_error_names_the_file_and_the_tensor() {
        let path = Path::new("w.safetensors");
        let other = file("other", vec![1, 3], &[0.0; 3]);
        let cases = [
            (
                hidden(path, &other, Layout::UnitRows, 3),
                "no tensor `hidden.weight`",
            ),
            (
                hidden(
                    path,
                    &file("hidden.weight", vec![3], &[0.0; 3]),
                    Layout::UnitRows,
                    3,
                ),
                "shape [3]",
            ),
            (
                hidden(
                    path,
                    &file("hidden.weight", vec![1, 3], &[0.0; 3]),
                    Layout::UnitRows,
                    4,
                ),
                "4 pixels",
            ),
        ];
        for (outcome, part) in cases {
            let text = outcome.unwrap_err().to_string();
            assert!(
                text.contains("w.safetensors") && text.contains(part),
                "{text}"
            );
        }
    }

    #[test]
    fn snapshots_hold_frames_and_their_epochs() {
        let weights: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let epochs: Vec<u8> = [0.0_f32, 40.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let tensors = [
            (
                "weights",
                TensorView::new(Dtype::F32, vec![2, 1, 2], &weights).unwrap(),
            ),
            (
                "epochs",
                TensorView::new(Dtype::F32, vec![2], &epochs).unwrap(),
            ),
        ];
        let bytes = safetensors::serialize(tensors, None).unwrap();
        let path = Path::new("s.safetensors");
        let read = snapshots(path, &bytes, 1, 2).unwrap();
        assert_eq!(read.epochs, [0.0, 40.0]);
        assert_eq!(read.frames[1].unit(0), [3.0, 4.0]);
        assert!(snapshots(path, &bytes, 2, 2).is_err());
    }
}
