//! `W <- W - eps (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)`: Adam in one pass.

use burn::config::Config;
use burn::optim::{Adam, AdamConfig, AdamState, LearningRate, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};
#[cfg(feature = "flex")]
use pulp::Arch;
#[cfg(feature = "flex")]
use rayon::prelude::*;

#[cfg(feature = "flex")]
use super::one_pass::{self, CHUNK, floats, with_floats};

/// Settings of [`FusedAdam`], those of Kingma & Ba, [arXiv 1412.6980](https://arxiv.org/abs/1412.6980).
#[derive(Config, Debug, PartialEq)]
pub struct FusedAdamConfig {
    /// The decay of the mean slope. Defaults to 0.9.
    #[config(default = 0.9)]
    pub beta_1: f32,
    /// The decay of the mean squared slope. Defaults to 0.999.
    #[config(default = 0.999)]
    pub beta_2: f32,
    /// What is added to the divisor. Defaults to 1e-8, as in the paper and in PyTorch; late in
    /// training the slopes of the power loss fall far below the 1e-5 of Burn's own Adam.
    #[config(default = 1e-8)]
    pub epsilon: f32,
    /// How many slopes Burn sums into one, which their mean then stands for: those of several devices, or of
    /// accumulated batches. Defaults to 1.
    #[config(default = 1)]
    pub summed: usize,
}

impl FusedAdamConfig {
    /// The bare optimizer, which [`ModuleOptimizer::with_group`] takes for one parameter group.
    ///
    /// # Panics
    ///
    /// Panics if `summed` is 0.
    pub fn build(&self) -> FusedAdam {
        assert!(self.summed > 0, "a slope is the sum of at least one");
        let adam = AdamConfig::new()
            .with_beta_1(self.beta_1)
            .with_beta_2(self.beta_2)
            .with_epsilon(self.epsilon);
        FusedAdam {
            adam: adam.build(),
            settings: self.clone(),
        }
    }

    /// The optimizer of a whole module.
    ///
    /// # Panics
    ///
    /// As of [`build`](Self::build).
    pub fn init(&self) -> ModuleOptimizer {
        ModuleOptimizer::from(self.build())
    }
}

/// Burn's [`Adam`], which on the flex backend makes nine passes over every parameter, in one.
///
/// Takes Burn's step on every other backend and for every other type than float32, and keeps
/// Burn's state, so that the records of both are interchangeable. Made by [`FusedAdamConfig`].
#[derive(Clone)]
pub struct FusedAdam {
    adam: Adam,
    settings: FusedAdamConfig,
}

impl Optimizer for FusedAdam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        let gradient = match self.settings.summed {
            1 => gradient,
            summed => gradient / summed as f32,
        };
        // The first step, which also makes the state, is Burn's.
        #[cfg(feature = "flex")]
        let state = match state {
            Some(state)
                if one_pass::fits(&tensor, &gradient) && tensor.dims() == gradient.dims() =>
            {
                let (tensor, state) = self.one_pass(rate, tensor, gradient, state);
                return (tensor, Some(state));
            }
            state => state,
        };
        self.adam.step(rate, tensor, gradient, state)
    }

    fn to_device<const D: usize>(state: AdamState<D>, device: &Device) -> AdamState<D> {
        Adam::to_device(state, device)
    }
}

#[cfg(feature = "flex")]
impl FusedAdam {
    fn one_pass<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: AdamState<D>,
    ) -> (Tensor<D>, AdamState<D>) {
        let (device, dtype) = (tensor.device(), tensor.dtype());
        let mut momentum = state.momentum;
        momentum.time += 1;
        let time = momentum.time as i32;
        let FusedAdamConfig {
            beta_1,
            beta_2,
            epsilon,
            ..
        } = self.settings;
        let correction = (1.0 - beta_2.powi(time)).sqrt();
        let step = AdamStep {
            beta_1,
            beta_2,
            rate: rate as f32 * correction / (1.0 - beta_1.powi(time)),
            epsilon: epsilon * correction,
        };
        // Nothing of these is copied as long as nobody else holds it.
        let mut next = gradient.into_data();
        let mut mean = momentum.moment_1.into_data();
        let mut square = momentum.moment_2.into_data();
        with_floats(tensor, |values| {
            step.run(
                values,
                floats(&mut next),
                floats(&mut mean),
                floats(&mut square),
            );
        });
        // The device may prefer another type of float.
        let options = (&device, dtype);
        momentum.moment_1 = Tensor::from_data(mean, options);
        momentum.moment_2 = Tensor::from_data(square, options);
        (Tensor::from_data(next, options), AdamState::new(momentum))
    }
}

/// One step's numbers.
#[cfg(feature = "flex")]
#[derive(Clone, Copy)]
struct AdamStep {
    beta_1: f32,
    beta_2: f32,
    /// The learning rate, with the correction of both moments.
    rate: f32,
    /// epsilon, with the correction of the second moment.
    epsilon: f32,
}

#[cfg(feature = "flex")]
impl AdamStep {
    /// Turns the gradient in `next` into the next values.
    fn run(self, values: &[f32], next: &mut [f32], mean: &mut [f32], square: &mut [f32]) {
        let arch = Arch::new();
        next.par_chunks_mut(CHUNK)
            .zip(values.par_chunks(CHUNK))
            .zip(mean.par_chunks_mut(CHUNK))
            .zip(square.par_chunks_mut(CHUNK))
            .for_each(|(((next, values), mean), square)| {
                arch.dispatch(|| {
                    for (((next, value), mean), square) in
                        next.iter_mut().zip(values).zip(mean).zip(square)
                    {
                        let slope = *next;
                        *mean = self.beta_1 * *mean + (1.0 - self.beta_1) * slope;
                        *square = self.beta_2 * *square + (1.0 - self.beta_2) * (slope * slope);
                        *next = value - self.rate * *mean / (square.sqrt() + self.epsilon);
                    }
                });
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "flex")]
    use burn::tensor::{DType, FloatDType, TensorData};
    use burn::tensor::{Distribution, Tolerance};

    #[test]
    fn one_pass_takes_the_steps_of_burns_adam() {
        let device = Device::default();
        let random = || Tensor::<2>::random([130, 140], Distribution::Default, &device);
        let (start, slopes) = (random(), [random() - 0.5, random() - 0.5, random() - 0.5]);
        let burns = AdamConfig::new().with_epsilon(1e-8).build();
        let ours = FusedAdamConfig::new().build();
        let (mut expected, mut expected_state) = (start.clone(), None);
        let (mut found, mut state) = (start, None);
        for slope in slopes {
            (expected, expected_state) = burns.step(0.01, expected, slope.clone(), expected_state);
            let held = found.clone();
            let before = held.to_data();
            (found, state) = ours.step(0.01, found, slope, state);
            assert_eq!(
                held.into_data(),
                before,
                "a tensor held elsewhere stays as it is"
            );
        }
        found
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::absolute(1e-6));
    }

    #[test]
    fn a_sum_of_slopes_takes_the_step_of_their_mean() {
        let device = Device::default();
        let start = Tensor::<1>::ones([3], &device);
        // So small that the epsilon counts.
        let slopes = Tensor::<1>::from_data([1e-8, -3e-8, 1.0], &device);
        let two_steps = |settings: FusedAdamConfig, slopes: Tensor<1>| {
            let optimizer = settings.build();
            let (values, state) = optimizer.step(0.1, start.clone(), slopes.clone(), None);
            optimizer.step(0.1, values, slopes, state).0.into_data()
        };
        let of_one = two_steps(FusedAdamConfig::new(), slopes.clone());
        let of_four = two_steps(FusedAdamConfig::new().with_summed(4), slopes * 4.0);
        of_four.assert_approx_eq::<f32>(&of_one, Tolerance::absolute(1e-6));
    }

    #[test]
    #[cfg(feature = "flex")]
    fn parameters_keep_their_type_on_any_device() {
        // A device is configured once in a process, before its first tensor: in one of its own.
        const NAME: &str = "optim::fused_adam::tests::parameters_keep_their_type_on_any_device";
        const ALONE: &str = "BURN_HEBBIAN_TEST_ALONE";
        if std::env::var_os(ALONE).is_none() {
            let tests = std::env::current_exe().unwrap();
            let mut alone = std::process::Command::new(tests);
            let output = alone.args([NAME, "--exact"]).env(ALONE, "").output();
            let output = output.unwrap();
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(told.contains("1 passed"), "{told}");
            return;
        }
        let mut device = Device::flex();
        device.configure(FloatDType::F64).unwrap();
        let of = |values: [f32; 3]| Tensor::<1>::from_data(values, (&device, DType::F32));
        let check = |values: &Tensor<1>, expected: [f32; 3]| {
            assert_eq!(values.dtype(), DType::F32);
            let expected = TensorData::from(expected);
            let tolerance = Tolerance::absolute(1e-4);
            let values = values.to_data();
            values.assert_approx_eq::<f32>(&expected, tolerance);
        };

        let adam = FusedAdamConfig::new().build();
        let (mut values, mut state) = (of([1.0, 2.0, 3.0]), None);
        for step in 1..4 {
            (values, state) = adam.step(0.1, values, of([1.0, -2.0, 0.5]), state);
            // Adam descends a slope that stays the same by the rate, however steep it is.
            let way = 0.1 * step as f32;
            check(&values, [1.0 - way, 2.0 + way, 3.0 - way]);
        }

        let local = crate::MaxNormalizedConfig::new().build().unwrap();
        let (values, _) = local.step(0.1, of([1.0, 2.0, 3.0]), of([1.0, -2.0, 0.5]), None);
        check(&values, [0.95, 2.1, 2.975]);
    }

    #[test]
    fn a_gradient_in_another_order_is_read_in_its_own() {
        // The gradient of a transposed weight comes as a view.
        let device = Device::default();
        let gradient = Tensor::<2>::from_data([[1.0, -2.0, 3.0], [-4.0, 5.0, -6.0]], &device);
        let optimizer = FusedAdamConfig::new().build();
        let start = Tensor::<2>::zeros([3, 2], &device);
        let (values, state) = optimizer.step(0.1, start, gradient.clone().transpose(), None);
        let (values, _) = optimizer.step(0.1, values, gradient.clone().transpose(), state);
        let expected = gradient.sign().transpose() * -0.2;
        values
            .into_data()
            .assert_approx_eq::<f32>(&expected.into_data(), Tolerance::absolute(1e-5));
    }
}
