//! What a checkpoint belongs to: a program, its settings and its data.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::file::sha256;

/// The program, the settings and the data of a run. Two runs with the same one are the same run.
///
/// ```
/// use burn_runs::checkpoint::Identity;
/// use serde_json::json;
///
/// let identity = |seed, images: &[u8]| {
///     Identity::new("program", "1.0.0", &json!({"seed": seed})).with_sum("the images", &[images])
/// };
/// let kept = identity(0, b"pixels");
/// assert_eq!(identity(0, b"pixels").difference(&kept), None);
/// let difference = identity(1, b"pixels").difference(&kept);
/// assert_eq!(difference.as_deref(), Some("seed is 1 and was 0"));
/// let difference = identity(0, b"others").difference(&kept);
/// assert_eq!(difference.as_deref(), Some("the images are not the same"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    program: String,
    /// Another version of a program may take other steps.
    version: String,
    settings: Map<String, Value>,
    /// The name of the setting that says where the run is computed. It may change when a run is gone on with.
    #[serde(skip)]
    place: Option<String>,
    /// What the data are called, in the plural, and their SHA-256.
    sums: Vec<(String, String)>,
}

impl Identity {
    /// The identity of a run of `program`, of the `version` of it, with all `settings`.
    ///
    /// # Panics
    ///
    /// Panics if `settings` are not a JSON object.
    pub fn new(program: &str, version: &str, settings: &impl Serialize) -> Self {
        // As they come out of a file. A float may differ in its last bit from what was written, which
        // must not count as a difference: both sides of a comparison take this way.
        let settings = serde_json::to_vec(settings).expect("settings are plain values");
        Self {
            program: program.to_string(),
            version: version.to_string(),
            settings: serde_json::from_slice(&settings).expect("settings are an object"),
            place: None,
            sums: Vec::new(),
        }
    }

    /// Makes the setting `name` the place where the run is computed: with another one it is the same run.
    pub fn computed_on(mut self, name: &str) -> Self {
        self.place = Some(name.to_string());
        self
    }

    /// Adds what a run learns from: `name` in the plural, such as "the training images", and its
    /// bytes in `parts`, of which the SHA-256 is kept.
    pub fn with_sum(mut self, name: &str, parts: &[&[u8]]) -> Self {
        self.sums.push((name.to_string(), sha256(parts)));
        self
    }

    /// All settings of the run, by name.
    pub fn settings(&self) -> &Map<String, Value> {
        &self.settings
    }

    /// What is different in `checkpoint`, in words; the first difference if there are several.
    pub fn difference(&self, checkpoint: &Self) -> Option<String> {
        if self.program != checkpoint.program {
            return Some(format!("it is of the program {}", checkpoint.program));
        }
        let text = |value: Option<&Value>| value.map_or("none".into(), Value::to_string);
        let is_place = |name: &String| self.place.as_ref() == Some(name);
        let settings = self.settings.iter().find_map(|(name, value)| {
            let found = checkpoint.settings.get(name);
            (found != Some(value) && !is_place(name))
                .then(|| format!("{name} is {value} and was {}", text(found)))
        });
        let data = || {
            let mut sums = self.sums.iter();
            let other = sums.find(|sum| !checkpoint.sums.contains(sum));
            other.map(|(name, _)| format!("{name} are not the same"))
        };
        let version = || {
            let (now, then) = (&self.version, &checkpoint.version);
            (now != then).then(|| format!("this program is version {now} and was {then}"))
        };
        let rest = || {
            let mut names = checkpoint.settings.keys();
            let other = names.any(|name| !self.settings.contains_key(name));
            let other = other || self.sums.len() != checkpoint.sums.len();
            other.then(|| "the settings are not the same".to_string())
        };
        settings.or_else(data).or_else(version).or_else(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(settings: Value, train: &[u8], test: &[u8]) -> Identity {
        Identity::new("program", "0.2.0", &settings)
            .with_sum("the training images", &[train, b"labels"])
            .with_sum("the test images", &[test, b"labels"])
    }

    #[test]
    fn the_first_difference_is_named() {
        let settings = json!({"delta": 0.1 + 0.2, "k": 7});
        let first = identity(settings.clone(), b"a", b"b");
        let difference = |other: Identity| other.difference(&first).unwrap();
        assert_eq!(first.difference(&first.clone()), None);

        let other = json!({"delta": 0.7, "k": 5});
        let text = difference(identity(other, b"c", b"b"));
        assert_eq!(text, "delta is 0.7 and was 0.30000000000000004");
        let more = json!({"delta": 0.1 + 0.2, "k": 7, "p": 2});
        let text = difference(identity(more, b"a", b"b"));
        assert_eq!(text, "p is 2 and was none");
        let text = difference(identity(json!({"k": 7}), b"a", b"b"));
        assert_eq!(text, "the settings are not the same");

        let elsewhere = json!({"delta": 0.1 + 0.2, "k": 8});
        let moved = identity(elsewhere, b"a", b"b").computed_on("k");
        assert_eq!(moved.difference(&first), None);

        let text = difference(identity(settings.clone(), b"a", b"c"));
        assert_eq!(text, "the test images are not the same");
        let text = difference(identity(settings, b"c", b"c"));
        assert_eq!(text, "the training images are not the same");

        let mut other = first.clone();
        other.version = "0.3.0".into();
        let text = "this program is version 0.3.0 and was 0.2.0";
        assert_eq!(difference(other.clone()), text);
        other.program = "another".into();
        let text = first.difference(&other).unwrap();
        assert_eq!(text, "it is of the program another");
    }
}
