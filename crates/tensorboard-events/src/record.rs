//! A record of a file: its length, the checksum of that, its bytes, and their checksum.
//!
//! <https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details>

use std::io::{self, Write};

/// Writes one record.
pub(crate) fn write(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = (bytes.len() as u64).to_le_bytes();
    out.write_all(&length)?;
    out.write_all(&masked_sum(&length))?;
    out.write_all(bytes)?;
    out.write_all(&masked_sum(bytes))
}

/// CRC-32C, turned and shifted, so that the sum of bytes which hold sums is none of theirs.
fn masked_sum(bytes: &[u8]) -> [u8; 4] {
    let sum = crc32c::crc32c(bytes).rotate_right(15);
    sum.wrapping_add(0xa282_ead8).to_le_bytes()
}
