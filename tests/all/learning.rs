//! A few hundred steps of both networks on real digits reach a stated error.

use burn_runs::{Backend, StageError, Ui};
use image_runs::{RunError, Surroundings};
use image_sets::ImageSet;
use two_networks::run;
use two_networks::settings::{Preset, Settings, preset};

use crate::devices;

#[test]
fn both_networks_learn_digits_on_every_backend() {
    for (backend, _) in devices::all() {
        let directory = tempfile::tempdir().unwrap();
        let settings = Settings {
            backend,
            hidden: 120,
            epochs_hebbian: 30,
            batch_size: 50,
            epochs_readout: 10,
            batch_size_readout: 50,
            epochs_backprop: 10,
            batch_size_backprop: 50,
            ..preset(ImageSet::Digits, Preset::Quick)
        };
        let mut surroundings = Surroundings {
            ui: Ui::None,
            ..Surroundings::new(directory.path().to_path_buf())
        };
        #[cfg(feature = "remote")]
        if backend == Backend::Remote {
            surroundings.servers.urls = vec![crate::servers::url().parse().unwrap()];
        }
        let mut outcome = run::run(&settings, &surroundings);
        // On a software Vulkan driver a weight that was read is now and then not finite; the run says
        // so and is gone on with.
        while let Err(RunError::Training(StageError::Failed { reason, .. })) = &outcome
            && reason.contains("with a value that is not finite")
            && !surroundings.resume
            && backend == Backend::Wgpu
        {
            println!("{backend:?} is gone on with: {reason}");
            surroundings.resume = true;
            outcome = run::run(&settings, &surroundings);
        }
        let result = outcome.unwrap();
        println!("{backend:?}: {result:?}");
        // 28 batches an epoch: 840 steps of the local rule, 280 of each classifier, few for the sake of software
        // drivers. Guessing errs in 90 %; on flex it was 22 to 23 % and 5 to 8 % with three seeds.
        let hebbian = result.hebbian.unwrap().test_error.unwrap();
        let backprop = result.backprop.unwrap().test_error.unwrap();
        assert!(hebbian < 30.0, "{backend:?}: biological {hebbian} %");
        assert!(backprop < 12.0, "{backend:?}: backprop {backprop} %");
    }
}
