//! Trials are made here: what one leaves behind and the next can use is kept.

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use burn::train::Interrupter;
use burn_hebbian::{HebbianLinearConfig, LateralInhibitionConfig, LocalRule, unit_length};
use burn_runs::metrics::Rows;
use burn_runs::{Run, Ui};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::trial::{Network, Origin, Stage1, Trial};
use crate::report::{MetricsRow, dead_share};
use crate::run::hebbian::Hebbian;
use crate::run::metrics::metrics_rows;
use crate::run::stage::Stage;
use crate::run::taken::Taken;
use crate::run::{self, analysis, backprop, centre, hebbian, readout, start};
use image_runs::{Errors, Experiment, ImageKind, RunError, Servers, load_images};
use image_sets::{DataSplit, ImageSource, OwnOptions};

/// Makes trials one after the other, and trains a hidden layer once for all that share it.
pub(super) struct Laboratory<'a> {
    pub data_dir: Option<&'a Path>,
    pub directory: PathBuf,
    pub ui: Ui,
    pub servers: Servers,
    pub interrupter: Interrupter,
    /// The last images read, which are the next trial's as a rule.
    pub loaded: Option<Loaded>,
    /// The last hidden layer.
    pub hidden: Option<(Stage1, Hidden)>,
}

/// A hidden layer.
#[derive(Clone)]
pub(super) struct Hidden {
    /// Its synapses, `[hidden, visible]`.
    synapses: Tensor<2>,
    /// How its units ended, where they learned.
    units: Option<Units>,
}

/// How hidden units ended, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Units {
    /// Those that have converged.
    pub converged: f64,
    /// Those that win no training image.
    pub dead: f64,
}

/// Images, and where they are from at which size.
pub(super) struct Loaded {
    from: (ImageSource, usize),
    data: DataSplit,
    kind: ImageKind,
}

/// What a trial showed, in percent and seconds; not a number where it diverged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome {
    pub train_error: f64,
    pub validation_error: f64,
    /// The lowest validation error of all epochs, and the first epoch that reached it.
    pub best_error: f64,
    pub best_epoch: usize,
    pub seconds: f64,
    /// The hidden units, where the trial has some that learned by the local rule.
    pub units: Option<Units>,
}

impl Outcome {
    /// That of a trial whose numbers stopped being finite: it has no errors.
    pub fn diverged(seconds: f64) -> Self {
        Self {
            train_error: f64::NAN,
            validation_error: f64::NAN,
            best_error: f64::NAN,
            best_epoch: 0,
            seconds,
            units: None,
        }
    }
}

impl Laboratory<'_> {
    /// Makes one trial.
    pub fn make(&mut self, trial: &Trial) -> Result<Outcome, RunError> {
        let started = Instant::now();
        let backend = trial.settings.backend;
        let device = self.servers.device(backend, "a trial")?;
        let judged = self.experiment(trial, None, &device)?;
        run::check_counts(&trial.settings, &judged)?;
        let rows = Rows::default();
        let mut units = None;
        let errors = match trial.variation.network {
            Network::Biological => {
                let hidden = self.hidden(trial, &judged, &device)?;
                units = hidden.units;
                let stage = self.stage(trial, &judged, &rows);
                readout::train(&stage, &hidden.synapses)?.errors
            }
            Network::Backprop => backprop::train(&self.stage(trial, &judged, &rows))?.errors,
        };
        let seconds = started.elapsed().as_secs_f64();
        let rows = metrics_rows(&rows.take());
        Ok(outcome(errors, &rows, seconds, units))
    }

    fn stage<'a>(&'a self, trial: &'a Trial, experiment: &'a Experiment, rows: &Rows) -> Stage<'a> {
        Stage {
            settings: &trial.settings,
            experiment,
            devices: std::slice::from_ref(&experiment.device),
            run: Run {
                directory: self.directory.clone(),
                ui: self.ui,
                rows: rows.clone(),
                valid_split: experiment.judge_split,
                interrupter: self.interrupter.clone(),
                checkpoints: None,
            },
        }
    }

    /// The images of the readout or, for `Some`, those of stage 1 from that data set.
    fn experiment(
        &mut self,
        trial: &Trial,
        learn_from: Option<&ImageSource>,
        device: &Device,
    ) -> Result<Experiment, RunError> {
        let variation = &trial.variation;
        let (dataset, classes) = match learn_from {
            Some(dataset) => (dataset, &variation.learn_classes),
            None => (&trial.settings.dataset, &variation.judge_classes),
        };
        let (mut data, kind) = self.load(dataset, trial.settings.image_size)?;
        trial.settings.check_images(kind.shape)?;
        // The test set is not ours to read, not even to throw it away later.
        data.test.pixels.clear();
        data.test.labels.clear();
        if let Some(classes) = classes {
            data.train = data.train.of_classes(classes);
        }
        if variation.permuted {
            let mut order: Vec<usize> = (0..kind.shape.visible()).collect();
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(trial.settings.seed));
            data.train = data.train.permuted(&order);
        }
        let experiment = Experiment::new(data, &kind, trial.settings.validation, device)?;
        let centres = trial.settings.centre && variation.network == Network::Biological;
        Ok(if centres {
            centre::centred(&experiment).0
        } else {
            experiment
        })
    }

    fn load(
        &mut self,
        source: &ImageSource,
        size: usize,
    ) -> Result<(DataSplit, ImageKind), RunError> {
        if let Some(loaded) = &self.loaded
            && (&loaded.from.0, loaded.from.1) == (source, size)
        {
            return Ok((loaded.data.clone(), loaded.kind.clone()));
        }
        let options = OwnOptions {
            size,
            ..OwnOptions::default()
        };
        let (data, kind) = load_images(source, self.data_dir, options)?;
        self.loaded = Some(Loaded {
            from: (source.clone(), size),
            data: data.clone(),
            kind: kind.clone(),
        });
        Ok((data, kind))
    }

    /// The hidden layer.
    fn hidden(
        &mut self,
        trial: &Trial,
        judged: &Experiment,
        device: &Device,
    ) -> Result<Hidden, RunError> {
        let stage_1 = trial.stage_1();
        if let Some((known, hidden)) = &self.hidden
            && *known == stage_1
        {
            return Ok(hidden.clone());
        }
        let (settings, variation) = (&trial.settings, &trial.variation);
        let elsewhere = match (&variation.learn_from, &variation.learn_classes) {
            (None, None) => None,
            (from, _) => {
                let dataset = from.map_or(settings.dataset.clone(), ImageSource::from);
                Some(self.experiment(trial, Some(&dataset), device)?)
            }
        };
        let learned = elsewhere.as_ref().unwrap_or(judged);
        let rows = Rows::default();
        let stage = self.stage(trial, learned, &rows);
        let visible = learned.visible();
        let hidden = match variation.synapses {
            Origin::LocalRule => match Taken::of(settings, learned.train_images.shape)? {
                Some(taken) => Hidden::given(taken.tensor(device)),
                None => {
                    let config = settings.hebbian_linear(visible);
                    Hidden::learned(&stage, &hebbian::train(&stage, &config)?)
                }
            },
            Origin::LateralInhibition => {
                let rule = LateralInhibitionConfig::new()
                    .with_p(settings.p)
                    .with_delta(settings.delta)
                    .with_radius(settings.radius);
                let config = HebbianLinearConfig::new(visible, settings.hidden).with_rule(rule);
                let learned = hebbian::train_prepared(&stage, &config, |layer, _| layer)?;
                Hidden::learned(&stage, &learned)
            }
            Origin::Gaussian => {
                stage.seed();
                Hidden::given(Tensor::random(
                    [settings.hidden, visible],
                    Distribution::Normal(0.0, 1.0),
                    device,
                ))
            }
            Origin::TrainingImages => {
                let images = &learned.train.inputs;
                let drawn = start::drawn(images, settings.hidden, 1, settings.seed)?;
                Hidden::given(unit_length(drawn))
            }
            Origin::Pixels => Hidden::given(Tensor::eye(visible, device)),
        };
        self.hidden = Some((stage_1, hidden.clone()));
        Ok(hidden)
    }
}

impl Hidden {
    fn given(synapses: Tensor<2>) -> Self {
        Self {
            synapses,
            units: None,
        }
    }

    fn learned<R: LocalRule>(stage: &Stage, learned: &Hebbian<R>) -> Self {
        let wins = analysis::wins(stage.experiment, stage.settings, &learned.layer);
        Self {
            synapses: learned.layer.synapses(),
            units: Some(Units {
                converged: learned.converged,
                dead: dead_share(&wins),
            }),
        }
    }
}

fn outcome(errors: Errors, rows: &[MetricsRow], seconds: f64, units: Option<Units>) -> Outcome {
    let validation_error = errors
        .validation
        .expect("a trial is judged on the images held out");
    let curve = rows.iter().filter(|row| row.split == "validation");
    let (best_epoch, best_error) = curve.filter_map(|row| Some((row.epoch, row.error?))).fold(
        (0, f64::INFINITY),
        |best, (epoch, error)| {
            if error < best.1 { (epoch, error) } else { best }
        },
    );
    Outcome {
        train_error: errors.train,
        validation_error,
        best_error,
        best_epoch,
        seconds,
        units,
    }
}
