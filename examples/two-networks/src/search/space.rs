//! Which trials a search makes: a JSON file of fixed settings and a grid.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::rust::maps_duplicate_key_is_error;

use super::SearchError;
use image_runs::settings::from_json;

/// The file that describes a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// What the search is for, in words; the title of its figure.
    pub about: String,
    /// What all trials share: settings as in a `--config` file, and what only trials have.
    #[serde(deserialize_with = "maps_duplicate_key_is_error::deserialize")]
    pub fixed: Point,
    /// The values of each key that varies; a trial is made for each combination. A value may be an object: several
    /// settings that vary together, and the `name` under which they do.
    #[serde(deserialize_with = "maps_duplicate_key_is_error::deserialize")]
    pub grid: BTreeMap<String, Vec<Value>>,
    /// Random search: this many combinations, drawn without replacement. Without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// The key along the figure; without it, no figure is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<String>,
    /// The key of which each place of a line in the figure has the best value: that of the lowest mean validation error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
}

/// How a random search draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The number of trials.
    pub trials: usize,
    /// The seed of the draw.
    pub seed: u64,
}

/// Settings by their names, such as one combination of the grid's values.
pub type Point = BTreeMap<String, Value>;

/// The name of settings that vary together.
const NAME: &str = "name";

/// The settings of a point: those that vary together stand for themselves.
pub(super) fn settings(point: &Point) -> Point {
    let mut settings = Point::new();
    for (key, value) in point {
        match value {
            Value::Object(together) => {
                let named = together.iter().filter(|(key, _)| *key != NAME);
                settings.extend(named.map(|(key, value)| (key.clone(), value.clone())));
            }
            value => {
                settings.insert(key.clone(), value.clone());
            }
        }
    }
    settings
}

/// A value of the grid as one cell.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(together) => together[NAME].as_str().unwrap_or_default().to_string(),
        other => other.to_string(),
    }
}

impl Space {
    /// Reads a space.
    ///
    /// # Errors
    ///
    /// A [`SearchError`] for a file that cannot be read, is malformed or leaves nothing to try.
    pub fn read(path: &Path) -> Result<Self, SearchError> {
        let malformed = |reason: String| SearchError::Space {
            path: path.to_path_buf(),
            reason,
        };
        let text = std::fs::read(path).map_err(|error| malformed(error.to_string()))?;
        let space: Self = from_json(&text).map_err(|error| malformed(error.to_string()))?;
        match space.flaw() {
            Some(flaw) => Err(malformed(flaw)),
            None => Ok(space),
        }
    }

    /// What makes the space unusable.
    fn flaw(&self) -> Option<String> {
        let mut set_by: BTreeMap<&str, &str> = BTreeMap::new();
        for (key, values) in &self.grid {
            if values.is_empty() {
                return Some(format!("the grid has no value for {key}"));
            }
            let mut names = BTreeSet::new();
            let mut sets = BTreeSet::new();
            for value in values {
                let Value::Object(together) = value else {
                    sets.insert(key.as_str());
                    continue;
                };
                match together.get(NAME).and_then(Value::as_str) {
                    None => return Some(format!("a value of {key} is an object without a name")),
                    Some(name) if !names.insert(name) => {
                        return Some(format!("two values of {key} have the name {name}"));
                    }
                    Some(_) => sets.extend(together.keys().map(String::as_str)),
                }
            }
            sets.remove(NAME);
            for setting in sets {
                if self.fixed.contains_key(setting) {
                    return Some(format!("{setting} is both fixed and in the grid"));
                }
                if let Some(other) = set_by.insert(setting, key) {
                    return Some(format!("{setting} is set by {other} and by {key}"));
                }
            }
        }
        let keys = [("axis", &self.axis), ("best", &self.best)];
        keys.into_iter().find_map(|(what, key)| {
            let key = key.as_ref().filter(|key| !self.grid.contains_key(*key))?;
            Some(format!("{what} is {key}, which is not in the grid"))
        })
    }

    /// The trials in the order of the grid, the last key varying fastest.
    pub fn points(&self) -> Vec<Point> {
        let count = self.grid.values().map(Vec::len).product();
        let chosen = match self.sample {
            Some(draw) if draw.trials < count => {
                let mut rng = ChaCha8Rng::seed_from_u64(draw.seed);
                let mut chosen = sample(&mut rng, count, draw.trials).into_vec();
                chosen.sort_unstable();
                chosen
            }
            _ => (0..count).collect(),
        };
        chosen.into_iter().map(|index| self.point(index)).collect()
    }

    fn point(&self, mut index: usize) -> Point {
        let mut point = Point::new();
        for (key, values) in self.grid.iter().rev() {
            point.insert(key.clone(), values[index % values.len()].clone());
            index /= values.len();
        }
        point
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn space(json: Value) -> Result<Space, SearchError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), json.to_string()).unwrap();
        Space::read(file.path())
    }

    #[test]
    fn a_grid_gives_every_combination_once() {
        let json = json!({"about": "", "fixed": {}, "grid": {"k": [2, 3], "p": [2.0, 2.5, 3.0]}});
        let mut points: Vec<_> = space(json)
            .unwrap()
            .points()
            .iter()
            .map(|point| format!("{} {}", point["k"], point["p"]))
            .collect();
        assert_eq!(points[..2], ["2 2.0", "2 2.5"]);
        points.sort();
        points.dedup();
        assert_eq!(points.len(), 6);
    }

    #[test]
    fn settings_that_vary_together_have_a_name() {
        let together = json!({"name": "weak", "k": 2, "delta": 0.1});
        let json = json!({"about": "", "fixed": {}, "grid": {"push": [together], "p": [3]}});
        let points = space(json).unwrap().points();
        assert_eq!(plain(&points[0]["push"]), "weak");
        let expected = json!({"k": 2, "delta": 0.1, "p": 3});
        assert_eq!(json!(settings(&points[0])), expected);
    }

    #[test]
    fn a_sample_is_a_part_of_the_grid_and_follows_its_seed() {
        let drawn = |seed| {
            space(
                json!({"about": "", "fixed": {}, "grid": {"k": [2, 3, 4, 5], "p": [2, 3, 4, 5]},
                "sample": {"trials": 5, "seed": seed}}),
            )
            .unwrap()
            .points()
        };
        assert_eq!(drawn(0).len(), 5);
        assert_eq!(drawn(0), drawn(0));
        assert_ne!(drawn(0), drawn(1));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_and_a_mark_before_the_text_is_not() {
        let read = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            Space::read(file.path()).map_err(|error| error.to_string())
        };
        for text in [
            r#"{"about": "", "fixed": {"k": 2, "k": 3}, "grid": {}}"#,
            r#"{"about": "", "fixed": {}, "grid": {"k": [2], "\u006b": [3]}}"#,
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains("duplicate key"), "{error}");
        }
        let marked = "\u{feff}{\"about\": \"\", \"fixed\": {}, \"grid\": {\"k\": [2]}}";
        assert_eq!(read(marked).unwrap().points().len(), 1);
    }

    #[test]
    fn what_makes_no_search_is_named() {
        for (json, message) in [
            (
                json!({"about": "", "fixed": {}, "grid": {"k": []}}),
                "the grid has no value for k",
            ),
            (
                json!({"about": "", "fixed": {"k": 2}, "grid": {"k": [2]}}),
                "k is both fixed and in the grid",
            ),
            (
                json!({"about": "", "fixed": {}, "grid": {"k": [2]}, "axis": "p"}),
                "axis is p, which is not in the grid",
            ),
            (
                json!({"about": "", "fixed": {}, "grid": {"k": [{"k": 2}]}}),
                "a value of k is an object without a name",
            ),
            (
                json!({"about": "", "fixed": {}, "grid": {"k": [{"name": "a"}, {"name": "a", "k": 3}]}}),
                "two values of k have the name a",
            ),
            (
                json!({"about": "", "fixed": {"p": 3}, "grid": {"rule": [{"name": "a", "p": 2}]}}),
                "p is both fixed and in the grid",
            ),
            (
                json!({"about": "", "fixed": {}, "grid": {"k": [2], "rule": [{"name": "a", "k": 3}]}}),
                "k is set by k and by rule",
            ),
            (json!({"about": "", "grid": {}}), "missing field `fixed`"),
        ] {
            let error = space(json).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
