//! What the fused competition needs of a rule whose units respond to their plain products.

/// How the units respond to an example with the products `u = W . v`, checked by whoever made it:
/// `dW = y v - d W` with the response y and the decay d of each unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Competitors {
    /// `y = +-softmax(t u)`, `d = y u`.
    Soft {
        /// t
        inverse_temperature: f64,
        /// Whether the losers' y is negative.
        anti_hebbian: bool,
    },
    /// `y = 1`, `d = u` for the winner.
    Plain,
    /// `y = u`, `d = u^2` for the winner.
    Oja,
    /// `y = u`, `d = u` for the winner.
    Instar,
}
