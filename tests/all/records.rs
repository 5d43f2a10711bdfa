//! Saving, loading and moving a layer.

use burn::module::Module;
use burn::store::{ModuleSnapshot, SafetensorsStore};
use burn_hebbian::{HebbianLinear, HebbianLinearConfig};

use crate::devices::{self, entries};

fn layer() -> HebbianLinear {
    HebbianLinearConfig::new(5, 9)
        .init(&devices::first())
        .unwrap()
}

#[test]
fn a_burn_record_on_disk_brings_the_synapses_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("layer.bpk");
    let saved = layer();
    saved.clone().save_file(&path).unwrap();
    let loaded = layer().try_load_file(&path).unwrap();
    assert_eq!(entries(loaded.synapses()), entries(saved.synapses()));
}

#[test]
fn safetensors_bring_the_synapses_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("layer.safetensors");
    let saved = layer();
    saved
        .save_into(&mut SafetensorsStore::from_file(&path))
        .unwrap();
    let mut loaded = layer();
    assert_ne!(entries(loaded.synapses()), entries(saved.synapses()));
    loaded
        .load_from(&mut SafetensorsStore::from_file(&path))
        .unwrap();
    assert_eq!(entries(loaded.synapses()), entries(saved.synapses()));
}

#[test]
fn a_layer_moves_to_every_device_and_learns_there() {
    let saved = layer();
    for (backend, device) in devices::all() {
        let moved = saved.clone().to_device(&device);
        assert_eq!(
            entries(moved.synapses()),
            entries(saved.synapses()),
            "{backend:?}"
        );
        let (_, images) = devices::random_case(5, [1, 5, 8], &device);
        let learned = moved.learn(images, 0.02);
        assert_ne!(
            entries(learned.synapses()),
            entries(saved.synapses()),
            "{backend:?}"
        );
        assert_eq!(learned.synapses().device(), device);
    }
}
