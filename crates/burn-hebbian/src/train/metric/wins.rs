//! Who wins how often.

use burn::tensor::{Int, Tensor, TensorReadError};
use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericEntry, SerializedEntry,
};

use super::{Subject, attributes, entry};

/// The input of [`DeadUnitsMetric`] and [`WinsPerUnitMetric`].
#[derive(Clone, Debug)]
pub struct WinnersInput {
    layers: Vec<(Tensor<1, Int>, usize)>,
}

impl WinnersInput {
    /// An input from the winner of each example, `[batch]`, out of the `hidden` units of a layer.
    pub fn new(winners: Tensor<1, Int>, hidden: usize) -> Self {
        Self {
            layers: vec![(winners, hidden)],
        }
    }

    /// The same with the winners of a further layer, at the next place.
    pub fn and(mut self, winners: Tensor<1, Int>, hidden: usize) -> Self {
        self.layers.push((winners, hidden));
        self
    }
}

/// The wins of each unit since the start of the epoch.
#[derive(Clone, Debug, Default)]
struct Wins(Vec<u64>);

impl Wins {
    fn add(&mut self, input: &WinnersInput, subject: &Subject) -> Result<(), TensorReadError> {
        let (winners, hidden) = subject.choose(&input.layers);
        self.0.resize(*hidden, 0);
        let winners = winners.clone().try_into_data()?;
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

/// The share of units that do not win within an epoch, in percent.
///
/// It is known at the end of an epoch; until then it is that of the epoch before, for all units begin an epoch without
/// a win.
#[derive(Clone, Debug)]
pub struct DeadUnitsMetric {
    subject: Subject,
    wins: Wins,
    /// The share in the epoch before.
    before: Option<f64>,
}

impl DeadUnitsMetric {
    /// The metric of the first layer.
    pub fn new() -> Self {
        Self {
            subject: Subject::new("Dead Units"),
            wins: Wins::default(),
            before: None,
        }
    }

    /// The metric of the layer at this place in the input, counted from 0, under a name of its own:
    /// "Dead Units (first)". Defaults to the first layer, without a name.
    pub fn of_layer(mut self, layer: usize, name: &str) -> Self {
        self.subject = self.subject.of_layer(layer, name);
        self
    }
}

impl Default for DeadUnitsMetric {
    fn default() -> Self {
        Self::new()
    }
}

impl Metric for DeadUnitsMetric {
    type Input = WinnersInput;

    fn name(&self) -> MetricName {
        self.subject.name.clone()
    }

    fn attributes(&self) -> MetricAttributes {
        attributes(Some("%"), false).into()
    }

    fn update(
        &mut self,
        input: &WinnersInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.wins.add(input, &self.subject)?;
        Ok(match self.before {
            Some(before) => entry(before, "%"),
            None => after_the_first_epoch(),
        })
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(entry(self.wins.dead(), "%"))
    }

    fn clear(&mut self) {
        let wins = std::mem::take(&mut self.wins);
        if !wins.0.is_empty() {
            self.before = Some(wins.dead());
        }
    }
}

impl Numeric for DeadUnitsMetric {
    fn value(&self) -> Option<NumericEntry> {
        self.before.map(NumericEntry::Value)
    }

    fn running_value(&self) -> Option<NumericEntry> {
        self.value()
    }

    fn final_value(&self) -> NumericEntry {
        NumericEntry::Final(self.wins.dead())
    }
}

/// What a metric shows that is known at the end of an epoch only.
fn after_the_first_epoch() -> SerializedEntry {
    SerializedEntry::new("after the first epoch".into(), String::new())
}

/// How the wins of an epoch spread over the units: the median and the most, as text. Until the end of an epoch it is
/// that of the epoch before. Register it with
/// [`metric_train`](burn::train::SupervisedTraining::metric_train).
#[derive(Clone, Debug)]
pub struct WinsPerUnitMetric {
    subject: Subject,
    wins: Wins,
    /// The text of the epoch before.
    before: Option<SerializedEntry>,
}

impl WinsPerUnitMetric {
    /// The metric of the first layer.
    pub fn new() -> Self {
        Self {
            subject: Subject::new("Wins per Unit"),
            wins: Wins::default(),
            before: None,
        }
    }

    /// The metric of the layer at this place in the input, counted from 0, under a name of its own:
    /// "Wins per Unit (first)". Defaults to the first layer, without a name.
    pub fn of_layer(mut self, layer: usize, name: &str) -> Self {
        self.subject = self.subject.of_layer(layer, name);
        self
    }
}

impl Default for WinsPerUnitMetric {
    fn default() -> Self {
        Self::new()
    }
}

impl Metric for WinsPerUnitMetric {
    type Input = WinnersInput;

    fn name(&self) -> MetricName {
        self.subject.name.clone()
    }

    fn update(
        &mut self,
        input: &WinnersInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        self.wins.add(input, &self.subject)?;
        // The summary sorts all units, so it waits for the end of the epoch.
        let before = self.before.clone();
        Ok(before.unwrap_or_else(after_the_first_epoch))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        let (median, most) = (self.wins.median(), self.wins.most());
        Ok(SerializedEntry::new(
            format!("median {median}, most {most}"),
            format!("{median},{most}"),
        ))
    }

    fn clear(&mut self) {
        if !self.wins.0.is_empty() {
            self.before = self.compute().ok();
        }
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
    fn until_the_end_of_an_epoch_that_before_is_shown() {
        let mut dead = DeadUnitsMetric::new();
        let mut wins = WinsPerUnitMetric::new();
        let shown = |dead: &mut DeadUnitsMetric, wins: &mut WinsPerUnitMetric, winners| {
            let dead_shown = dead.update(&input(winners), &metadata()).unwrap();
            let wins_shown = wins.update(&input(winners), &metadata()).unwrap();
            let value = dead.value().map(|value| value.current());
            (dead_shown.formatted, value, wins_shown.formatted)
        };
        let none = "after the first epoch".to_string();
        assert_eq!(
            shown(&mut dead, &mut wins, [0, 0, 1, 0]),
            (none.clone(), None, none)
        );
        // An epoch ends; some loops clear twice.
        for _ in 0..2 {
            dead.clear();
            wins.clear();
        }
        let (dead_shown, value, wins_shown) = shown(&mut dead, &mut wins, [4, 0, 3, 3]);
        assert_eq!(
            (value, wins_shown.as_str()),
            (Some(60.0), "median 0, most 3")
        );
        assert!(dead_shown.contains("60"), "{dead_shown}");
    }

    #[test]
    fn wins_are_summed_up_at_the_end_of_the_epoch() {
        let mut metric = WinsPerUnitMetric::new();
        metric.update(&input([0, 0, 1, 0]), &metadata()).unwrap();
        metric.update(&input([4, 0, 3, 3]), &metadata()).unwrap();
        assert_eq!(metric.compute().unwrap().formatted, "median 1, most 4");
    }

    #[test]
    fn each_metric_is_of_its_own_layer() {
        let second = Tensor::from_data([1, 1], &Device::default());
        let input = input([0, 1, 2, 3]).and(second, 2);
        let mut metric = DeadUnitsMetric::new().of_layer(1, "second");
        metric.update(&input, &metadata()).unwrap();
        assert_eq!(metric.final_value().current(), 50.0);
        assert_eq!(*metric.name(), "Dead Units (second)");
        let mut wins = WinsPerUnitMetric::new().of_layer(1, "second");
        wins.update(&input, &metadata()).unwrap();
        assert_eq!(wins.compute().unwrap().formatted, "median 2, most 2");
    }
}
