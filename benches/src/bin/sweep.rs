//! Cost against size: `cargo run --release -p benches --bin sweep -- --keep DIR`.
//!
//! Measures, and with `--svg` draws, the bare matrix product and the whole step against hidden units, batch, visible units and
//! threads, from 784 -> 2000 at batch 100.

#![recursion_limit = "256"]

use std::error::Error;
use std::path::{Path, PathBuf};

use benches::figures;
use benches::report::{Place, Telling};
use benches::shape::Shape;
use benches::workload::Workload;
use burn_runs::{Backend, machine};
use clap::Parser;
use plotters::prelude::*;
use serde::Serialize;

const START: Shape = Shape {
    visible: 784,
    hidden: 2000,
    batch: 100,
};

/// Measures the product and the step against the size.
#[derive(Parser, Debug)]
#[command(name = "sweep")]
struct Arguments {
    /// Where to compute.
    #[arg(long, value_enum, default_value = "flex")]
    backend: Backend,
    /// The folder with `mnist/` and `cifar-10-batches-bin/`; without them images are noise.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    telling: Telling,
    /// The figure to draw.
    #[arg(long)]
    svg: Option<PathBuf>,
}

#[derive(Serialize)]
struct Sweep {
    #[serde(flatten)]
    place: Place,
    axes: Vec<Axis>,
}

#[derive(Serialize)]
struct Axis {
    name: &'static str,
    points: Vec<Point>,
}

#[derive(Clone, Copy, Serialize)]
struct Point {
    size: usize,
    matmul: f64,
    step: f64,
}

fn axis(name: &'static str, sizes: &[usize], measure: impl Fn(usize) -> [f64; 2]) -> Axis {
    let points = sizes.iter().map(|&size| {
        let [matmul, step] = measure(size);
        Point { size, matmul, step }
    });
    Axis {
        name,
        points: points.collect(),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let device = arguments.backend.device()?;
    let measure = |shape: Shape| {
        eprintln!("measuring {shape}");
        let workload = Workload::new(shape, arguments.data_dir.as_deref(), &device);
        figures::product_and_step(&workload, &device)
    };
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a few threads can be had")
            .install(|| measure(START))
    };
    let sweep = Sweep {
        place: Place::of(arguments.backend),
        axes: vec![
            axis(
                "hidden units",
                &[250, 500, 1000, 2000, 4000, 8000, 16_000],
                |hidden| measure(Shape { hidden, ..START }),
            ),
            axis(
                "batch",
                &[1, 3, 10, 30, 100, 300, 1000, 2000, 5000, 10_000],
                |batch| measure(Shape { batch, ..START }),
            ),
            axis(
                "visible units",
                &[64, 196, 784, 1568, 3072, 6144, 12_288],
                |visible| measure(Shape { visible, ..START }),
            ),
            axis("threads", &threads(), on_threads),
        ],
    };
    arguments
        .telling
        .tell("sweep", &sweep, || print_table(&sweep))?;
    match &arguments.svg {
        Some(path) => draw(&sweep, path),
        None => Ok(()),
    }
}

fn print_table(sweep: &Sweep) {
    println!("{}", sweep.place);
    for axis in &sweep.axes {
        println!("\n{:<16}{:>14}{:>14}", axis.name, "product, ms", "step, ms");
        for point in &axis.points {
            let Point { size, matmul, step } = point;
            println!("{size:<16}{matmul:>14.3}{step:>14.3}{:>8.2}", step / matmul);
        }
    }
}

/// 1, 2, 4 and so on, and all cores.
fn threads() -> Vec<usize> {
    let cores = machine::cores();
    let doubled = std::iter::successors(Some(1), |threads| Some(2 * threads));
    let fewer = doubled.take_while(|threads| *threads < cores);
    fewer.chain([cores]).collect()
}

fn draw(sweep: &Sweep, path: &Path) -> Result<(), Box<dyn Error>> {
    // Two points, of one and two threads, are no curve.
    let curves = sweep.axes.iter().filter(|axis| axis.points.len() > 2);
    let count = curves.clone().count();
    let root = SVGBackend::new(path, (400 * count as u32, 400)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, axis) in root.split_evenly((1, count)).iter().zip(curves) {
        let sizes = axis.points.iter().map(|point| point.size as f64);
        let times = axis
            .points
            .iter()
            .flat_map(|point| [point.matmul, point.step]);
        let (from, to) = (
            sizes.clone().fold(f64::MAX, f64::min),
            sizes.fold(0.0, f64::max),
        );
        let (least, most) = (
            times.clone().fold(f64::MAX, f64::min),
            times.fold(0.0, f64::max),
        );
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .caption(axis.name, ("sans-serif", 18))
            .x_label_area_size(30)
            .y_label_area_size(56)
            .build_cartesian_2d(
                (from..to).log_scale(),
                (least * 0.8..most * 1.25).log_scale(),
            )?;
        chart
            .configure_mesh()
            .max_light_lines(0)
            .x_label_formatter(&round)
            .y_label_formatter(&round)
            .y_desc("milliseconds")
            .draw()?;
        let lines = [
            (
                "matrix product",
                BLUE,
                (|point| point.matmul) as fn(&Point) -> f64,
            ),
            ("whole step", RED, |point| point.step),
        ];
        for (name, color, time) in lines {
            let points = axis.points.iter();
            let line = points.map(|point| (point.size as f64, time(point)));
            chart
                .draw_series(LineSeries::new(line, color.stroke_width(2)).point_size(3))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .draw()?;
    }
    root.present()?;
    Ok(())
}

/// Labels 1, 2 and 5 of each decade; the others would run into each other.
fn round(value: &f64) -> String {
    let decade = 10f64.powf(value.log10().floor());
    match (value / decade).round() as usize {
        1 | 2 | 5 => format!("{value}"),
        _ => String::new(),
    }
}
