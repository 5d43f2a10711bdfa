//! What a network says of an image, as a line.

use std::fmt;
use std::path::Path;

use burn::tensor::Tensor;
use serde::Serialize;

use super::Network;

/// How many classes are named after the first.
const NEXT: usize = 3;

/// What a network says of an image; a JSON object of these fields.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Answer<'a> {
    file: String,
    network: &'static str,
    #[serde(flatten)]
    first: Ranked<'a>,
    next: Vec<Ranked<'a>>,
    /// The hidden units that speak loudest, the loudest first, counted from 0.
    units: Vec<usize>,
}

/// A class, how sure the network is of it, in percent.
#[derive(Debug, PartialEq, Serialize)]
struct Ranked<'a> {
    class: usize,
    name: &'a str,
    confidence: f64,
}

impl<'a> Answer<'a> {
    /// Asks `network` for the class of an `image`, `[1, visible]`, in the file of this name, and for its `units`
    /// loudest hidden units.
    pub fn new(
        file: &Path,
        network: &Network,
        classes: &'a [String],
        image: Tensor<2>,
        units: usize,
    ) -> Self {
        let (outputs, activities) = (network.forward)(image);
        let outputs: Vec<f32> = outputs.into_data().iter().collect();
        let activities: Vec<f32> = activities.into_data().iter().collect();
        let confidences = network.confidence.of(&outputs);
        // By the outputs, for a tanh may be 1 for several of them.
        let order = descending(&outputs).into_iter();
        let mut ranked = order.map(|class| Ranked {
            class,
            name: &classes[class],
            confidence: (1e6 * 100.0 * confidences[class]).round() / 1e6,
        });
        let loudest = descending(&activities).into_iter();
        let speaking = loudest.filter(|&unit| activities[unit] > 0.0);
        Self {
            file: file.display().to_string(),
            network: network.name,
            first: ranked.next().expect("a network has at least one class"),
            next: ranked.take(NEXT).collect(),
            units: speaking.take(units).collect(),
        }
    }
}

/// The indices of the values, the largest first; of equal ones the first.
fn descending(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<_> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order
}

impl fmt::Display for Ranked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.1} %", self.name, self.confidence)
    }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, network, .. } = self;
        write!(f, "{file}  {network:<10}  {}", self.first)?;
        let next: Vec<_> = self.next.iter().map(Ranked::to_string).collect();
        if !next.is_empty() {
            write!(f, "  then {}", next.join(", "))?;
        }
        let units: Vec<_> = self.units.iter().map(usize::to_string).collect();
        if !units.is_empty() {
            write!(f, "  units {}", units.join(" "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::Confidence;
    use burn::tensor::Device;

    /// A network whose outputs are the image, and whose units are its first three pixels.
    fn answer(image: [f32; 5], classes: &[String], units: usize) -> Answer<'_> {
        let network = Network {
            name: "mirror",
            confidence: Confidence::Softmax,
            forward: Box::new(|image| (image.clone(), image.narrow(1, 0, 3))),
        };
        let image = Tensor::from_data([image], &Device::default());
        Answer::new(Path::new("a.png"), &network, classes, image, units)
    }

    #[test]
    fn classes_and_units_come_in_their_order() {
        let classes = ["a", "b", "c", "d", "e"].map(String::from);
        let ln = |value: f32| value.ln();
        let image = [ln(2.0), ln(1.0), ln(4.0), ln(2.0), ln(1.0)];
        let found = answer(image, &classes, 2);
        assert_eq!(
            found.to_string(),
            "a.png  mirror      c 40.0 %  then a 20.0 %, d 20.0 %, b 10.0 %  units 2 0"
        );
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(json["class"], 2);
        assert_eq!(json["name"], "c");
        assert!((json["confidence"].as_f64().unwrap() - 40.0).abs() < 1e-4);
        assert_eq!(json["next"].as_array().unwrap().len(), 3);
        assert_eq!(json["units"], serde_json::json!([2, 0]));
    }

    #[test]
    fn units_that_are_silent_are_not_named() {
        let classes = ["a", "b", "c", "d", "e"].map(String::from);
        let found = answer([0.0, -1.0, 0.5, 0.0, 0.0], &classes, 5);
        assert_eq!(found.units, [2]);
    }
}
