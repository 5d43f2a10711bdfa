//! What a step costs on servers: `cargo run --release -p benches --features remote --bin remote -- [--json]`.
//!
//! Servers and the program share this machine, so nothing here is the time of a network; what travels is
//! counted by a relay in front of each server, and timed without one.

#![recursion_limit = "256"]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use backprop_mlp::BackpropMlpConfig;
use burn::data::dataloader::DataLoader;
use burn::optim::ModuleOptimizer;
use burn::server::{RemoteServer, WebSocketTransport};
use burn::tensor::Device;
use burn::train::{
    InferenceStep, Learner, LearnerModel, SupervisedTraining, TrainStep, TrainingStrategy,
};
use burn_hebbian::remote::{connect, with_fused_operations};
use burn_hebbian::train::{InPlaceStrategy, Labelled};
use burn_hebbian::{FusedAdamConfig, HebbianLinearConfig, MaxNormalizedConfig};
use burn_runs::remote::listen;
use burn_runs::{Backend, Ui, on_devices};
use clap::Parser;
use serde::Serialize;
use tokio::runtime::Runtime;
use two_networks::loader::{Loader, labelled, unlabelled};

use benches::relay::{Passed, Relay};
use benches::report::{Place, Telling, exit_code};
use benches::shape::Shape;
use benches::timing::median;
use benches::workload::Workload;

const CLASSES: usize = 10;
/// How often each is timed.
const TURNS: usize = 3;

/// Measures the steps of both networks on servers.
#[derive(Parser, Debug)]
#[command(name = "remote")]
struct Arguments {
    #[command(flatten)]
    telling: Telling,
    /// What the servers compute on, and this program beside them.
    #[arg(long, value_enum, default_value = "flex")]
    backend: Backend,
    /// The folder with `mnist/`; without it images are drawn at random, as dark as theirs.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Visible units, hidden units and batch.
    #[arg(long, default_value = "784x2000x100")]
    shape: Shape,
    /// The steps of an epoch; once in each, the weights travel there and back.
    #[arg(long, default_value_t = 10)]
    steps: usize,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    shape: Shape,
    engines: Vec<Cost>,
}

/// What one step costs.
#[derive(Serialize)]
struct Cost {
    network: &'static str,
    engine: String,
    milliseconds: f64,
    /// From the program and back, where there is a server.
    messages: Option<[f64; 2]>,
    kilobytes: Option<[f64; 2]>,
}

/// Where steps are taken.
struct Engine {
    name: String,
    devices: Vec<Device>,
    relays: Vec<Relay>,
}

struct Servers {
    runtime: Runtime,
    device: Device,
}

impl Servers {
    /// Starts one, and returns its address.
    fn start(&self, is_fused: bool) -> std::io::Result<String> {
        let listener = listen(([127, 0, 0, 1], 0).into())?;
        let url = format!("ws://{}", listener.local_addr()?);
        let mut server = RemoteServer::new([self.device.clone()]);
        if is_fused {
            server = with_fused_operations(server, &self.device);
        }
        let transport = WebSocketTransport::from_listener(listener);
        self.runtime.spawn(server.serve_async(transport));
        Ok(url)
    }

    /// An engine on servers, with relays in front of them where they are `counted`.
    fn engine(
        &self,
        count: usize,
        is_fused: bool,
        counted: bool,
    ) -> Result<Engine, Box<dyn Error>> {
        let mut engine = Engine {
            name: match (count, is_fused) {
                (1, true) => "a server".into(),
                (1, false) => "a server without the fused operations".into(),
                _ => format!("{count} servers"),
            },
            devices: Vec::new(),
            relays: Vec::new(),
        };
        for _ in 0..count {
            let mut url = self.start(is_fused)?;
            if counted {
                let relay = Relay::start(&url)?;
                url = relay.url.clone();
                engine.relays.push(relay);
            }
            engine.devices.push(connect(&url, None)?);
        }
        Ok(engine)
    }
}

impl Engine {
    fn here(device: &Device) -> Self {
        Self {
            name: "this machine".into(),
            devices: vec![device.clone()],
            relays: Vec::new(),
        }
    }

    fn passed(&self) -> Option<Passed> {
        let all = self.relays.iter().map(Relay::passed);
        all.reduce(|a, b| Passed {
            messages: [0, 1].map(|way: usize| a.messages[way] + b.messages[way]),
            bytes: [0, 1].map(|way: usize| a.bytes[way] + b.bytes[way]),
        })
    }

    /// The cost of a step: what three epochs cost more than one.
    fn cost<M, O>(
        &self,
        network: &'static str,
        how: &How<M>,
        loader: &Loader<O>,
    ) -> Result<Cost, Box<dyn Error>>
    where
        M: LearnerModel + TrainStep<Input = O> + InferenceStep<Input = O>,
        O: Clone + Send + Sync + 'static,
    {
        let steps = (2 * loader.batches()) as f64;
        let mut times = Vec::new();
        let mut more = None;
        for _ in 0..TURNS {
            let (one, few) = self.train(1, how, loader)?;
            let (three, many) = self.train(3, how, loader)?;
            times.push(1e3 * (three - one) / steps);
            more = many.zip(few).map(|(many, few)| many - few);
        }
        let of = |counts: [i64; 2], unit: f64| counts.map(|count| count as f64 / steps / unit);
        Ok(Cost {
            network,
            engine: self.name.clone(),
            milliseconds: median(times),
            messages: more.map(|more| of(more.messages, 1.0)),
            kilobytes: more.map(|more| of(more.bytes, 1e3)),
        })
    }

    /// The seconds of so many epochs, and what passed meanwhile.
    fn train<M, O>(
        &self,
        epochs: usize,
        how: &How<M>,
        loader: &Loader<O>,
    ) -> Result<(f64, Option<Passed>), Box<dyn Error>>
    where
        M: LearnerModel + TrainStep<Input = O> + InferenceStep<Input = O>,
        O: Clone + Send + Sync + 'static,
    {
        let folder = tempfile::tempdir()?;
        // Validated on a single example.
        let valid = loader.slice(0, 1);
        let train = Arc::new(loader.clone().shuffled(0));
        let training = SupervisedTraining::new(folder.path(), train, valid)
            .num_epochs(epochs)
            .with_training_strategy((how.strategy)())
            .with_application_logger(None)
            .renderer(Ui::None.renderer(Default::default(), "", 0));
        let learner = Learner::new(how.model.clone(), (how.optimizer)(), 0.001);
        let (started, before) = (Instant::now(), self.passed());
        let result = training.launch(learner);
        if let Some(error) = result.error {
            return Err(error.to_string().into());
        }
        self.devices[0].sync()?;
        let seconds = started.elapsed().as_secs_f64();
        let passed = self.passed().zip(before).map(|(now, then)| now - then);
        Ok((seconds, passed))
    }

    /// The costs of the steps of both networks; the local rule's in place where there is one device.
    fn costs(&self, arguments: &Arguments) -> Result<[Cost; 2], Box<dyn Error>> {
        eprintln!("measuring {}", self.name);
        let device = &self.devices[0];
        let autodiff = device.clone().autodiff();
        let Shape {
            visible,
            hidden,
            batch,
        } = arguments.shape;
        let workload = Workload::new(arguments.shape, arguments.data_dir.as_deref(), device);
        let data = Labelled {
            inputs: workload.images.narrow(0, 0, arguments.steps * batch),
            labels: workload.labels.narrow(0, 0, arguments.steps * batch),
        };
        let in_place = || match self.devices.len() {
            1 => TrainingStrategy::Custom(Arc::new(InPlaceStrategy::new(autodiff.clone()))),
            _ => on_devices(&self.devices),
        };
        let how = How {
            model: HebbianLinearConfig::new(visible, hidden).init(&autodiff)?,
            optimizer: &|| {
                MaxNormalizedConfig::new()
                    .init()
                    .expect("the defaults are allowed")
            },
            strategy: &in_place,
        };
        let hebbian = self.cost("local rule", &how, &unlabelled(&data, batch))?;
        let summed = self.devices.len();
        let how = How {
            model: BackpropMlpConfig::new(visible, hidden, CLASSES).init(&autodiff)?,
            optimizer: &|| FusedAdamConfig::new().with_summed(summed).init(),
            strategy: &|| on_devices(&self.devices),
        };
        let backprop = self.cost("backprop", &how, &labelled(&data, batch))?;
        Ok([hebbian, backprop])
    }
}

/// What is trained, and how; strategies and optimizers are used up by a training.
struct How<'a, M: LearnerModel> {
    model: M,
    optimizer: &'a dyn Fn() -> ModuleOptimizer,
    strategy: &'a dyn Fn() -> TrainingStrategy<M>,
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let device = arguments.backend.device()?;
    let servers = Servers {
        runtime: tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?,
        device: device.clone(),
    };
    let mut engines: Vec<Cost> = Engine::here(&device).costs(arguments)?.into();
    for (count, is_fused) in [(1, true), (1, false), (2, true)] {
        let timed = servers.engine(count, is_fused, false)?.costs(arguments)?;
        let counted = servers.engine(count, is_fused, true)?.costs(arguments)?;
        engines.extend(counted.into_iter().zip(timed).map(|(counted, timed)| Cost {
            milliseconds: timed.milliseconds,
            ..counted
        }));
    }
    let report = Report {
        place: Place::of(arguments.backend),
        shape: arguments.shape,
        engines,
    };
    arguments
        .telling
        .tell("remote", &report, || print_table(&report))
}

fn print_table(report: &Report) {
    println!("{}\n", report.place);
    println!("| network | engine | ms | messages, there and back | kB, there and back |");
    println!("|---|---|---|---|---|");
    for cost in &report.engines {
        let pair = |pair: Option<[f64; 2]>| match pair {
            Some([there, back]) => format!("{there:.1}, {back:.1}"),
            None => String::new(),
        };
        let (messages, kilobytes) = (pair(cost.messages), pair(cost.kilobytes));
        let Cost {
            network,
            engine,
            milliseconds,
            ..
        } = cost;
        println!("| {network} | {engine} | {milliseconds:.2} | {messages} | {kilobytes} |");
    }
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}
