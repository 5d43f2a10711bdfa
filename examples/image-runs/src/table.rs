//! What a program prints when a run has ended.

/// How one network of a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkRow<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The error on the training images, in percent.
    pub train_error: f64,
    /// The error on the test images, in percent, where they judged it.
    pub test_error: Option<f64>,
    /// The error on images held out of training, in percent, where they judged it.
    pub validation_error: Option<f64>,
    /// The time of training, in seconds.
    pub seconds: f64,
}

/// A table of the networks of a run, all judged on the same images.
pub fn networks(rows: &[NetworkRow]) -> String {
    let is_tested = rows.iter().any(|row| row.test_error.is_some());
    let judged = if is_tested { "test" } else { "validation" };
    let head = format!(
        "{:<12} {:>12} {:>18} {:>9}",
        "network",
        "train error",
        format!("{judged} error"),
        "time"
    );
    let lines = rows.iter().map(|row| {
        let judge = row.test_error.or(row.validation_error);
        format!(
            "{:<12} {:>10.2} % {:>16.2} % {:>7.1} s",
            row.name,
            row.train_error,
            judge.unwrap_or(f64::NAN),
            row.seconds
        )
    });
    let lines: Vec<_> = std::iter::once(head).chain(lines).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_the_images_that_judge() {
        let row = NetworkRow {
            name: "biological",
            train_error: 0.5,
            test_error: Some(1.464),
            validation_error: None,
            seconds: 61.25,
        };
        assert_eq!(
            networks(&[row]),
            "network       train error         test error      time\n\
             biological         0.50 %             1.46 %    61.2 s"
        );
        let held_out = NetworkRow {
            test_error: None,
            validation_error: Some(2.0),
            ..row
        };
        assert!(networks(&[held_out]).contains("validation error"));
    }
}
