//! A message of protocol buffers: fields one after another, each a key and a value.
//!
//! <https://protobuf.dev/programming-guides/encoding>

/// The bytes of a message that grows field by field.
#[derive(Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    /// A whole number. As in proto3, a 0 is left out.
    pub fn int(mut self, field: u8, value: u64) -> Self {
        if value != 0 {
            self.key(field, 0);
            self.varint(value);
        }
        self
    }

    /// A number of 64 bits.
    pub fn double(mut self, field: u8, value: f64) -> Self {
        self.key(field, 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A number of 32 bits.
    pub fn float(mut self, field: u8, value: f32) -> Self {
        self.key(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A text, or bytes.
    pub fn bytes(mut self, field: u8, value: &[u8]) -> Self {
        self.key(field, 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// A message within this one.
    pub fn message(self, field: u8, value: Message) -> Self {
        self.bytes(field, &value.0)
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The number of a field, below 16, and how its value is written.
    fn key(&mut self, field: u8, wire: u8) {
        self.0.push(field << 3 | wire);
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the guide to the encoding.
    #[test]
    fn the_examples_of_the_guide() {
        let number = Message::default().int(1, 150);
        assert_eq!(number.0, [0x08, 0x96, 0x01]);
        let text = Message::default().bytes(2, b"testing");
        assert_eq!(text.0, b"\x12\x07testing");
        let within = Message::default().message(3, number);
        assert_eq!(within.0, [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert!(Message::default().int(1, 0).0.is_empty());
    }
}
