//! The readout takes the same steps on every backend.

use burn::tensor::{Int, Tensor};
use burn_hebbian::DropoutReadoutConfig;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::devices::{self, assert_close, entries, matrix, uniform};

const SHAPE: [usize; 2] = [21, 700];
const CLASSES: usize = 3;

#[test]
fn steps_end_in_the_same_weights() {
    let [batch, features] = SHAPE;
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let examples = uniform(&mut rng, batch * features, 0.0, 1.0);
    let start = uniform(&mut rng, CLASSES * (features + 1), -0.04, 0.04);
    let mut expected: Option<Vec<f32>> = None;
    for (backend, device) in devices::all() {
        let mut readout = DropoutReadoutConfig::new(features, CLASSES)
            .with_dropout(0.0)
            .init(&device)
            .unwrap();
        let start = matrix(CLASSES, features + 1, start.clone(), &device);
        readout.weight = readout.weight.map(|_| start);
        let labels = Tensor::<1, Int>::arange(0..batch as i64, &device) % CLASSES as i64;
        for _ in 0..5 {
            let examples = matrix(batch, features, examples.clone(), &device);
            readout.learn_in_place(examples, labels.clone(), 0.001);
        }
        let found = entries(readout.weight.val());
        let expected = expected.get_or_insert_with(|| found.clone());
        assert_close(&found, expected, 1e-3, &format!("{backend:?}"));

        // A value that is not finite changes nothing.
        let mut hole = examples.clone();
        hole[3 * features + 5] = f32::NAN;
        readout.learn_in_place(matrix(batch, features, hole, &device), labels, 0.001);
        assert_eq!(entries(readout.weight.val()), found, "{backend:?}");
    }
}
