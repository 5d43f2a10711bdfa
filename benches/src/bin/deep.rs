//! How long a local step of a deep network takes, and an epoch of its readout:
//! `cargo run --release -p benches --bin deep -- [--json] [--data-dir DIR]`.
//!
//! Everything is measured in turn in one run. Read the times as ratios: to the bare matrix products
//! of a step, and to one reading of the features.

#![recursion_limit = "256"]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use burn_runs::Backend;
use clap::Parser;
use serde::Serialize;

use benches::deep::{self, BlockMilliseconds};
use benches::readout;
use benches::report::{Place, Telling, exit_code, print_times};

/// Measures the local step of three blocks in units of its matrix products, and an epoch of the
/// readout in units of reading its features once.
#[derive(Parser, Debug)]
#[command(name = "deep")]
struct Arguments {
    #[command(flatten)]
    telling: Telling,
    /// The folder with `cifar-10-batches-bin/`; without it images are noise.
    #[arg(long)]
    data_dir: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    place: Place,
    images: &'static str,
    step_over_products: f64,
    readout_epoch_over_read: f64,
    milliseconds: Milliseconds,
    blocks: Vec<Block>,
}

#[derive(Serialize)]
struct Milliseconds {
    #[serde(flatten)]
    whole: deep::Milliseconds,
    readout_read: f64,
    readout_epoch: f64,
}

#[derive(Serialize)]
struct Block {
    learn_over_products: f64,
    milliseconds: BlockMilliseconds,
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let device = Backend::Flex.device()?;
    eprintln!("measuring the local step");
    let deep = deep::measure(arguments.data_dir.as_deref(), &device);
    eprintln!("measuring the readout");
    let readout = readout::measure(&device);
    let blocks = deep.blocks.map(|milliseconds| Block {
        learn_over_products: milliseconds.learn / milliseconds.products(),
        milliseconds,
    });
    let report = Report {
        place: Place::of(Backend::Flex),
        images: deep.images,
        step_over_products: deep.whole.step / deep.whole.products,
        readout_epoch_over_read: readout.epoch / readout.read,
        milliseconds: Milliseconds {
            whole: deep.whole,
            readout_read: readout.read,
            readout_epoch: readout.epoch,
        },
        blocks: blocks.into(),
    };
    let table = || print_table(&report, readout);
    arguments.telling.tell("deep", &report, table)
}

fn print_table(report: &Report, readout: readout::Milliseconds) {
    let whole = report.milliseconds.whole;
    println!("{}", report.place);
    println!("\nthree blocks, batch 10, {} images", report.images);
    print_times(&whole, whole.products);
    for (number, Block { milliseconds, .. }) in (1..).zip(&report.blocks) {
        println!("\nblock {number}");
        print_times(milliseconds, milliseconds.products());
    }
    println!("\nreadout of 24,576 features, batch 64");
    print_times(&readout, readout.read);
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}
