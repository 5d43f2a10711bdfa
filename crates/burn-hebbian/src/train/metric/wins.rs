//! Who wins how often.

use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorReadError};
use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericEntry, SerializedEntry,
};

use super::{attributes, entry};

/// The input of [`DeadUnitsMetric`] and [`WinsPerUnitMetric`].
#[derive(Clone, Debug)]
pub struct WinnersInput {
    winners: Tensor<1, Int>,
    hidden: usize,
}

impl WinnersInput {
    /// An input from the winner of each example, `[batch]`, out of `hidden` units.
    pub fn new(winners: Tensor<1, Int>, hidden: usize) -> Self {
        Self { winners, hidden }
    }
}

/// The wins of each unit since the start of the epoch.
#[derive(Clone, Debug, Default)]
struct Wins(Vec<u64>);

impl Wins {
    fn add(&mut self, input: &WinnersInput) -> Result<(), TensorReadError> {
        self.0.resize(input.hidden, 0);
        let winners = input.winners.clone().try_into_data()?;
        for winner in winners.iter::<i64>() {
            self.0[winner as usize] += 1;
        }
        Ok(())
    }

    /// The share of units without a win, in percent; 0 before the first batch.
    fn dead(&self) -> f64 {
        let dead = self.0.iter().filter(|wins| **wins == 0).count();
        100.0 * dead as f64 / self.0.len().max(1) as f64
    }

    fn most(&self) -> u64 {
        self.0.iter().copied().max().unwrap_or(0)
    }

    fn median(&self) -> u64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or(0)
    }
}

/// The share of units that have not won since the start of the epoch, in percent.
#[derive(Clone, Debug, Default)]
pub struct DeadUnitsMetric {
    wins: Wins,
}

impl DeadUnitsMetric {
    /// The metric.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric for DeadUnitsMetric {
    type Input = WinnersInput;

    fn name(&self) -> MetricName {
        Arc::new("Dead Units".to_string())
    }

    fn attributes(&self) -> MetricAttributes {
        attributes(Some("%"), false).into()
    }

    fn update(
        &mut self,
        input: &WinnersInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.wins.add(input)?;
        self.compute()
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(entry(self.wins.dead(), "%"))
    }

    fn clear(&mut self) {
        self.wins = Wins::default();
    }
}

impl Numeric for DeadUnitsMetric {
    fn value(&self) -> Option<NumericEntry> {
        Some(NumericEntry::Value(self.wins.dead()))
    }

    fn running_value(&self) -> Option<NumericEntry> {
        self.value()
    }

    fn final_value(&self) -> NumericEntry {
        NumericEntry::Final(self.wins.dead())
    }
}

/// How the wins since the start of the epoch spread over the units: the median and the most, as
/// text. Register it with
/// [`metric_train`](burn::train::SupervisedTraining::metric_train).
#[derive(Clone, Debug, Default)]
pub struct WinsPerUnitMetric {
    wins: Wins,
}

impl WinsPerUnitMetric {
    /// The metric.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric for WinsPerUnitMetric {
    type Input = WinnersInput;

    fn name(&self) -> MetricName {
        Arc::new("Wins per Unit".to_string())
    }

    fn update(
        &mut self,
        input: &WinnersInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.wins.add(input)?;
        // The summary sorts all units, so it waits for the end of the epoch.
        Ok(SerializedEntry::not_available(None))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        let (median, most) = (self.wins.median(), self.wins.most());
        Ok(SerializedEntry::new(
            format!("median {median}, most {most}"),
            format!("{median},{most}"),
        ))
    }

    fn clear(&mut self) {
        self.wins = Wins::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::metric::tests::metadata;
    use burn::tensor::Device;

    fn input(winners: [i64; 4]) -> WinnersInput {
        WinnersInput::new(Tensor::from_data(winners, &Device::default()), 5)
    }

    #[test]
    fn dead_units_fall_as_units_win() {
        let mut metric = DeadUnitsMetric::new();
        metric.update(&input([0, 0, 1, 0]), &metadata()).unwrap();
        assert_eq!(metric.final_value().current(), 60.0);
        metric.update(&input([4, 0, 3, 3]), &metadata()).unwrap();
        assert_eq!(metric.final_value().current(), 20.0);
        metric.clear();
        metric.update(&input([2, 2, 2, 2]), &metadata()).unwrap();
        assert_eq!(metric.final_value().current(), 80.0);
    }

    #[test]
    fn wins_are_summed_up_at_the_end_of_the_epoch() {
        let mut metric = WinsPerUnitMetric::new();
        metric.update(&input([0, 0, 1, 0]), &metadata()).unwrap();
        metric.update(&input([4, 0, 3, 3]), &metadata()).unwrap();
        assert_eq!(metric.compute().unwrap().formatted, "median 1, most 4");
    }
}
