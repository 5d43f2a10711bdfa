//! `z = S drop(h) + b`: a readout of constant features, trained with dropout and Adam in place.

use burn::config::Config;
use burn::module::{Flag, Module, Param, ParamId};
use burn::nn::{Initializer, Linear};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Distribution, Int, Tensor, assert_shape};

use super::plastic::{in_context_of, replace};
use super::power_loss::assert_labels;
use crate::SettingError;
use crate::error::require;
use crate::kernel::{self, ReadoutStep};
use crate::rule::is_winner;
use crate::step::{assert_rate, is_not_finite};

/// Settings of a [`DropoutReadout`].
#[derive(Config, Debug, PartialEq)]
pub struct DropoutReadoutConfig {
    /// The number of features of an example.
    pub features: usize,
    /// The number of classes.
    pub classes: usize,
    /// The share of the features that a step drops, from 0 to below 1. Defaults to 0.5.
    #[config(default = 0.5)]
    pub dropout: f64,
    /// The seed of what is dropped. Defaults to 0.
    #[config(default = 0)]
    pub seed: u64,
}

impl DropoutReadoutConfig {
    /// Checks the settings and makes the readout, which starts from U(+-1/sqrt(features)).
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting out of range.
    pub fn init(&self, device: &Device) -> Result<DropoutReadout, SettingError> {
        require(self.features > 0, "features", self.features, "at least 1")?;
        require(self.classes > 0, "classes", self.classes, "at least 1")?;
        require(
            (0.0..1.0).contains(&self.dropout),
            "dropout",
            self.dropout,
            "from 0 to below 1",
        )?;
        let bound = 1.0 / (self.features as f64).sqrt();
        let shape = [self.classes, self.features + 1];
        let start = Initializer::Uniform {
            min: -bound,
            max: bound,
        };
        let moment = || {
            let zeros: Param<Tensor<2>> = Initializer::Zeros.init(shape, device);
            zeros.set_require_grad(false)
        };
        let weight: Param<Tensor<2>> = start.init(shape, device);
        Ok(DropoutReadout {
            weight: weight.set_require_grad(false),
            means: moment(),
            squares: moment(),
            steps: Param::initialized(ParamId::new(), Tensor::zeros([1], device)),
            learning: Param::from_bool(true),
            dropout: self.dropout,
            seed: self.seed,
        })
    }
}

/// A linear classifier with a bias behind dropout, which learns in place by Adam (Kingma & Ba,
/// [arXiv:1412.6980](https://arxiv.org/abs/1412.6980), with its defaults) on the cross-entropy.
///
/// The features of layers that have finished learning are constant. Compute them once, as bfloat16
/// if there are many: on the flex backend a step is bound by reading them. It holds Adam's moments
/// beside the weights, so that its record is all that is needed to go on. Made by
/// [`DropoutReadoutConfig`].
#[derive(Module, Debug)]
pub struct DropoutReadout {
    /// The weights S, `[classes, features + 1]`, the last of each row the bias.
    pub weight: Param<Tensor<2>>,
    /// The mean slope of each weight.
    pub means: Param<Tensor<2>>,
    /// The mean squared slope of each weight.
    pub squares: Param<Tensor<2>>,
    /// The number of steps so far, `[1]`.
    pub steps: Param<Tensor<1, Int>>,
    /// Whether the readout learns. On by default; off in a [frozen](Module::freeze) or a
    /// [validation](Module::valid) module.
    pub learning: Param<Flag>,
    /// The share of the features that a step drops.
    pub dropout: f64,
    /// The seed of what is dropped.
    pub seed: u64,
}

impl DropoutReadout {
    /// The outputs z of the classes, with nothing dropped.
    ///
    /// # Shapes
    ///
    /// - features: `[batch, features]`, of any type of float
    /// - output: `[batch, classes]`
    ///
    /// # Panics
    ///
    /// Panics if `features` are not as wide as the weights.
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let (weight, bias) = self.split();
        let count = weight.dims()[1];
        assert_shape!(features, [_, count]);
        if kernel::is_fused_readout(&weight, &features) {
            return kernel::readout_outputs(self.weight.val().without_autodiff(), features);
        }
        features.cast(weight.dtype()).matmul(weight.transpose()) + bias.transpose()
    }

    /// Learns from a batch, and returns the outputs for it by the weights before the step, with
    /// dropout, `[batch, classes]`. An empty batch changes nothing, and neither does an output that is
    /// not finite. Where [learning](Self::learning) is switched off, this is
    /// [`forward`](Self::forward).
    ///
    /// # Shapes
    ///
    /// - features: `[batch, features]`, of any type of float
    /// - labels: `[batch]`, from 0 to below the number of classes
    ///
    /// # Panics
    ///
    /// Panics if the shapes do not fit, if a label is none of the classes, or if `rate` is not finite;
    /// the weights are then as they were.
    pub fn learn_in_place(
        &mut self,
        features: Tensor<2>,
        labels: Tensor<1, Int>,
        rate: f64,
    ) -> Tensor<2> {
        if !self.learning.is_enabled() {
            return self.forward(features);
        }
        assert_rate(rate);
        let [classes, width] = self.weight.dims();
        let (batch, count) = (labels.dims()[0], width - 1);
        assert_shape!(features, [batch, count]);
        assert_labels(&labels, classes);
        if batch == 0 {
            return self.forward(features);
        }
        let parameters = [&mut self.weight, &mut self.means, &mut self.squares].map(lift_out);
        let features = features.without_autodiff();
        let labels = labels.without_autodiff();
        let steps = self.steps.val().without_autodiff();
        let (parameters, outputs) = if kernel::is_fused_readout(&parameters[0], &features) {
            let number = steps.into_scalar::<i64>() as usize + 1;
            let step = ReadoutStep {
                rate,
                dropout: self.dropout,
                noise: noise(self.seed, number),
                number,
            };
            kernel::readout_step(parameters, features, labels, step)
        } else {
            step_by_tensors(parameters, features, labels, (rate, self.dropout, steps))
        };
        let homes = [&mut self.weight, &mut self.means, &mut self.squares];
        for (home, values) in homes.into_iter().zip(parameters) {
            replace(home, values);
        }
        self.steps = self.steps.clone().map(|steps| steps + 1);
        outputs
    }

    /// The outputs for a batch with dropout, `[batch, classes]`, and the slopes of the weights, for an
    /// optimizer.
    ///
    /// # Panics
    ///
    /// Panics if a label is none of the classes.
    #[cfg(feature = "train")]
    pub(crate) fn slopes(
        &self,
        features: Tensor<2>,
        labels: Tensor<1, Int>,
    ) -> (Tensor<2>, Tensor<2>) {
        let weights = self.weight.val().without_autodiff();
        assert_labels(&labels, weights.dims()[0]);
        let features = features.without_autodiff();
        slopes(weights, features, labels.without_autodiff(), self.dropout)
    }

    /// Burn's linear layer with these weights, which require gradients, on the same device.
    pub fn to_linear(&self) -> Linear {
        let (weight, bias) = self.split();
        let home = self.weight.val();
        let [weight, bias] = [weight.transpose(), bias].map(|values| in_context_of(&home, values));
        Linear {
            weight: Param::from_tensor(weight),
            bias: Some(Param::from_tensor(bias.squeeze_dim(1))),
        }
    }

    /// The weights, `[classes, features]`, and the bias, `[classes, 1]`, off autodiff.
    fn split(&self) -> (Tensor<2>, Tensor<2>) {
        let weight = self.weight.val().without_autodiff();
        let features = weight.dims()[1] - 1;
        (
            weight.clone().narrow(1, 0, features),
            weight.narrow(1, features, 1),
        )
    }
}

/// Takes the values out of a parameter, so that whoever steps in place holds the only tensor.
fn lift_out(home: &mut Param<Tensor<2>>) -> Tensor<2> {
    let values = home.val().without_autodiff();
    replace(home, Tensor::zeros([1, 1], &values.device()));
    values
}

/// What a step starts its random numbers from: SplitMix64 of the seed and the number of the step.
fn noise(seed: u64, number: usize) -> u32 {
    let mut z = seed
        .wrapping_add(number as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) as u32
}

/// The step made of Burn's own operations.
fn step_by_tensors(
    [weights, means, squares]: [Tensor<2>; 3],
    features: Tensor<2>,
    labels: Tensor<1, Int>,
    (rate, dropout, steps): (f64, f64, Tensor<1, Int>),
) -> ([Tensor<2>; 3], Tensor<2>) {
    let (outputs, slopes) = slopes(weights.clone(), features, labels, dropout);
    let before = [weights.clone(), means.clone(), squares.clone()];
    let (beta_1, beta_2) = (ReadoutStep::BETA_1, ReadoutStep::BETA_2);
    // The number of the step stays a tensor: a GPU is waited for once, for the labels.
    let number = (steps + 1).float().cast(weights.dtype()).reshape([1, 1]);
    let rest = |beta: f32| (number.clone() * f64::from(beta).ln()).exp().neg() + 1.0;
    let correction = rest(beta_2).sqrt();
    let rate = correction.clone() / rest(beta_1) * rate;
    let epsilon = correction * ReadoutStep::EPSILON;
    let means = means * beta_1 + slopes.clone() * (1.0 - beta_1);
    let squares = squares * beta_2 + slopes.square() * (1.0 - beta_2);
    let weights = weights - means.clone() * rate / (squares.clone().sqrt() + epsilon);
    let broken = is_not_finite(outputs.clone()).reshape([1, 1]);
    let mut before = before.into_iter();
    let after = [weights, means, squares].map(|after| {
        let before = before.next().expect("there are three");
        let broken = broken.clone().expand(before.shape());
        after.mask_where(broken, before)
    });
    (after, outputs)
}

/// The outputs with dropout, and the slopes of the cross-entropy in the weights.
fn slopes(
    weights: Tensor<2>,
    features: Tensor<2>,
    labels: Tensor<1, Int>,
    dropout: f64,
) -> (Tensor<2>, Tensor<2>) {
    let [classes, _] = weights.dims();
    let [size, _] = features.dims();
    let features = features.cast(weights.dtype());
    let features = if dropout == 0.0 {
        features
    } else {
        let keep = Distribution::Bernoulli(1.0 - dropout);
        features.random_like(keep) * features / (1.0 - dropout)
    };
    let ones = Tensor::ones([size, 1], (&features.device(), features.dtype()));
    let features = Tensor::cat(vec![features, ones], 1);
    let outputs = features.clone().matmul(weights.transpose());
    let targets = is_winner(labels.unsqueeze_dim(1), classes)
        .float()
        .cast(outputs.dtype());
    let slopes = (softmax(outputs.clone(), 1) - targets) / size as f64;
    (outputs, slopes.transpose().matmul(features))
}

// What is exact here, and not the backends: `tests/all/readout.rs` holds them to each other.
#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::optim::{AdamConfig, GradientsParams};
    use burn::tensor::{DType, Tolerance};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn lesson(device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
        device.seed(3);
        let features = Tensor::random([37, 1100], Distribution::Default, device);
        (features, Tensor::arange(0..37, device) % 13)
    }

    /// The readout with weights and moments of another type of float.
    fn of_type(mut readout: DropoutReadout, dtype: DType) -> DropoutReadout {
        for param in [
            &mut readout.weight,
            &mut readout.means,
            &mut readout.squares,
        ] {
            *param = param.clone().map(|values| values.cast(dtype));
        }
        readout
    }

    #[test]
    fn a_step_in_place_is_that_of_burns_operations() {
        let device = Device::flex();
        let (features, labels) = lesson(&device);
        let config = DropoutReadoutConfig::new(1100, 13).with_dropout(0.0);
        let mut readout = config.init(&device).unwrap();
        let mut expected = [&readout.weight, &readout.means, &readout.squares]
            .map(|param| param.val().cast(DType::F64));
        for number in 0..3 {
            let steps = Tensor::from_data([number], &device);
            let (next, outputs) = step_by_tensors(
                expected,
                features.clone().cast(DType::F64),
                labels.clone(),
                (0.01, 0.0, steps),
            );
            expected = next;
            let found = readout.learn_in_place(features.clone(), labels.clone(), 0.01);
            found.into_data().assert_approx_eq::<f32>(
                &outputs.into_data().convert::<f32>(),
                Tolerance::absolute(1e-4),
            );
        }
        let [weights, _, _] = expected;
        let weights = weights.into_data().convert::<f32>();
        readout
            .weight
            .val()
            .into_data()
            .assert_approx_eq::<f32>(&weights, Tolerance::absolute(1e-4));
    }

    #[test]
    fn dropout_leaves_the_share_it_should_and_other_features_at_each_step() {
        let device = Device::flex();
        let (_, labels) = lesson(&device);
        let config = DropoutReadoutConfig::new(1100, 13).with_dropout(0.25);
        let mut readout = config.init(&device).unwrap();
        // The outputs of features of 1 with weights of 1 count those that are left.
        let count = |readout: &mut DropoutReadout| {
            let ones = readout.weight.clone().map(|weight| weight.ones_like());
            readout.weight = ones;
            let ones = Tensor::ones([37, 1100], &device);
            let outputs = readout.learn_in_place(ones, labels.clone(), 0.0);
            (outputs - 1.0) * 0.75 / 1100.0
        };
        let (first, second) = (count(&mut readout), count(&mut readout));
        for shares in [&first, &second] {
            let mean = shares.clone().mean().into_scalar::<f32>();
            assert!((mean - 0.75).abs() < 0.01, "{mean}");
        }
        let change = (first - second).abs().max().into_scalar::<f32>();
        assert!(change > 0.005, "{change}");
    }

    #[test]
    fn it_learns_halves_and_becomes_a_linear_layer() {
        let device = Device::flex();
        let (features, labels) = lesson(&device);
        let features = features.cast(DType::BF16);
        let mut readout = DropoutReadoutConfig::new(1100, 13).init(&device).unwrap();
        for _ in 0..100 {
            readout.learn_in_place(features.clone(), labels.clone(), 0.003);
        }
        let outputs = readout.forward(features.clone());
        let right = outputs.clone().argmax(1).squeeze_dim(1).equal(labels);
        assert_eq!(right.int().sum().into_scalar::<i64>(), 37);
        let linear = readout.to_linear().forward(features.cast(DType::F32));
        linear
            .into_data()
            .assert_approx_eq::<f32>(&outputs.into_data(), Tolerance::default());
    }

    #[test]
    fn a_linear_layer_made_of_it_trains() {
        let device = Device::flex().autodiff();
        let readout = DropoutReadoutConfig::new(3, 2).init(&device).unwrap();
        let linear = readout.to_linear();
        let values = |linear: &Linear| {
            let bias = linear.bias.as_ref().unwrap();
            (linear.weight.val().into_data(), bias.val().into_data())
        };
        let before = values(&linear);
        let outputs = linear.forward(Tensor::<2>::ones([1, 3], &device));
        let loss = (outputs - 1.0).square().sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &linear);
        let after = values(&AdamConfig::new().init().step(0.01, linear, gradients));
        assert_ne!(after.0, before.0);
        assert_ne!(after.1, before.1);
    }

    #[test]
    fn weights_of_another_type_of_float_take_the_same_steps() {
        let device = Device::flex();
        let features = Tensor::<2>::random([5, 7], Distribution::Default, &device);
        let labels = Tensor::<1, Int>::arange(0..5, &device) % 3;
        let config = DropoutReadoutConfig::new(7, 3).with_dropout(0.0);
        let mut single = config.init(&device).unwrap();
        let mut double = of_type(single.clone(), DType::F64);
        let check = |found: Tensor<2>, expected: Tensor<2>| {
            assert_eq!(found.dtype(), DType::F64);
            let found = found.into_data().convert::<f32>();
            found.assert_approx_eq::<f32>(&expected.into_data(), Tolerance::absolute(1e-4));
        };
        for _ in 0..2 {
            let expected = single.learn_in_place(features.clone(), labels.clone(), 0.01);
            let found = double.learn_in_place(features.clone(), labels.clone(), 0.01);
            check(found, expected);
        }
        check(double.weight.val(), single.weight.val());
        check(double.forward(features.clone()), single.forward(features));
    }

    #[test]
    fn a_label_that_is_no_class_is_refused_and_costs_no_weight() {
        let device = Device::flex();
        let (features, _) = lesson(&device);
        let start = DropoutReadoutConfig::new(1100, 13).init(&device).unwrap();
        // float64 takes Burn's operations.
        for (dtype, label) in [
            (DType::F32, 13),
            (DType::F32, -1),
            (DType::F64, 13),
            (DType::F64, -1),
        ] {
            let mut readout = of_type(start.clone(), dtype);
            let before = readout.weight.val().into_data();
            let labels = Tensor::<1, Int>::full([37], label, &device);
            let refused = catch_unwind(AssertUnwindSafe(|| {
                readout.learn_in_place(features.clone(), labels, 0.01);
            }));
            let message = refused.unwrap_err().downcast::<String>().unwrap();
            let expected =
                format!("a label must be from 0 to below 13, the number of classes, got {label}");
            assert_eq!(*message, expected);
            assert_eq!(readout.weight.val().into_data(), before);
        }
    }

    #[test]
    fn an_empty_batch_has_no_outputs_and_changes_nothing() {
        let device = Device::flex();
        let (features, labels) = lesson(&device);
        let config = DropoutReadoutConfig::new(1100, 13).with_dropout(0.0);
        let start = config.init(&device).unwrap();
        for dtype in [DType::F32, DType::F64] {
            let mut readout = of_type(start.clone(), dtype);
            // With a slope in the moments, a step would move the weights.
            readout.learn_in_place(features.clone(), labels.clone(), 0.01);
            let (before, steps) = (readout.weight.val(), readout.steps.val());
            let none = || Tensor::<2>::zeros([0, 1100], &device);
            assert_eq!(readout.forward(none()).dims(), [0, 13]);
            let outputs = readout.learn_in_place(none(), Tensor::zeros([0], &device), 0.01);
            assert_eq!(outputs.dims(), [0, 13]);
            assert_eq!(readout.weight.val().into_data(), before.into_data());
            assert_eq!(readout.steps.val().into_data(), steps.into_data());
        }
    }

    #[test]
    fn one_class_is_learned_by_burns_operations_too() {
        let device = Device::flex();
        let (features, labels) = lesson(&device);
        let config = DropoutReadoutConfig::new(1100, 1).with_dropout(0.0);
        let mut readout = of_type(config.init(&device).unwrap(), DType::F64);
        let before = readout.weight.val().into_data();
        readout.learn_in_place(features, labels.zeros_like(), 0.01);
        // Whatever the output, its softmax is 1.
        assert_eq!(readout.weight.val().into_data(), before);
    }

    #[test]
    fn features_that_are_not_finite_change_nothing() {
        let device = Device::flex();
        let (features, labels) = lesson(&device);
        let config = DropoutReadoutConfig::new(1100, 13).with_dropout(0.0);
        let mut readout = config.init(&device).unwrap();
        let before = readout.weight.val().into_data();
        let hole = features.clone().slice_fill([3..4, 7..8], f32::NAN);
        let outputs = readout.learn_in_place(hole.clone(), labels.clone(), 0.01);
        assert!(
            outputs
                .into_data()
                .iter::<f32>()
                .any(|output| output.is_nan())
        );
        assert_eq!(readout.weight.val().into_data(), before);
        let step = (0.01, 0.0, Tensor::zeros([1], &device));
        let parameters = [&readout.weight, &readout.means, &readout.squares];
        let parameters = parameters.map(|param| param.val());
        let ([weights, _, _], _) = step_by_tensors(parameters, hole, labels, step);
        assert_eq!(weights.into_data(), before);
    }

    #[test]
    fn each_setting_out_of_range_is_named() {
        let device = Device::flex();
        let field = |config: DropoutReadoutConfig| config.init(&device).unwrap_err().field();
        assert_eq!(field(DropoutReadoutConfig::new(0, 2)), "features");
        assert_eq!(field(DropoutReadoutConfig::new(3, 0)), "classes");
        let config = DropoutReadoutConfig::new(3, 2);
        assert_eq!(field(config.with_dropout(1.0)), "dropout");
    }
}
