//! How close the units are to the sphere `sum |W|^p = R^p`.

use burn::tensor::{Tensor, TensorReadError};
use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericEntry, SerializedEntry,
};

use super::{Subject, attributes, entry};

/// The input of [`ConvergedUnitsMetric`] and [`MeanNormMetric`].
#[derive(Clone, Debug)]
pub struct NormsInput {
    layers: Vec<Tensor<1>>,
}

impl NormsInput {
    /// An input from the norm of each unit of a layer, `[hidden]`, 1 for a unit on the sphere.
    pub fn new(norms: Tensor<1>) -> Self {
        Self {
            layers: vec![norms],
        }
    }

    /// The same with the norms of a further layer, at the next place.
    pub fn and(mut self, norms: Tensor<1>) -> Self {
        self.layers.push(norms);
        self
    }

    fn read(&self, subject: &Subject) -> Result<Vec<f64>, TensorReadError> {
        let norms = subject.choose(&self.layers).clone().try_into_data()?;
        Ok(norms.iter::<f64>().collect())
    }
}

/// The share of units whose norm is within a tolerance of 1, in percent.
///
/// The convergence test of Krotov & Hopfield. Units that never win keep their large random start
/// and are counted as not converged.
#[derive(Clone, Debug)]
pub struct ConvergedUnitsMetric {
    subject: Subject,
    tolerance: f64,
    value: f64,
}

impl ConvergedUnitsMetric {
    /// The metric of the first layer with a tolerance of 0.05 around 1.
    pub fn new() -> Self {
        Self {
            subject: Subject::new("Converged Units"),
            tolerance: 0.05,
            value: 0.0,
        }
    }

    /// The metric of the layer at this place in the input, counted from 0, under a name of its own:
    /// "Converged Units (first)". Defaults to the first layer, without a name.
    pub fn of_layer(mut self, layer: usize, name: &str) -> Self {
        self.subject = self.subject.of_layer(layer, name);
        self
    }

    /// Sets the largest |norm - 1| of a converged unit. Defaults to 0.05.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The share of `norms` within the tolerance of 1, in percent; 0 of none.
    pub fn share(&self, norms: impl ExactSizeIterator<Item = f64>) -> f64 {
        let count = norms.len().max(1);
        let converged = norms.filter(|norm| (norm - 1.0).abs() <= self.tolerance);
        100.0 * converged.count() as f64 / count as f64
    }
}

impl Default for ConvergedUnitsMetric {
    fn default() -> Self {
        Self::new()
    }
}

impl Metric for ConvergedUnitsMetric {
    type Input = NormsInput;

    fn name(&self) -> MetricName {
        self.subject.name.clone()
    }

    fn attributes(&self) -> MetricAttributes {
        attributes(Some("%"), true).into()
    }

    fn update(
        &mut self,
        input: &NormsInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.value = self.share(input.read(&self.subject)?.into_iter());
        Ok(entry(self.value, "%"))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(entry(self.value, "%"))
    }

    fn clear(&mut self) {
        self.value = 0.0;
    }
}

impl Numeric for ConvergedUnitsMetric {
    fn value(&self) -> Option<NumericEntry> {
        Some(NumericEntry::Value(self.value))
    }

    fn running_value(&self) -> Option<NumericEntry> {
        self.value()
    }

    fn final_value(&self) -> NumericEntry {
        NumericEntry::Final(self.value)
    }
}

/// The mean of `sum |W|^p / R^p` over the units, which goes to 1.
#[derive(Clone, Debug)]
pub struct MeanNormMetric {
    subject: Subject,
    value: f64,
}

impl MeanNormMetric {
    /// The metric of the first layer.
    pub fn new() -> Self {
        Self {
            subject: Subject::new("Mean Norm"),
            value: 0.0,
        }
    }

    /// The metric of the layer at this place in the input, counted from 0, under a name of its own:
    /// "Mean Norm (first)". Defaults to the first layer, without a name.
    pub fn of_layer(mut self, layer: usize, name: &str) -> Self {
        self.subject = self.subject.of_layer(layer, name);
        self
    }
}

impl Default for MeanNormMetric {
    fn default() -> Self {
        Self::new()
    }
}

impl Metric for MeanNormMetric {
    type Input = NormsInput;

    fn name(&self) -> MetricName {
        self.subject.name.clone()
    }

    fn attributes(&self) -> MetricAttributes {
        attributes(None, false).into()
    }

    fn update(
        &mut self,
        input: &NormsInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        let norms = input.read(&self.subject)?;
        self.value = norms.iter().sum::<f64>() / norms.len().max(1) as f64;
        Ok(entry(self.value, ""))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(entry(self.value, ""))
    }

    fn clear(&mut self) {
        self.value = 0.0;
    }
}

impl Numeric for MeanNormMetric {
    fn value(&self) -> Option<NumericEntry> {
        Some(NumericEntry::Value(self.value))
    }

    fn running_value(&self) -> Option<NumericEntry> {
        self.value()
    }

    fn final_value(&self) -> NumericEntry {
        NumericEntry::Final(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::metric::tests::metadata;
    use burn::tensor::Device;

    #[test]
    fn the_share_and_the_mean_follow_the_norms() {
        let norms = Tensor::from_data([1.0, 0.96, 1.06, 25.0], &Device::default());
        let input = NormsInput::new(norms);
        let mut converged = ConvergedUnitsMetric::new();
        converged.update(&input, &metadata()).unwrap();
        assert_eq!(converged.final_value().current(), 50.0);
        let mut strict = ConvergedUnitsMetric::new().with_tolerance(0.01);
        strict.update(&input, &metadata()).unwrap();
        assert_eq!(strict.final_value().current(), 25.0);
        let mut mean = MeanNormMetric::new();
        mean.update(&input, &metadata()).unwrap();
        assert!((mean.final_value().current() - 7.005).abs() < 1e-5);
    }

    #[test]
    fn each_metric_is_of_its_own_layer() {
        let norms = |values| Tensor::<1>::from_data(values, &Device::default());
        let input = NormsInput::new(norms([1.0, 1.0])).and(norms([1.0, 9.0]));
        let mut second = ConvergedUnitsMetric::new().of_layer(1, "second");
        second.update(&input, &metadata()).unwrap();
        assert_eq!(second.final_value().current(), 50.0);
        assert_eq!(*second.name(), "Converged Units (second)");
        let mut mean = MeanNormMetric::new().of_layer(1, "second");
        mean.update(&input, &metadata()).unwrap();
        assert_eq!(mean.final_value().current(), 5.0);
    }

    #[test]
    #[should_panic(expected = "Mean Norm (third): the step gave 1 layers")]
    fn a_layer_that_is_not_there() {
        let norms = Tensor::<1>::ones([2], &Device::default());
        let mut mean = MeanNormMetric::new().of_layer(2, "third");
        let _ = mean.update(&NormsInput::new(norms), &metadata());
    }
}
