//! Servers of this process, and what several of them make of a run.

use std::sync::OnceLock;

use burn::server::{RemoteServer, WebSocketTransport};
use burn::tensor::Device;
use burn_hebbian::remote::{connect, with_fused_operations};
use burn_runs::remote::listen;
use tokio::runtime::Runtime;

/// Starts a server of this machine's CPU, with the fused operations if it is to know them, and returns its address.
fn start(is_fused: bool) -> String {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let mut server = RemoteServer::new([Device::flex()]);
    if is_fused {
        server = with_fused_operations(server, &Device::flex());
    }
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.enable_all().build().unwrap()
    });
    runtime.spawn(server.serve_async(WebSocketTransport::from_listener(listener)));
    url
}

/// The server that every test may use.
pub fn url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| start(true))
}

/// Its device.
pub fn device() -> Device {
    static DEVICE: OnceLock<Device> = OnceLock::new();
    DEVICE.get_or_init(|| connect(url(), None).unwrap()).clone()
}

/// Devices of two servers more, which know the fused operations if they are to.
pub fn two(are_fused: bool) -> [Device; 2] {
    [(); 2].map(|()| connect(&start(are_fused), None).unwrap())
}

mod tests {
    use std::sync::Arc;

    use super::*;
    use burn::module::Module;
    use burn::optim::ModuleOptimizer;
    use burn::tensor::{Distribution, Int, Tensor};
    use burn::train::{InferenceStep, Learner, LearnerModel, SupervisedTraining, TrainStep};
    use burn_hebbian::train::Labelled;
    use burn_hebbian::{
        FusedAdamConfig, HebbianLinear, InPlaceLearner, KrotovHopfieldConfig, MaxNormalizedConfig,
        ReadoutConfig,
    };
    use burn_runs::{DeviceLoader, Ui, on_devices};
    use two_networks::loader::{labelled, unlabelled};

    use crate::devices::{assert_close, entries, layer, random_case};

    const VISIBLE: usize = 20;
    const CLASSES: usize = 4;
    const BATCH: usize = 20;
    /// Twenty steps to an epoch.
    const IMAGES: usize = 400;
    const EPOCHS: usize = 5;

    /// A layer, and images with labels, on a device.
    fn case(device: &Device) -> (HebbianLinear, Labelled) {
        let (synapses, images) = random_case(33, [30, VISIBLE, IMAGES], &device.clone().autodiff());
        let labels = Tensor::<1, Int>::arange(0..IMAGES as i64, device) % CLASSES as i64;
        let data = Labelled {
            inputs: images.without_autodiff(),
            labels,
        };
        (layer(synapses, KrotovHopfieldConfig::new()), data)
    }

    /// What a hundred steps on `devices` make of a model, each device taking its share of every batch.
    fn train<M, O>(
        devices: &[Device],
        model: M,
        optimizer: ModuleOptimizer,
        loader: DeviceLoader<2, 1, Int, O>,
        rate: f64,
    ) -> M
    where
        M: LearnerModel + TrainStep<Input = O> + InferenceStep<Input = O>,
        O: Clone + Send + Sync + 'static,
    {
        let directory = tempfile::tempdir().unwrap();
        let valid = Arc::new(loader.clone());
        let training =
            SupervisedTraining::new(directory.path(), Arc::new(loader.shuffled(3)), valid)
                .num_epochs(EPOCHS)
                .with_training_strategy(on_devices(devices))
                .with_application_logger(None)
                .renderer(Ui::None.renderer(Default::default(), "test", 0));
        let result = training.launch(Learner::new(model, optimizer, rate));
        assert!(result.error.is_none());
        result.model
    }

    fn synapses(devices: &[Device]) -> Vec<f32> {
        let (layer, data) = case(&devices[0]);
        let optimizer = MaxNormalizedConfig::new().init().unwrap();
        let trained = train(devices, layer, optimizer, unlabelled(&data, BATCH), 0.02);
        entries(trained.synapses())
    }

    #[test]
    fn two_servers_take_the_steps_of_one_device() {
        let expected = synapses(&[Device::flex()]);
        for are_fused in [true, false] {
            let what = format!("with fused operations: {are_fused}");
            assert_close(&synapses(&two(are_fused)), &expected, 1e-4, &what);
        }
    }

    #[test]
    fn two_servers_take_the_steps_of_one_device_by_gradients() {
        let start = ReadoutConfig::new(VISIBLE, CLASSES)
            .init(&Device::flex())
            .unwrap();
        let weights = |devices: &[Device]| {
            let (_, data) = case(&devices[0]);
            let readout = start.clone().to_device(&devices[0]).train();
            let optimizer = FusedAdamConfig::new().with_summed(devices.len()).init();
            let trained = train(devices, readout, optimizer, labelled(&data, BATCH), 0.01);
            let sizes = Tensor::ones([1, VISIBLE], &devices[0]);
            entries(trained.into_linear(sizes).weight.val())
        };
        assert_close(
            &weights(&two(true)),
            &weights(&[Device::flex()]),
            1e-4,
            "Adam",
        );
    }

    #[test]
    fn a_server_without_the_fused_operations_takes_the_same_steps() {
        let stepped = |device: &Device| {
            let (layer, data) = case(device);
            let mut learner = InPlaceLearner::new(layer);
            for images in data.inputs.chunk(IMAGES / BATCH, 0) {
                learner.step(images, 0.02);
            }
            assert!(learner.check().is_ok());
            entries(learner.into_layer().synapses())
        };
        let expected = stepped(&Device::flex());
        let [fused, _] = two(true);
        let [plain, _] = two(false);
        assert_close(&stepped(&fused), &expected, 1e-5, "fused");
        assert_close(&stepped(&plain), &expected, 1e-4, "plain");
        // Several layers in turn, more than a server keeps workspaces for.
        let (layer, data) = case(&fused);
        let mut learners = [(); 6].map(|()| InPlaceLearner::new(layer.clone()));
        for images in data.inputs.clone().chunk(IMAGES / BATCH, 0) {
            for learner in &mut learners {
                learner.step(images.clone(), 0.02);
            }
        }
        for learner in learners {
            let found = entries(learner.into_layer().synapses());
            assert_close(&found, &expected, 1e-5, "in turn");
        }
        let noise = Tensor::<2>::random([3, VISIBLE], Distribution::Default, &fused) * f32::NAN;
        let mut learner = InPlaceLearner::new(layer);
        learner.step(noise, 0.02);
        let error = learner.check().unwrap_err().to_string();
        assert!(
            error.contains("step 1 met a value in the examples"),
            "{error}"
        );
    }
}
