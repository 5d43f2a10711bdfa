//! How long a step takes: `cargo run --release -p benches --bin step -- [--json] [--backend B]`.
//!
//! Everything is measured in turn in one run. Read the times as ratios: the bare matrix product
//! of the same backend is the unit.

#![recursion_limit = "256"]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use burn::tensor::Device;
use burn_runs::Backend;
use clap::Parser;
use serde::Serialize;

use benches::figures::{self, Milliseconds, Ratios};
use benches::report::{Place, Telling, exit_code, print_times};
use benches::shape::Shape;
use benches::workload::Workload;

/// Measures the steps of both networks, in units of their matrix product.
#[derive(Parser, Debug)]
#[command(name = "step")]
struct Arguments {
    #[command(flatten)]
    telling: Telling,
    /// Where to compute.
    #[arg(long, value_enum, default_value = "flex")]
    backend: Backend,
    /// The folder with `mnist/` and `cifar-10-batches-bin/`; without them images are drawn at
    /// random, as dark as theirs.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Visible units, hidden units and batch, as in `784x2000x100`; may be repeated.
    #[arg(long, default_values = ["784x2000x100", "784x2000x1000", "3072x2000x100", "3072x2000x1000"])]
    shape: Vec<Shape>,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    place: Place,
    /// Of the first shape.
    milliseconds: Milliseconds,
    /// Of the first shape.
    #[serde(flatten)]
    ratios: Ratios,
    shapes: Vec<Measured>,
}

#[derive(Clone, Serialize)]
struct Measured {
    #[serde(flatten)]
    shape: Shape,
    images: &'static str,
    /// The share of values that are not 0.
    density: f64,
    milliseconds: Milliseconds,
    #[serde(flatten)]
    ratios: Ratios,
}

fn measure(shape: Shape, arguments: &Arguments, device: &Device) -> Measured {
    eprintln!("measuring {shape}");
    let workload = Workload::new(shape, arguments.data_dir.as_deref(), device);
    let milliseconds = figures::measure(&workload, device);
    Measured {
        shape,
        images: workload.name,
        density: workload.density,
        ratios: Ratios::of(&milliseconds),
        milliseconds,
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let device = arguments.backend.device()?;
    let shapes = arguments.shape.iter();
    let shapes: Vec<Measured> = shapes
        .map(|shape| measure(*shape, arguments, &device))
        .collect();
    // The parser's default makes sure of one.
    let first = shapes[0].clone();
    let report = Report {
        place: Place::of(arguments.backend),
        milliseconds: first.milliseconds,
        ratios: first.ratios,
        shapes,
    };
    let table = || print_table(&report);
    arguments.telling.tell("step", &report, table)
}

fn print_table(report: &Report) {
    println!("{}", report.place);
    for measured in &report.shapes {
        let Shape {
            visible,
            hidden,
            batch,
        } = measured.shape;
        println!(
            "\n{visible} -> {hidden}, batch {batch}, {} images, {:.0} % not 0",
            measured.images,
            100.0 * measured.density
        );
        print_times(&measured.milliseconds, measured.milliseconds.matmul);
    }
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}
