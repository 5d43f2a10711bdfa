//! What a program prints when a run has ended.

/// How one network of a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkRow {
    /// What it is called.
    pub name: &'static str,
    /// The error on the training images, in percent.
    pub train_error: f64,
    /// The error on the test images, in percent, where they judged it.
    pub test_error: Option<f64>,
    /// The error on images held out of training, in percent, where they judged it.
    pub validation_error: Option<f64>,
    /// The time of training, in seconds.
    pub seconds: f64,
}

impl NetworkRow {
    /// The error on the images that judged it, in percent.
    pub(crate) fn judge_error(&self) -> f64 {
        self.test_error
            .or(self.validation_error)
            .unwrap_or(f64::NAN)
    }

    /// What these images are.
    pub(crate) fn judged(&self) -> &'static str {
        match self.test_error {
            Some(_) => "test",
            None => "validation",
        }
    }
}

/// A table of the networks of a run, all judged on the same images.
pub fn networks(rows: &[NetworkRow]) -> String {
    let judged = rows.first().map_or("test", NetworkRow::judged);
    let head = format!(
        "{:<12} {:>12} {:>18} {:>9}",
        "network",
        "train error",
        format!("{judged} error"),
        "time"
    );
    let lines = rows.iter().map(|row| {
        format!(
            "{:<12} {:>10.2} % {:>16.2} % {:>7.1} s",
            row.name,
            row.train_error,
            row.judge_error(),
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
