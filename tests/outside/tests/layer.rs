//! What a user does with the layer in models of their own.
#![recursion_limit = "256"]

use burn::config::Config;
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Int, Tensor};
use burn::train::metric::{Adaptor, Metric, MetricMetadata, Numeric};
use burn::train::{ItemLazy, TrainOutput, TrainStep};
use burn_hebbian::train::{
    ConvergedUnitsMetric, DeadUnitsMetric, MeanNormMetric, NormsInput, WinnersInput,
};
use burn_hebbian::{
    BiologicalNetwork, BiologicalNetworkConfig, EpochLinearLrSchedulerConfig, HebbianLinear,
    HebbianLinearConfig, InPlaceLearner, KrotovHopfieldConfig, LocalRule, LocalUpdate,
    MaxNormalizedConfig, RectifiedPower, RectifiedPowerConfig, RuleConfig, SettingError,
    unit_length,
};
use outside::{devices, images, layer, values};
use serde::{Deserialize, Serialize};

const PIXELS: usize = 16;

/// Noisy copies of four patterns, and which one each is of.
fn patterns(count: usize, device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
    let labels = Tensor::<1, Int>::arange(0..count as i64, device) % 4;
    let pattern = labels.clone().one_hot::<2>(4).float();
    let pattern = pattern.repeat_dim(1, PIXELS / 4);
    let noise = Tensor::random([count, PIXELS], Distribution::Uniform(0.0, 0.3), device);
    (unit_length(pattern + noise), labels)
}

fn rule() -> KrotovHopfieldConfig {
    KrotovHopfieldConfig::new()
        .with_p(2.0)
        .with_k(2)
        .with_delta(0.1)
}

/// Two layers that learn locally, and a readout that learns by backpropagation.
#[derive(Module, Debug)]
struct Stacked {
    first: HebbianLinear,
    second: HebbianLinear,
    activation: RectifiedPower,
    readout: Linear,
}

impl Stacked {
    fn new(device: &Device) -> Result<Self, SettingError> {
        Ok(Self {
            first: HebbianLinearConfig::new(PIXELS, 8)
                .with_rule(rule())
                .init(device)?,
            second: HebbianLinearConfig::new(8, 6)
                .with_rule(rule())
                .init(device)?,
            activation: RectifiedPowerConfig::new(2.0).init()?,
            readout: LinearConfig::new(6, 4).init(device),
        })
    }

    fn between(&self, images: Tensor<2>) -> Tensor<2> {
        unit_length(self.activation.forward(self.first.forward(images)))
    }
}

/// What a step of two layers tells the metrics.
#[derive(Clone)]
struct Activity {
    winners: [Tensor<1, Int>; 2],
    norms: [Tensor<1>; 2],
}

impl ItemLazy for Activity {
    fn sync(self) -> Result<Self, burn::tensor::ExecutionError> {
        Ok(self)
    }
}

impl Adaptor<WinnersInput> for Activity {
    fn adapt(&self) -> WinnersInput {
        let [first, second] = self.winners.clone();
        WinnersInput::new(first, 8).and(second, 6)
    }
}

impl Adaptor<NormsInput> for Activity {
    fn adapt(&self) -> NormsInput {
        let [first, second] = self.norms.clone();
        NormsInput::new(first).and(second)
    }
}

impl TrainStep for Stacked {
    type Input = (Tensor<2>, Tensor<1, Int>);
    type Output = Activity;

    fn step(&self, (images, labels): Self::Input) -> TrainOutput<Activity> {
        let between = self.between(images.clone());
        let first = self.first.local_update(images);
        let second = self.second.local_update(between.clone());
        let hidden = self.activation.forward(self.second.forward(between));
        let loss = CrossEntropyLossConfig::new()
            .init(&labels.device())
            .forward(self.readout.forward(hidden), labels);
        let item = Activity {
            winners: [first.winners.clone(), second.winners.clone()],
            norms: [self.first.norms(), self.second.norms()],
        };
        let mut grads = GradientsParams::from_grads(loss.backward(), self);
        self.first.register_update(&mut grads, first);
        self.second.register_update(&mut grads, second);
        TrainOutput { grads, item }
    }
}

#[test]
fn stacked_layers_learn_each_at_its_own_rate_and_have_metrics_of_their_own() {
    const EPOCHS: usize = 30;
    const BATCHES: usize = 50;
    let device = Device::flex().autodiff();
    device.seed(3);
    let mut model = Stacked::new(&device).unwrap();
    let group = ParamGroup::from_predicate;
    let local = || MaxNormalizedConfig::new().build().unwrap();
    let mut optimizer = AdamConfig::new()
        .init()
        .with_group(group("first"), local(), None)
        .with_group(group("second"), local(), None);
    let decay = |initial| {
        EpochLinearLrSchedulerConfig::new(initial, EPOCHS, BATCHES)
            .init()
            .unwrap()
    };
    let mut rates = ModuleLrScheduler::new(1e-2)
        .with_group(group("first"), decay(0.04))
        .with_group(group("second"), decay(0.02));
    let mut dead = DeadUnitsMetric::new().of_layer(1, "second");
    let mut norm = [
        MeanNormMetric::new().of_layer(0, "first"),
        MeanNormMetric::new().of_layer(1, "second"),
    ];
    assert_ne!(
        norm[0].name(),
        norm[1].name(),
        "Burn tells metrics apart by name"
    );
    let metadata = MetricMetadata {
        progress: burn::data::dataloader::Progress::new(1, 1, None),
        iteration: None,
        lr: None,
    };
    let mut item = None;
    for _ in 0..EPOCHS * BATCHES {
        let step = TrainStep::step(&model, patterns(20, &device));
        model = optimizer.step(rates.step(), model, step.grads);
        item = Some(step.item);
    }
    let item = item.unwrap();
    dead.update(&item.adapt(), &metadata).unwrap();
    assert!(dead.final_value().current() < 100.0);
    for metric in &mut norm {
        metric.update(&item.adapt(), &metadata).unwrap();
    }
    let converged = |norms: Tensor<1>| {
        let norms: Vec<f64> = norms.into_data().iter().collect();
        ConvergedUnitsMetric::new().share(norms.into_iter())
    };
    for (layer, metric) in [&model.first, &model.second].into_iter().zip(&norm) {
        let share = converged(layer.norms());
        println!(
            "{}: {} %, converged {share} %",
            metric.name(),
            metric.final_value().current()
        );
        assert!(share >= 50.0, "{}: {share} % converged", metric.name());
    }
}

#[test]
fn an_input_of_any_rank_learns_in_a_field_and_tells_who_won() {
    struct Model {
        hidden: HebbianLinear,
    }
    for (name, device) in devices() {
        let mut model = Model {
            hidden: layer(&device),
        };
        let before = values(model.hidden.synapses());
        let input = images(&device).reshape([2, 2, 6]);
        let winners = model.hidden.winners(input.clone());
        let found = model.hidden.learn_in_place(input.clone(), 0.05);
        assert_eq!(found.into_data(), winners.into_data(), "{name}");
        assert_ne!(values(model.hidden.synapses()), before, "{name}");
        assert_eq!(
            model.hidden.local_update(input.clone()).change.dims(),
            [9, 6]
        );
        let mut learner = InPlaceLearner::new(model.hidden);
        assert_eq!(learner.step(input, 0.05).dims(), [4], "{name}");
    }
}

#[test]
fn a_layer_is_fine_tuned_by_backpropagation_and_learns_locally_again() {
    let device = Device::flex().autodiff();
    let layer = layer(&device);
    let linear = layer.to_linear();
    let loss = linear.forward(images(&device)).square().sum();
    let gradients = GradientsParams::from_grads(loss.backward(), &linear);
    let linear = AdamConfig::new().init().step(0.01, linear, gradients);
    let config = HebbianLinearConfig::new(6, 9).with_rule(KrotovHopfieldConfig::new().with_k(3));
    let again = config.init_from_linear(&linear).unwrap();
    assert_eq!(
        values(again.synapses()),
        values(linear.weight.val().transpose())
    );
    assert_ne!(values(again.synapses()), values(layer.synapses()));
    let learned = again.clone().learn(images(&device), 0.05);
    assert_ne!(values(learned.synapses()), values(again.synapses()));

    let square = LinearConfig::new(9, 6).with_bias(false).init(&device);
    let refused = config.init_from_linear(&square).unwrap_err();
    assert_eq!(refused.field(), "visible");
}

#[test]
fn any_initializer_starts_a_layer() {
    let device = Device::flex();
    for initializer in [
        Initializer::XavierNormal { gain: 1.0 },
        Initializer::KaimingUniform {
            gain: 1.0,
            fan_out_only: false,
        },
    ] {
        let config = HebbianLinearConfig::new(6, 9).with_initializer(initializer);
        let layer = config.init(&device).unwrap();
        assert!(layer.synapses().abs().max().into_scalar::<f32>() > 0.0);
    }
}

/// Oja's rule (1982): `dW = y v - y^2 W`.
#[derive(Config, Debug)]
struct OjaConfig {
    #[config(default = 1.0)]
    gain: f64,
}

#[derive(Clone, Debug)]
struct Oja {
    gain: f64,
}

impl RuleConfig for OjaConfig {
    type Rule = Oja;

    fn init(&self) -> Result<Oja, SettingError> {
        if self.gain > 0.0 {
            Ok(Oja { gain: self.gain })
        } else {
            Err(SettingError::new("gain", self.gain, "above 0"))
        }
    }
}

impl LocalRule for Oja {
    fn update(&self, synapses: Tensor<2>, visible: Tensor<2>) -> LocalUpdate {
        let y = visible.clone().matmul(synapses.clone().transpose()) * self.gain;
        let decay = y.clone().square().sum_dim(0).transpose() * synapses;
        LocalUpdate {
            winners: y.clone().argmax(1).squeeze_dim(1),
            change: y.transpose().matmul(visible) - decay,
        }
    }
}

#[test]
fn a_rule_of_a_user_is_configured_saved_and_learned_by() {
    for (name, device) in devices() {
        device.seed(1);
        let config = HebbianLinearConfig::new(3, 1).with_rule(OjaConfig::new());
        let json = serde_of(&config);
        let mut layer = json.init(&device).unwrap();
        let examples = Tensor::<2>::random([64, 3], Distribution::Default, &device);
        for _ in 0..600 {
            layer = layer.learn(examples.clone(), 0.01);
        }
        let length = layer.norms().into_scalar::<f32>();
        assert!((length - 1.0).abs() < 0.05, "{name}: {length}");
        let wrong = HebbianLinearConfig::new(3, 1).with_rule(OjaConfig::new().with_gain(0.0));
        assert_eq!(wrong.init(&device).unwrap_err().field(), "gain");
    }
}

/// A config through the file that `Config::save` writes.
fn serde_of<C: Config + Serialize + for<'a> Deserialize<'a>>(config: &C) -> C {
    let file = std::env::temp_dir().join(format!("outside-{}.json", std::process::id()));
    config.save(&file).unwrap();
    let loaded = C::load(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    loaded
}

#[test]
fn a_network_is_saved_with_its_settings_to_the_same_bytes() {
    for (name, device) in devices() {
        let hidden = HebbianLinearConfig::new(6, 9).with_rule(rule());
        let network = BiologicalNetworkConfig::new(hidden, 3)
            .with_power(3.0)
            .init(&device)
            .unwrap();
        let bytes = network.to_safetensors().unwrap();
        assert_eq!(network.to_safetensors().unwrap(), bytes, "{name}");
        let loaded = BiologicalNetwork::from_safetensors(bytes, &device).unwrap();
        let images = images(&device);
        assert_eq!(
            values(loaded.forward(images.clone())),
            values(network.forward(images)),
            "{name}"
        );
        assert_eq!(loaded.hidden.rule().config(), &rule());
    }
}

#[test]
#[should_panic(expected = "call train() on the model before training")]
fn a_model_on_a_plain_device_is_told_what_to_do() {
    let device = Device::flex();
    let model = Stacked::new(&device).unwrap();
    let update = model.first.local_update(patterns(4, &device).0);
    model
        .first
        .register_update(&mut GradientsParams::new(), update);
}
