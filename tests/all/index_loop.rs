//! The rule against a literal loop over indices, in float64, on sizes that fit no block.

use crate::devices::{self, assert_close, entries, random_case};
use burn_hebbian::KrotovHopfieldConfig;

struct Setting {
    p: f64,
    k: usize,
    delta: f64,
    radius: f64,
}

/// `dW_mu,i = sum over examples of g_mu (R^p v_i - I_mu W_mu,i)`, one synapse at a time.
fn update(
    synapses: &[f32],
    images: &[f32],
    [hidden, visible, batch]: [usize; 3],
    setting: &Setting,
) -> Vec<f32> {
    let mut change = vec![0.0f64; hidden * visible];
    for example in 0..batch {
        let mut currents = vec![0.0f64; hidden];
        for unit in 0..hidden {
            for i in 0..visible {
                let w = f64::from(synapses[unit * visible + i]);
                let v = f64::from(images[example * visible + i]);
                currents[unit] += w.signum() * w.abs().powf(setting.p - 1.0) * v;
            }
        }
        let mut order: Vec<usize> = (0..hidden).collect();
        order.sort_by(|a, b| currents[*b].total_cmp(&currents[*a]));
        for (unit, g) in [(order[0], 1.0), (order[setting.k - 1], -setting.delta)] {
            for i in 0..visible {
                let w = f64::from(synapses[unit * visible + i]);
                let v = f64::from(images[example * visible + i]);
                let toward = setting.radius.powf(setting.p) * v;
                change[unit * visible + i] += g * (toward - currents[unit] * w);
            }
        }
    }
    change.into_iter().map(|change| change as f32).collect()
}

#[test]
fn the_update_is_that_of_the_loop() {
    let settings = [
        (
            [7, 5, 3],
            Setting {
                p: 2.0,
                k: 2,
                delta: 0.4,
                radius: 1.0,
            },
        ),
        (
            [33, 17, 9],
            Setting {
                p: 3.0,
                k: 7,
                delta: 0.4,
                radius: 1.0,
            },
        ),
        (
            [50, 31, 13],
            Setting {
                p: 2.7,
                k: 5,
                delta: 0.2,
                radius: 1.5,
            },
        ),
        (
            [70, 3, 20],
            Setting {
                p: 3.0,
                k: 40,
                delta: 1.0,
                radius: 0.5,
            },
        ),
        (
            [5, 1, 4],
            Setting {
                p: 1.0,
                k: 5,
                delta: 0.3,
                radius: 1.0,
            },
        ),
        (
            [2, 40, 1],
            Setting {
                p: 4.0,
                k: 2,
                delta: 0.0,
                radius: 1.0,
            },
        ),
    ];
    for (backend, device) in devices::all() {
        for (number, (shape, setting)) in settings.iter().enumerate() {
            let (synapses, images) = random_case(100 + number as u64, *shape, &device);
            let expected = update(
                &entries(synapses.clone()),
                &entries(images.clone()),
                *shape,
                setting,
            );
            let rule = KrotovHopfieldConfig::new()
                .with_p(setting.p)
                .with_k(setting.k)
                .with_delta(setting.delta)
                .with_radius(setting.radius);
            let found = devices::layer(synapses, rule).local_update(images).change;
            let what = format!("{backend:?}, shape {shape:?}");
            assert_close(&entries(found), &expected, 2e-5, &what);
        }
    }
}
