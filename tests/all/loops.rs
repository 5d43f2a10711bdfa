//! The rules and the layers of a convolutional network as literal loops over indices, in float64.

pub type Rows = Vec<Vec<f64>>;

/// Values `[images, channels, height, width]`, the last axis fastest.
#[derive(Clone, Debug)]
pub struct Maps {
    pub shape: [usize; 4],
    pub values: Vec<f64>,
}

/// What lies beyond the border of an image.
#[derive(Clone, Copy, Debug)]
pub enum Border {
    Zeros,
    /// The image in a mirror on the border pixel, which is not repeated.
    Reflect,
}

/// What is made of the values under a window.
#[derive(Clone, Copy, Debug)]
pub enum Pool {
    /// Of those inside of the image.
    Max,
    /// Of all of them, zeros for those outside.
    Average,
}

/// A window that moves over an image; down and across.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub padding: [usize; 2],
}

#[derive(Clone, Copy, Debug)]
pub enum Rule {
    Soft { t: f64, anti_hebbian: bool },
    Plain,
    Oja,
    Instar,
}

impl Window {
    /// How many fit on each side of an image.
    pub fn outputs(self, sides: [usize; 2]) -> [usize; 2] {
        let along = |axis: usize| {
            (sides[axis] + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
        };
        [along(0), along(1)]
    }

    /// Rows and columns of the image under the window at an output, row after row.
    fn places(self, output: [usize; 2]) -> Vec<[isize; 2]> {
        let start =
            |axis| (output[axis] * self.stride[axis]) as isize - self.padding[axis] as isize;
        let mut places = Vec::new();
        for i in 0..self.kernel[0] as isize {
            for j in 0..self.kernel[1] as isize {
                places.push([start(0) + i, start(1) + j]);
            }
        }
        places
    }
}

/// All indices of a shape, the last axis fastest.
fn indices(shape: [usize; 4]) -> Vec<[usize; 4]> {
    let mut indices = Vec::new();
    for image in 0..shape[0] {
        for channel in 0..shape[1] {
            for row in 0..shape[2] {
                for column in 0..shape[3] {
                    indices.push([image, channel, row, column]);
                }
            }
        }
    }
    indices
}

impl Maps {
    fn of(shape: [usize; 4], value: impl FnMut([usize; 4]) -> f64) -> Self {
        let values = indices(shape).into_iter().map(value).collect();
        Self { shape, values }
    }

    /// The values of one row for each image and position, in the order of [`patches`](Self::patches).
    pub fn from_rows(rows: &Rows, [images, height, width]: [usize; 3]) -> Self {
        let shape = [images, rows[0].len(), height, width];
        Self::of(shape, |[image, channel, row, column]| {
            rows[(image * height + row) * width + column][channel]
        })
    }

    fn at(&self, [image, channel, row, column]: [usize; 4]) -> f64 {
        let [_, channels, height, width] = self.shape;
        self.values[((image * channels + channel) * height + row) * width + column]
    }

    /// The value at a place that may lie outside of the image.
    fn inside(&self, [image, channel]: [usize; 2], [row, column]: [isize; 2]) -> Option<f64> {
        let [_, _, height, width] = self.shape;
        let within = |place, side| usize::try_from(place).ok().filter(|place| *place < side);
        Some(self.at([image, channel, within(row, height)?, within(column, width)?]))
    }

    fn padded(&self, of: [usize; 2], [row, column]: [isize; 2], border: Border) -> f64 {
        let mirror = |place: isize, side: usize| {
            let last = side as isize - 1;
            last - (last - place.abs()).abs()
        };
        match border {
            Border::Zeros => self.inside(of, [row, column]).unwrap_or(0.0),
            Border::Reflect => {
                let [_, _, height, width] = self.shape;
                let place = [mirror(row, height), mirror(column, width)];
                self.inside(of, place)
                    .expect("a mirror that is not wider than the image")
            }
        }
    }

    /// One row for each image and output position, its entries by channel, kernel row and column.
    pub fn patches(&self, window: Window, border: Border) -> Rows {
        let [images, channels, height, width] = self.shape;
        let [down, across] = window.outputs([height, width]);
        let mut rows = Vec::new();
        for image in 0..images {
            for row in 0..down {
                for column in 0..across {
                    let mut patch = Vec::new();
                    for channel in 0..channels {
                        for place in window.places([row, column]) {
                            patch.push(self.padded([image, channel], place, border));
                        }
                    }
                    rows.push(patch);
                }
            }
        }
        rows
    }

    /// Every channel less its mean, over the root of its variance; the means; the variances over
    /// n - 1.
    pub fn batch_norm(&self, epsilon: f64) -> (Self, Vec<f64>, Vec<f64>) {
        let [images, channels, height, width] = self.shape;
        let count = (images * height * width) as f64;
        let mut means = vec![0.0; channels];
        for index in indices(self.shape) {
            means[index[1]] += self.at(index) / count;
        }
        let mut squares = vec![0.0; channels];
        for index in indices(self.shape) {
            squares[index[1]] += (self.at(index) - means[index[1]]).powi(2);
        }
        let normalised = Self::of(self.shape, |index| {
            let variance = squares[index[1]] / count;
            (self.at(index) - means[index[1]]) / (variance + epsilon).sqrt()
        });
        let variances = squares
            .iter()
            .map(|square| square / (count - 1.0))
            .collect();
        (normalised, means, variances)
    }

    /// The mean over channels taken away, the negative part cut off, then the power.
    pub fn triangle(&self, power: f64) -> Self {
        let channels = self.shape[1];
        Self::of(self.shape, |[image, channel, row, column]| {
            let mut mean = 0.0;
            for other in 0..channels {
                mean += self.at([image, other, row, column]) / channels as f64;
            }
            (self.at([image, channel, row, column]) - mean)
                .max(0.0)
                .powf(power)
        })
    }

    pub fn pool(&self, pool: Pool, window: Window) -> Self {
        let [images, channels, height, width] = self.shape;
        let [down, across] = window.outputs([height, width]);
        Self::of(
            [images, channels, down, across],
            |[image, channel, row, column]| {
                let places = window.places([row, column]).into_iter();
                let values = places.filter_map(|place| self.inside([image, channel], place));
                match pool {
                    Pool::Max => values.fold(f64::NEG_INFINITY, f64::max),
                    Pool::Average => {
                        values.sum::<f64>() / window.kernel.iter().product::<usize>() as f64
                    }
                }
            },
        )
    }
}

/// `u_mu = sum_i W_mu,i x_i` for each row x.
pub fn products(weights: &Rows, rows: &Rows) -> Rows {
    let mut products = vec![vec![0.0; weights.len()]; rows.len()];
    for (x, u) in rows.iter().zip(&mut products) {
        for (unit, w) in weights.iter().enumerate() {
            for i in 0..x.len() {
                u[unit] += w[i] * x[i];
            }
        }
    }
    products
}

/// The unit with the largest product, the first of equal ones.
pub fn winner(u: &[f64]) -> usize {
    let mut winner = 0;
    for unit in 1..u.len() {
        if u[unit] > u[winner] {
            winner = unit;
        }
    }
    winner
}

/// The factor of each unit's change.
pub fn responses(u: &[f64], rule: Rule) -> Vec<f64> {
    let winner = winner(u);
    let (t, anti_hebbian) = match rule {
        Rule::Soft { t, anti_hebbian } => (t, anti_hebbian),
        Rule::Plain | Rule::Oja | Rule::Instar => {
            let mut y = vec![0.0; u.len()];
            y[winner] = if matches!(rule, Rule::Plain) {
                1.0
            } else {
                u[winner]
            };
            return y;
        }
    };
    let powers: Vec<f64> = u
        .iter()
        .map(|u_mu| (t * (u_mu - u[winner])).exp())
        .collect();
    let sum: f64 = powers.iter().sum();
    let sign = |unit| {
        if anti_hebbian && unit != winner {
            -1.0
        } else {
            1.0
        }
    };
    let responses = powers.iter().enumerate();
    responses
        .map(|(unit, power)| sign(unit) * power / sum)
        .collect()
}

/// `dW_mu,i = sum over rows of y_mu (x_i - u_mu W_mu,i)`; the instar's decay is without `u_mu`.
pub fn update(weights: &Rows, rows: &Rows, rule: Rule) -> Rows {
    let mut change = vec![vec![0.0; weights[0].len()]; weights.len()];
    for (x, u) in rows.iter().zip(products(weights, rows)) {
        for (unit, y) in responses(&u, rule).into_iter().enumerate() {
            let decay = if matches!(rule, Rule::Instar) {
                1.0
            } else {
                u[unit]
            };
            for i in 0..x.len() {
                change[unit][i] += y * (x[i] - decay * weights[unit][i]);
            }
        }
    }
    change
}

/// `W_mu + rate (| |W_mu| - 1 | + 1e-10)^power dW_mu / max |dW|`.
pub fn step(weights: &Rows, change: &Rows, rate: f64, power: f64) -> Rows {
    let largest = change
        .concat()
        .iter()
        .fold(1e-30, |largest: f64, value| largest.max(value.abs()));
    let unit = |(w, dw): (&Vec<f64>, &Vec<f64>)| {
        let length = w.iter().map(|w| w * w).sum::<f64>().sqrt();
        let rate = rate * ((length - 1.0).abs() + 1e-10).powf(power);
        w.iter()
            .zip(dw)
            .map(|(w, dw)| w + rate * dw / largest)
            .collect()
    };
    weights.iter().zip(change).map(unit).collect()
}
