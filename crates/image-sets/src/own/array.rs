//! One array of a NumPy archive.

use std::io::{Read, Seek};

use npyz::{DType, NpyFile, Order, TypeChar};
use zip::ZipArchive;

/// An array of an archive.
pub(super) struct Array {
    pub shape: Vec<usize>,
    values: Values,
}

enum Values {
    Bytes(Vec<u8>),
    Whole(Vec<i64>),
    Real(Vec<f32>),
}

impl Array {
    /// The array of this name; else what is wrong with it.
    pub fn read(archive: &mut ZipArchive<impl Read + Seek>, name: &str) -> Result<Self, String> {
        let corrupt = |cause: &dyn std::fmt::Display| {
            format!("{name} is cut short, corrupt or of a kind that is not read ({cause})")
        };
        let mut member = archive.by_name(name).map_err(|cause| corrupt(&cause))?;
        let mut bytes = Vec::new();
        member
            .read_to_end(&mut bytes)
            .map_err(|cause| corrupt(&cause))?;
        check_header(&bytes).map_err(|flaw| corrupt(&flaw))?;
        let array = NpyFile::new(&bytes[..]).map_err(|cause| corrupt(&cause))?;
        let shape: Option<Vec<usize>> = array
            .shape()
            .iter()
            .map(|&size| size.try_into().ok())
            .collect();
        let product = |shape: &Vec<usize>| {
            let mut sizes = shape.iter();
            sizes.try_fold(1_usize, |product, &size| product.checked_mul(size))
        };
        // A damaged header could ask for more memory than there is.
        let shape = shape
            .filter(|shape| product(shape).is_some_and(|count| count <= bytes.len()))
            .ok_or_else(|| format!("{name} is shorter than its shape {:?}", array.shape()))?;
        if array.order() == Order::Fortran && shape.iter().filter(|&&size| size > 1).count() > 1 {
            return Err(format!(
                "{name} lies column by column; save numpy.ascontiguousarray of it"
            ));
        }
        let DType::Plain(kind) = array.dtype() else {
            return Err(format!(
                "{name} is an array of records, where plain numbers are read"
            ));
        };
        macro_rules! read {
            ($type:ty => $values:ident) => {{
                let values = array.data::<$type>().map_err(|cause| corrupt(&cause))?;
                let values: Result<Vec<_>, _> =
                    values.map(|value| value.map(|value| value as _)).collect();
                Values::$values(values.map_err(|cause| corrupt(&cause))?)
            }};
        }
        let values = match (kind.type_char(), kind.size_field()) {
            (TypeChar::Uint, 1) => {
                Values::Bytes(array.into_vec().map_err(|cause| corrupt(&cause))?)
            }
            (TypeChar::Bool, _) => {
                let values: Vec<bool> = array.into_vec().map_err(|cause| corrupt(&cause))?;
                Values::Whole(values.into_iter().map(i64::from).collect())
            }
            (TypeChar::Int, 1) => read!(i8 => Whole),
            (TypeChar::Int, 2) => read!(i16 => Whole),
            (TypeChar::Uint, 2) => read!(u16 => Whole),
            (TypeChar::Int, 4) => read!(i32 => Whole),
            (TypeChar::Uint, 4) => read!(u32 => Whole),
            (TypeChar::Int, 8) => read!(i64 => Whole),
            (TypeChar::Uint, 8) => read!(u64 => Whole),
            (TypeChar::Float, 4) => read!(f32 => Real),
            (TypeChar::Float, 8) => read!(f64 => Real),
            _ => {
                return Err(format!(
                    "{name} holds values of the type {kind}, where numbers are read"
                ));
            }
        };
        Ok(Self { shape, values })
    }

    /// The values as pixels from 0 to 255; real numbers up to 1 are shares of white. Else what is wrong.
    pub fn pixels(self, name: &str) -> Result<Vec<u8>, String> {
        let refused = |value: &dyn std::fmt::Display| {
            format!("{name} holds {value}, where pixels are from 0 to 1 or from 0 to 255")
        };
        match self.values {
            Values::Bytes(pixels) => Ok(pixels),
            Values::Whole(values) => {
                let pixels = values.into_iter();
                let pixels = pixels.map(|value| value.try_into().map_err(|_| refused(&value)));
                pixels.collect()
            }
            Values::Real(values) => {
                let mut all = values.iter();
                if let Some(value) = all.find(|value| !(0.0..=255.0).contains(*value)) {
                    return Err(refused(value));
                }
                let largest = values.iter().copied().fold(0.0, f32::max);
                let scale = if largest <= 1.0 { 255.0 } else { 1.0 };
                let pixels = values.iter().map(|value| (value * scale).round() as u8);
                Ok(pixels.collect())
            }
        }
    }

    /// The values as labels; else what is wrong.
    pub fn labels(self, name: &str) -> Result<Vec<i64>, String> {
        match self.values {
            Values::Bytes(labels) => Ok(labels.into_iter().map(i64::from).collect()),
            Values::Whole(labels) => Ok(labels),
            Values::Real(labels) => {
                let mut all = labels.iter();
                match all.find(|label| label.fract() != 0.0) {
                    Some(label) => Err(format!(
                        "{name} holds {label}, where labels are whole numbers"
                    )),
                    None => Ok(labels.iter().map(|&label| label as i64).collect()),
                }
            }
        }
    }
}

/// The longest header that is read, as NumPy has it.
const MAX_HEADER: usize = 10_000;

/// Checks the header of an array before it is read: the reader takes memory for the length that it promises, and time
/// that grows with each bracket within brackets. Else says what is wrong.
fn check_header(bytes: &[u8]) -> Result<(), &'static str> {
    let (start, length) = match *bytes {
        [_, _, _, _, _, _, 1, _, a, b, ..] => (10, u16::from_le_bytes([a, b]).into()),
        [_, _, _, _, _, _, _, _, a, b, c, d, ..] => (12, u32::from_le_bytes([a, b, c, d])),
        _ => return Err("it is shorter than its header"),
    };
    let length = length as usize;
    if length > MAX_HEADER {
        return Err("its header is too long");
    }
    let header = bytes.get(start..start + length);
    let header = header.ok_or("it is shorter than its header")?;
    let count = |bracket| header.iter().filter(|&&byte| byte == bracket).count();
    if count(b'{') > 1 || count(b'(') > 1 || count(b'[') > 0 {
        return Err("its header is not that of plain numbers");
    }
    Ok(())
}
