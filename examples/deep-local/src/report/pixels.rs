//! Bytes of pixels in a JSON file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that a file holds as Base64: a third of what a list of numbers takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pixels(pub Vec<u8>);

impl Serialize for Pixels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Pixels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD
            .decode(text)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_other_text_is_refused() {
        let pixels = Pixels(vec![0, 128, 255, 7]);
        let text = serde_json::to_string(&pixels).unwrap();
        assert_eq!(text, r#""AID/Bw==""#);
        assert_eq!(serde_json::from_str::<Pixels>(&text).unwrap(), pixels);
        assert!(serde_json::from_str::<Pixels>(r#""?""#).is_err());
    }
}
