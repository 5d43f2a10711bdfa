//! Images that a convolution cannot take, by name, and images of which there is nothing to learn.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::nn::conv::Conv2dConfig;
use burn::tensor::{Device, Tensor};
use burn_hebbian::{
    AnyRuleConfig, HebbianBlockConfig, HebbianConv2d, HebbianConv2dConfig, HebbianStackConfig,
    KrotovHopfieldConfig, LocalRule, MaxNormalizedConfig, PaddingMode, PoolKind, PoolingConfig,
    SettingError, SoftCompetitionConfig, TriangleConfig, WinnerForm, WinnerTakeAllConfig,
};

use crate::devices;

const CHANNELS: usize = 2;

fn convolution() -> HebbianConv2dConfig<SoftCompetitionConfig> {
    HebbianConv2dConfig::new([CHANNELS, 9], [3, 3])
        .with_padding([1, 1])
        .with_padding_mode(PaddingMode::Reflect)
        .with_rule(SoftCompetitionConfig::new())
        .with_step(MaxNormalizedConfig::new().with_rate_power(0.5))
}

fn refused<T>(result: Result<T, SettingError>) -> String {
    match result {
        Ok(_) => "accepted".to_string(),
        Err(error) => error.to_string(),
    }
}

/// The message of the panic of a forward pass.
fn panic_of(config: HebbianConv2dConfig<SoftCompetitionConfig>, images: [usize; 4]) -> String {
    let device = devices::first();
    let layer = config.init(&device).unwrap();
    let forward = || layer.forward(Tensor::zeros(images, &device));
    let panic = catch_unwind(AssertUnwindSafe(forward)).expect_err("the images are refused");
    let message = panic.downcast_ref::<String>();
    message.expect("a message").clone()
}

#[test]
fn settings_without_a_meaning_are_refused_by_name() {
    let device = devices::first();
    for (t, value) in [
        (0.0, "0"),
        (-1.0, "-1"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
    ] {
        let rule = SoftCompetitionConfig::new().with_inverse_temperature(t);
        let message = refused(convolution().with_rule(rule).init(&device));
        let start = format!("inverse_temperature = {value} is not allowed: it must be above 0");
        assert!(message.starts_with(&start), "{message}");
    }
    for power in [-0.5, f64::NAN, f64::INFINITY] {
        let step = MaxNormalizedConfig::new().with_rate_power(power);
        let message = refused(convolution().with_step(step).init(&device));
        assert!(message.starts_with("rate_power = "), "{power}: {message}");
    }
    let activation = TriangleConfig::new().with_power(0.0);
    let pooling = PoolingConfig::new(PoolKind::Max, [2, 2], [2, 2]);
    let block = HebbianBlockConfig::new(convolution(), activation, pooling);
    assert_eq!(
        refused(block.init(&device)),
        "power = 0 is not allowed: it must be above 0"
    );
    // The Krotov-Hopfield rule ranks the seventh unit.
    let few =
        HebbianConv2dConfig::new([CHANNELS, 6], [3, 3]).with_rule(KrotovHopfieldConfig::new());
    let message = refused(few.init(&device));
    assert!(message.starts_with("k = 7 is not allowed"), "{message}");
}

#[test]
fn a_kernel_larger_than_the_padded_image_is_refused() {
    let config = convolution().with_padding_mode(PaddingMode::Zeros);
    let config = config.with_padding([0, 1]);
    assert_eq!(config.output_size([3, 1]).unwrap(), [1, 1]);
    assert_eq!(
        refused(config.output_size([2, 1])),
        "kernel_size = 3 x 3 is not allowed: it must be at most that of the padded images, 2 x 3"
    );
    assert_eq!(
        panic_of(config, [1, CHANNELS, 2, 1]),
        "HebbianConv2d: a kernel of 3 x 3 does not fit images of 2 x 1 with a padding of 0 x 1"
    );
}

#[test]
fn reflect_padding_wider_than_the_image_is_refused() {
    let config = convolution().with_padding([2, 2]);
    assert_eq!(config.output_size([3, 3]).unwrap(), [5, 5]);
    assert_eq!(
        refused(config.output_size([3, 2])),
        "padding = 2 x 2 is not allowed: it must be below the size of the images, 3 x 2, to be \
         reflected"
    );
    assert_eq!(
        panic_of(config, [1, CHANNELS, 3, 2]),
        "HebbianConv2d: reflect padding of 2 x 2 needs images of at least 3 x 3, got 3 x 2"
    );
}

#[test]
fn channels_that_do_not_fit_are_refused() {
    let message = panic_of(convolution(), [1, CHANNELS + 1, 6, 6]);
    assert!(message.contains("axis 1 expected 2, got 3"), "{message}");

    let pooling = PoolingConfig::new(PoolKind::Max, [2, 2], [2, 2]);
    let block = HebbianBlockConfig::new(convolution(), TriangleConfig::new(), pooling);
    let stack = HebbianStackConfig::new(vec![block.clone(), block]);
    assert_eq!(
        refused(stack.output_size([CHANNELS, 8, 8])),
        "channels = 2 is not allowed: it must be 9, as the images or the block below have them"
    );

    let groups = Conv2dConfig::new([CHANNELS, 8], [3, 3])
        .with_groups(2)
        .with_bias(false)
        .init(&devices::first());
    assert_eq!(
        refused(convolution().init_from_conv2d(&groups)),
        "groups = 2 is not allowed: it must be 1"
    );
}

#[test]
#[should_panic(expected = "a learning rate must be finite, got NaN")]
fn a_rate_that_is_not_finite_is_refused() {
    let device = devices::first();
    let layer = convolution().init(&device).unwrap();
    layer.learn(Tensor::zeros([1, CHANNELS, 6, 6], &device), f64::NAN);
}

/// Every rule that works in a convolution.
fn rules() -> Vec<AnyRuleConfig> {
    let hard = |form| AnyRuleConfig::WinnerTakeAll(WinnerTakeAllConfig::new().with_form(form));
    vec![
        AnyRuleConfig::Soft(SoftCompetitionConfig::new()),
        AnyRuleConfig::Soft(SoftCompetitionConfig::new().with_anti_hebbian(false)),
        hard(WinnerForm::Plain),
        hard(WinnerForm::Oja),
        hard(WinnerForm::Instar),
        AnyRuleConfig::KrotovHopfield(KrotovHopfieldConfig::new().with_k(2)),
    ]
}

fn assert_finite<R: LocalRule>(conv: &HebbianConv2d<R>, what: &str) {
    let finite = conv.synapses().is_finite().all().into_scalar::<bool>();
    assert!(finite, "{what}: {}", conv.synapses());
}

/// A blank batch, batches of one colour, and one in which a blank image lies beside noise.
fn dull(device: &Device) -> Vec<Tensor<4>> {
    let blank = Tensor::<4>::zeros([2, CHANNELS, 6, 6], device);
    let (noise, _) = devices::random_case(5, [2, CHANNELS * 36, 1], device);
    let noise = noise.reshape([2, CHANNELS, 6, 6]);
    vec![
        blank.clone(),
        blank.clone() + 1.0,
        blank.clone() - 0.3,
        Tensor::cat(vec![noise, blank], 0),
    ]
}

#[test]
fn dull_images_and_equal_units_are_learned_from_without_nan() {
    for (backend, device) in devices::all() {
        for rule in rules() {
            for unit_patches in [false, true] {
                let config = convolution().with_unit_patches(unit_patches);
                let config = config.with_rule(rule.clone());
                let pooling = PoolingConfig::new(PoolKind::Average, [2, 2], [2, 2]);
                let block = HebbianBlockConfig::new(config, TriangleConfig::new(), pooling);
                let what = format!("{backend:?}, {rule:?}");
                for images in dull(&device) {
                    let mut block = block.init(&device).unwrap();
                    for _ in 0..3 {
                        let responses = block.learn_in_place(images.clone(), 0.05);
                        let finite = responses.output.is_finite().all();
                        assert!(finite.into_scalar::<bool>(), "{what}: output");
                        let winners: Vec<i64> = responses.winners.into_data().iter().collect();
                        let units = 0..9;
                        assert!(
                            winners.iter().all(|winner| units.contains(winner)),
                            "{what}"
                        );
                        block.conv.learn_in_place(images.clone(), 0.05);
                        assert_finite(&block.conv, &what);
                    }
                    // All units alike, and then silent.
                    for size in [1.0, 0.0] {
                        let mut conv = block.conv.clone();
                        conv.weight = conv.weight.map(|weight| weight.ones_like() * size);
                        let conv = conv.learn(images.clone(), 0.05);
                        assert_finite(&conv, &format!("{what}, equal units of {size}"));
                    }
                }
            }
        }
    }
}

#[test]
fn a_blank_image_changes_nothing() {
    for (backend, device) in devices::all() {
        for rule in rules() {
            let layer = convolution().with_rule(rule.clone()).init(&device).unwrap();
            let blank = Tensor::zeros([3, CHANNELS, 6, 6], &device);
            let change = layer.local_update(blank).change;
            let still = change.equal_elem(0.0).all().into_scalar::<bool>();
            // The instar forgets: it moves toward what it sees, be it nothing; but u is 0 here.
            assert!(still, "{backend:?}, {rule:?}");
        }
    }
}
