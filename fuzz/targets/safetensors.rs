//! Weights in safetensors: as the report reads them, as Burn loads them into a network, and with the settings of one.
#![no_main]

use burn::module::Param;
use burn::nn::LinearConfig;
use burn::store::{ModuleSnapshot, SafetensorsStore};
use burn::tensor::Device;
use burn_hebbian::{
    BiologicalNetwork, HebbianLinearConfig, KrotovHopfieldConfig, RectifiedPowerConfig,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    two_networks::fuzzing::weights(data, 3);
    let device = Device::flex();
    let rule = KrotovHopfieldConfig::new().with_k(2);
    let hidden = HebbianLinearConfig::new(3, 2).with_rule(rule);
    let mut network = BiologicalNetwork {
        centre: None,
        hidden: hidden.init(&device).unwrap(),
        activation: RectifiedPowerConfig::new(4.5).init().unwrap(),
        readout: LinearConfig::new(2, 2).with_bias(false).init(&device),
    };
    let mut store = SafetensorsStore::from_bytes(Some(data.to_vec()));
    if network.load_from(&mut store).is_ok() {
        let weight: &Param<_> = &network.hidden.weight;
        assert_eq!(weight.val().dims(), [2, 3]);
    }
    let _ = BiologicalNetwork::from_safetensors(data.to_vec(), &device);
});
