//! An export as the bytes of a file; the same export gives the same bytes.

use std::collections::HashMap;
use std::io::{self, Cursor, Write};

use npyz::{WriteOptions, WriterBuilder};
use safetensors::tensor::{Dtype, TensorView};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Array, Export};

/// The name of what is not in the arrays.
const ABOUT: &str = "about";

/// A safetensors file.
pub(super) fn safetensors(export: &Export) -> io::Result<Vec<u8>> {
    let bytes: Vec<_> = export.arrays.iter().map(Array::bytes).collect();
    let views = export.arrays.iter().zip(&bytes).map(|(array, bytes)| {
        let view = TensorView::new(Dtype::F32, array.shape.clone(), bytes);
        (
            &array.name,
            view.expect("an array has the values of its shape"),
        )
    });
    let about = HashMap::from([(ABOUT.to_string(), export.about.to_string())]);
    ::safetensors::serialize(views, Some(about)).map_err(io::Error::other)
}

/// NumPy's archive: a zip of arrays, stored as they are.
pub(super) fn npz(export: &Export) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let about = export.about.to_string().into_bytes();
    npy(&mut archive, ABOUT, &[about.len()], &about)?;
    for array in &export.arrays {
        npy(&mut archive, &array.name, &array.shape, &array.values)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// An array of the archive.
fn npy<T: npyz::AutoSerialize>(
    archive: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    shape: &[usize],
    values: &[T],
) -> io::Result<()> {
    // Stored and without a time.
    let options = SimpleFileOptions::DEFAULT;
    archive.start_file(format!("{name}.npy"), options)?;
    let shape: Vec<_> = shape.iter().map(|&side| side as u64).collect();
    let mut bytes = Vec::new();
    let options = WriteOptions::new().default_dtype().shape(&shape);
    let mut writer = options.writer(&mut bytes).begin_nd()?;
    writer.extend(values)?;
    writer.finish()?;
    archive.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use npyz::NpyFile;
    use serde_json::{Value, json};

    fn export() -> Export {
        let array = |name: &str, shape: &[usize], values: &[f32]| Array {
            name: name.into(),
            shape: shape.into(),
            values: values.into(),
        };
        Export {
            about: json!({"power": 4.5}),
            arrays: vec![
                array("b.weight", &[3, 2], &[1.0, -2.0, 3.0, 4.0, 5.0, 1e-40]),
                array("a", &[1], &[7.0]),
            ],
        }
    }

    #[test]
    fn an_archive_holds_each_array_and_the_settings() {
        let bytes = npz(&export()).unwrap();
        assert_eq!(npz(&export()).unwrap(), bytes);
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let file = NpyFile::new(archive.by_name("b.weight.npy").unwrap()).unwrap();
        assert_eq!(file.shape(), [3, 2]);
        assert_eq!(file.into_vec::<f32>().unwrap(), export().arrays[0].values);
        let about = NpyFile::new(archive.by_name("about.npy").unwrap()).unwrap();
        let about: Value = serde_json::from_slice(&about.into_vec::<u8>().unwrap()).unwrap();
        assert_eq!(about, export().about);
    }

    #[test]
    fn safetensors_hold_the_same() {
        let bytes = safetensors(&export()).unwrap();
        assert_eq!(safetensors(&export()).unwrap(), bytes);
        let (_, header) = ::safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let about = &header.metadata().as_ref().unwrap()[ABOUT];
        assert_eq!(
            serde_json::from_str::<Value>(about).unwrap(),
            export().about
        );
        let tensors = ::safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensor = tensors.tensor("b.weight").unwrap();
        assert_eq!(tensor.shape(), [3, 2]);
        assert_eq!(tensor.data(), export().arrays[0].bytes());
    }
}
