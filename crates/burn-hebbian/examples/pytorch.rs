//! Weights for Python, and weights from PyTorch, by safetensors files.
//!
//! | here | shape | in PyTorch |
//! |---|---|---|
//! | `hidden.weight`, a `HebbianLinear` | `[hidden, visible]` | `Linear.weight` as it is |
//! | `readout.weight`, a `Linear` of Burn | `[hidden, classes]` | `Linear.weight` transposed |
//!
//! `BiologicalNetwork::to_safetensors` keeps the settings as JSON under the key `burn-hebbian` of the
//! metadata. Layers from PyTorch must have no bias. Python is not needed to run this; with it (`pip
//! install numpy safetensors`, and torch if you like) it goes both ways:
//!
//! ```sh
//! cargo run --release -p burn-hebbian --example pytorch target/exchange
//! python crates/burn-hebbian/examples/pytorch.py target/exchange
//! cargo run --release -p burn-hebbian --example pytorch target/exchange   # reads Python
//! ```

use std::error::Error;
use std::path::PathBuf;

use burn::module::{Module, Param};
use burn::store::{ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::{Device, Distribution, Int, Tensor, Tolerance};
use burn_hebbian::{
    BiologicalNetwork, BiologicalNetworkConfig, HebbianLinearConfig, KrotovHopfieldConfig,
    unit_length,
};

const VISIBLE: usize = 6;
const HIDDEN: usize = 5;
const CLASSES: usize = 3;
const POWER: f64 = 2.0;

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::default();
    device.seed(1);
    let folder = std::env::args().nth(1).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| std::env::temp_dir().join("burn-hebbian-pytorch"));
    std::fs::create_dir_all(&folder)?;
    let rule = KrotovHopfieldConfig::new().with_k(2).with_delta(0.1);
    let layer = HebbianLinearConfig::new(VISIBLE, HIDDEN).with_rule(rule);
    let config = BiologicalNetworkConfig::new(layer.clone(), CLASSES).with_power(POWER);

    // To Python: a network whose hidden layer has learned.
    let mut network = config.init(&device)?;
    for _ in 0..500 {
        let images = Tensor::<2>::random([50, VISIBLE], Distribution::Default, &device);
        network.hidden = network.hidden.learn(unit_length(images), 0.02);
    }
    let file = folder.join("network.safetensors");
    let bytes = network.to_safetensors()?;
    std::fs::write(&file, &bytes)?;
    let back = BiologicalNetwork::from_safetensors(bytes, &device)?;
    let ramp = Tensor::<1, Int>::arange(0..VISIBLE as i64, &device).float();
    println!(
        "wrote {}; its outputs for the image 0, 1, ..., 5:",
        file.display()
    );
    println!("  {}", show(network.forward(ramp.clone())));
    assert_eq!(
        back.forward(ramp.clone()).into_data(),
        network.forward(ramp).into_data()
    );

    // From PyTorch: a whole network. The adapter transposes the weights of Burn's `Linear` only.
    let file = folder.join("pytorch.safetensors");
    if !file.exists() {
        std::fs::write(&file, as_pytorch_would())?;
    }
    let mut network = config.init(&device)?;
    let mut store = SafetensorsStore::from_file(&file)
        .with_from_adapter(PyTorchToBurnAdapter)
        .with_key_remapping(r"^fc1\.", "hidden.")
        .with_key_remapping(r"^fc2\.", "readout.");
    network.load_from(&mut store)?;

    let parameter = |size| Param::from_tensor(Tensor::zeros([1, size], &device));
    let mut check = Check {
        image: parameter(VISIBLE),
        outputs: parameter(CLASSES),
    };
    check.load_from(&mut SafetensorsStore::from_file(&file))?;
    let found = network.forward(check.image.val());
    println!("read {}; outputs here and there:", file.display());
    println!("  {}", show(found.clone()));
    println!("  {}", show(check.outputs.val()));
    let expected = check.outputs.val().into_data();
    found
        .into_data()
        .assert_approx_eq::<f32>(&expected, Tolerance::default());

    // From PyTorch: one layer, which then goes on learning here.
    let mut alone = layer.init(&device)?;
    let mut store = SafetensorsStore::from_file(&file).with_key_remapping(r"^fc1\.", "");
    alone.load_from(&mut store)?;
    assert_eq!(
        alone.synapses().into_data(),
        network.hidden.synapses().into_data()
    );
    println!("norms of its hidden layer: {}", show(alone.norms()));
    let alone = alone.learn(unit_length(check.image.val()), 0.02);
    println!("after a step of the rule:  {}", show(alone.norms()));
    assert_ne!(
        alone.synapses().into_data(),
        network.hidden.synapses().into_data()
    );
    Ok(())
}

/// An image and what the network gave for it, under names of their own in the same file.
#[derive(Module, Debug)]
struct Check {
    image: Param<Tensor<2>>,
    outputs: Param<Tensor<2>>,
}

fn show<const D: usize>(tensor: Tensor<D>) -> String {
    let values = tensor.into_data();
    let values = values.iter::<f32>().map(|value| format!("{value:8.5}"));
    values.collect::<Vec<_>>().join(" ")
}

/// What `pytorch.py` writes, for those who do not run it: `fc1.weight` is `[hidden, visible]`,
/// `fc2.weight` `[classes, hidden]`.
fn as_pytorch_would() -> Vec<u8> {
    let value = |index: usize| (index * 7 % 11) as f32 / 10.0 - 0.4;
    let fc1: Vec<f32> = (0..HIDDEN * VISIBLE).map(value).collect();
    let fc2: Vec<f32> = (0..CLASSES * HIDDEN).map(value).collect();
    let image: Vec<f32> = (0..VISIBLE).map(|pixel| pixel as f32).collect();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let length = dot(&image, &image).sqrt();
    let activity = |row| (dot(row, &image) / length).max(0.0).powf(POWER as f32);
    let hidden: Vec<f32> = fc1.chunks(VISIBLE).map(activity).collect();
    let outputs: Vec<f32> = fc2.chunks(HIDDEN).map(|row| dot(row, &hidden)).collect();
    safetensors(&[
        ("fc1.weight", [HIDDEN, VISIBLE], fc1),
        ("fc2.weight", [CLASSES, HIDDEN], fc2),
        ("image", [1, VISIBLE], image),
        ("outputs", [1, CLASSES], outputs),
    ])
}

/// The layout of a safetensors file: the length of the header, the header in JSON, the values.
fn safetensors(tensors: &[(&str, [usize; 2], Vec<f32>)]) -> Vec<u8> {
    let (mut header, mut values) = (vec![], vec![]);
    for (name, shape, tensor) in tensors {
        let start = values.len();
        values.extend(tensor.iter().flat_map(|value| value.to_le_bytes()));
        let end = values.len();
        header.push(format!(
            r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#
        ));
    }
    let header = format!("{{{}}}", header.join(","));
    [
        &(header.len() as u64).to_le_bytes(),
        header.as_bytes(),
        &values,
    ]
    .concat()
}
