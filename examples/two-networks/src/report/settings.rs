//! The settings of a run, as one flat table.

use serde_json::Value;

/// Names and values of all settings; the name of a nested one is its path, with dots.
pub(super) fn flatten(settings: &Value) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    collect("", settings, &mut rows);
    rows
}

fn collect(path: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(&path, field, rows);
            }
        }
        Value::Null => rows.push((path.into(), "none".into())),
        Value::String(text) => rows.push((path.into(), text.clone())),
        other => rows.push((path.into(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_names_are_joined_by_dots() {
        let settings =
            serde_json::json!({"a": {"b": {"c": 1.5}, "d": "x"}, "e": [[1, 2]], "f": null});
        let rows = flatten(&settings);
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            rows,
            [
                ("a.b.c", "1.5"),
                ("a.d", "x"),
                ("e", "[[1,2]]"),
                ("f", "none")
            ]
        );
    }
}
