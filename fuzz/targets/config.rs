//! `--config` files: settings that are accepted can be used and are written as they are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use two_networks::settings::{Overrides, Settings};

fuzz_target!(|data: &[u8]| {
    let Ok(overrides) = serde_json::from_slice::<Overrides>(data) else {
        return;
    };
    let Ok(settings) = Settings::resolve(None, &overrides) else {
        return;
    };
    assert!(settings.rectified_power().init().is_ok());
    let text = serde_json::to_vec(&settings).unwrap();
    let again = serde_json::from_slice(&text).unwrap();
    assert!(Settings::resolve(None, &again).is_ok());
});
