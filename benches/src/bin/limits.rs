//! What bounds a step, and how far from it each path is: `cargo run --release -p benches --bin limits`.
//!
//! With `--path` it takes so many steps of one path and nothing else, for a profiler that counts:
//! `valgrind --tool=callgrind --cache-sim=yes`, or `perf stat` where it works.

#![recursion_limit = "256"]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use benches::figures::Operation;
use benches::peak::Peak;
use benches::report::{Place, Telling, exit_code};
use benches::shape::Shape;
use benches::timing::{TURNS, medians};
use benches::workload::Workload;
use burn::tensor::Device;
use burn_runs::Backend;
use clap::Parser;
use serde::Serialize;

/// Measures the machine's multiply-adds, and what share of them each path makes.
#[derive(Parser, Debug)]
#[command(name = "limits")]
struct Arguments {
    #[command(flatten)]
    telling: Telling,
    /// The folder with `mnist/` and `cifar-10-batches-bin/`; without them images are drawn at
    /// random, as dark as theirs.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Visible units, hidden units and batch.
    #[arg(long, default_value = "784x2000x100")]
    shape: Shape,
    /// Take steps of this path only, and print nothing.
    #[arg(long, value_enum, conflicts_with_all = ["json", "keep"])]
    path: Option<Operation>,
    /// How many steps of `--path`.
    #[arg(long, default_value_t = 20)]
    steps: usize,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    place: Place,
    shape: Shape,
    /// Multiply-adds a nanosecond, by where one operand lies.
    peak: Peak,
    paths: Vec<Measured>,
}

#[derive(Serialize)]
struct Measured {
    path: &'static str,
    milliseconds: f64,
    /// Millions of multiply-adds in its matrix products.
    multiply_adds: f64,
    /// Multiply-adds a nanosecond.
    rate: f64,
    /// Of the peak with all operands in registers.
    share: f64,
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let device = Backend::Flex.device()?;
    let workload = Workload::new(arguments.shape, arguments.data_dir.as_deref(), &device);
    match arguments.path {
        Some(path) => {
            let mut step = path.prepare(&workload, &device);
            (0..arguments.steps).for_each(|_| step());
            Ok(())
        }
        None => tell(arguments, &workload, &device),
    }
}

fn tell(arguments: &Arguments, workload: &Workload, device: &Device) -> Result<(), Box<dyn Error>> {
    let peak = Peak::measure();
    let mut operations: Vec<_> = Operation::ALL
        .iter()
        .map(|path| path.prepare(workload, device))
        .collect();
    let times = medians(&mut operations, TURNS, device);
    let paths = Operation::ALL.iter().zip(times);
    let report = Report {
        place: Place::of(Backend::Flex),
        shape: arguments.shape,
        peak,
        paths: paths
            .map(|(path, milliseconds)| {
                let multiply_adds = path.multiply_adds(workload) / 1e6;
                let rate = multiply_adds / milliseconds;
                Measured {
                    path: path.name(),
                    milliseconds,
                    multiply_adds,
                    rate,
                    share: rate / peak.registers,
                }
            })
            .collect(),
    };
    let table = || print_table(&report);
    arguments.telling.tell("limits", &report, table)
}

fn print_table(report: &Report) {
    println!("{}, {}", report.place, report.shape);
    println!("\nmultiply-adds a nanosecond, one operand from");
    let Peak {
        registers,
        first_level,
        second_level,
        third_level,
        memory,
    } = report.peak;
    for (place, rate) in [
        ("a register", registers),
        ("16 KiB", first_level),
        ("192 KiB", second_level),
        ("4 MiB", third_level),
        ("128 MiB", memory),
    ] {
        println!("  {place:<20}{rate:>8.1}");
    }
    println!("\n  path                      ms  million     a ns     share");
    for path in &report.paths {
        println!(
            "  {:<20}{:>8.3}{:>9.1}{:>9.1}{:>9.0} %",
            path.path,
            path.milliseconds,
            path.multiply_adds,
            path.rate,
            100.0 * path.share
        );
    }
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}
