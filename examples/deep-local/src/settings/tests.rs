use clap::ValueEnum;

use super::*;

fn resolve(json: &str, flags: &Overrides) -> Result<Settings, SettingsError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json).unwrap();
    Settings::resolve(Some(file.path()), flags)
}

fn refusal(json: &str) -> String {
    let refused = resolve(json, &Overrides::default());
    refused.expect_err(json).to_string()
}

#[test]
fn flags_win_over_the_file_and_the_file_over_the_preset() {
    let flags = Overrides {
        seed: Some(3),
        ..Overrides::default()
    };
    let json = r#"{"dataset": "mnist", "rule": "plain", "seed": 5, "radius": 20}"#;
    let expected = Settings {
        seed: 3,
        radius: 20.0,
        ..preset(ImageSet::Mnist, Preset::Quick, Rule::Plain)
    };
    assert_eq!(resolve(json, &flags).unwrap(), expected);
}

#[test]
fn a_written_config_gives_the_same_settings_again() {
    let mut settings = preset(ImageSet::Cifar10, Preset::Paper, Rule::KrotovHopfield);
    settings.poolings.0[1] = Pool::average(3, 2, 1);
    settings.halvings.0.clear();
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(resolve(&json, &Overrides::default()).unwrap(), settings);
}

#[test]
fn a_flag_does_not_relabel_the_settings_of_a_file() {
    let flags = Overrides {
        rule: Some(Rule::Oja),
        ..Overrides::default()
    };
    let error = resolve(r#"{"rule": "soft"}"#, &flags).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rule = oja is not allowed: it must be soft, which the config was made from"
    );
    assert!(resolve(r#"{"seed": 3}"#, &flags).is_ok());
}

#[test]
fn all_presets_are_allowed_and_leave_a_map() {
    for dataset in ImageSet::ALL {
        for chosen in Preset::value_variants() {
            for rule in Rule::value_variants() {
                let settings = preset(dataset, *chosen, *rule);
                settings.check().unwrap();
                settings.check_images(dataset.shape()).unwrap();
            }
        }
    }
    let features = |dataset: ImageSet| {
        let settings = preset(dataset, Preset::Paper, Rule::Soft);
        settings.features(dataset.shape()).unwrap()
    };
    assert_eq!(features(ImageSet::Cifar10), [1536, 4, 4]);
    assert_eq!(features(ImageSet::Mnist), [1536, 3, 3]);
    assert_eq!(features(ImageSet::Digits), [192, 2, 2]);
}

#[test]
fn the_paper_is_as_published() {
    let settings = preset(ImageSet::Cifar10, Preset::Paper, Rule::Soft);
    let stack = settings.stack(ImageSet::Cifar10.shape());
    // Fan-in: channels, rows and columns of a kernel.
    let fan_in: Vec<_> = stack
        .blocks
        .iter()
        .map(|block| block.conv.visible())
        .collect();
    assert_eq!(fan_in, [75, 864, 3456]);
    let units: Vec<_> = (0..3).map(|block| settings.units_of(block)).collect();
    assert_eq!(units, [96, 384, 1536]);
    for (block, visible) in stack.blocks.iter().zip(fan_in) {
        let Initializer::Normal { mean, std } = block.conv.initializer else {
            panic!("the weights start from a normal distribution");
        };
        assert_eq!(mean, 0.0);
        assert!((std * (visible as f64).sqrt() - 25.0).abs() < 1e-9, "{std}");
    }
}

#[test]
fn the_width_is_a_factor_on_all_blocks() {
    let settings = resolve(
        r#"{"dataset": "cifar10", "preset": "paper", "width": 0.25}"#,
        &Overrides::default(),
    )
    .unwrap();
    let units: Vec<_> = (0..3).map(|block| settings.units_of(block)).collect();
    assert_eq!(units, [24, 96, 384]);
    let image = ImageSet::Cifar10.shape();
    assert_eq!(settings.channels_of(0, image), 3);
    assert_eq!(settings.channels_of(2, image), 96);
}

#[test]
fn bad_settings_are_named() {
    let positive = "is not allowed: it must be above 0";
    for (json, message) in [
        (
            r#"{"temperatures": [1, 0]}"#,
            "temperatures = 0 is not allowed",
        ),
        (
            r#"{"temperatures": [1]}"#,
            "temperatures = [1.0] is not allowed: it must be as long as units",
        ),
        (
            r#"{"units": []}"#,
            "units = [] is not allowed: it must be a list of 1 to 8",
        ),
        (
            r#"{"units": [48, 0]}"#,
            "units = 0 is not allowed: it must be from 1 to",
        ),
        (r#"{"width": 0.001}"#, "units = 0 is not allowed"),
        (r#"{"width": -1}"#, "is not allowed"),
        (
            r#"{"kernels": [3, 15]}"#,
            "padding = 7 x 7 is not allowed: it must be below the size",
        ),
        (r#"{"kernels": [3]}"#, "kernels = [3] is not allowed"),
        (
            r#"{"poolings": ["max-2-2-0", "max-9-2-0"]}"#,
            "kernel_size = 9 x 9 is not allowed",
        ),
        (r#"{"poolings": ["max-2-2"]}"#, "`max-2-2` is no pooling"),
        (r#"{"powers": [1, -1]}"#, positive),
        (r#"{"radius": 0}"#, positive),
        (
            r#"{"learning_rates": [0.1, 2]}"#,
            "learning_rates = 2 is not allowed",
        ),
        (
            r#"{"learning_rate_readout": 0}"#,
            "learning_rate_readout = 0 is not allowed",
        ),
        (r#"{"rate_power": -1}"#, "rate_power = -1 is not allowed"),
        (r#"{"dropout": 1}"#, "dropout = 1 is not allowed"),
        (
            r#"{"halvings": [3, 3]}"#,
            "halvings = [3, 3] is not allowed",
        ),
        (
            r#"{"halvings_backprop": [0]}"#,
            "halvings_backprop = [0] is not allowed",
        ),
        (r#"{"batch_size": 0}"#, "batch_size = 0 is not allowed"),
        (r#"{"epochs_local": 0}"#, "epochs_local = 0 is not allowed"),
        (
            r#"{"rule": "krotov-hopfield", "p": 0.5}"#,
            "p = 0.5 is not allowed",
        ),
        (
            r#"{"rule": "krotov-hopfield", "k": 49}"#,
            "k = 49 is not allowed",
        ),
        (r#"{"rule": "hebb"}"#, "unknown variant `hebb`"),
        (r#"{"heat": 2}"#, "unknown field `heat`"),
        ("[1", "is malformed"),
    ] {
        let error = refusal(json);
        assert!(error.contains(message), "{json}: {error}");
    }
    let missing = Settings::resolve(Some(Path::new("no/such.json")), &Overrides::default());
    let error = missing.unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read the config no/such.json"),
        "{error}"
    );
}
