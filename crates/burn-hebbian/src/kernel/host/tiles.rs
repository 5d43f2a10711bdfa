//! How much of a product stays in which cache: the sizes of this machine, not of the one it was tuned on.

use gemm_common::cache::CACHE_INFO;

/// Examples that share one pass over a panel in the dense product.
pub const GROUP: usize = 6;

/// The pieces in which a batch passes over a panel.
#[derive(Clone, Copy, Debug)]
pub struct Tiles {
    /// Visible neurons whose lines stay in the first-level cache while examples pass over them.
    pub visible: usize,
    /// Examples whose currents stay in the second-level cache while a panel passes over them.
    pub examples: usize,
}

impl Tiles {
    /// Pieces for lines of so many `lanes`, on this machine.
    pub fn of(lanes: usize) -> Self {
        let [first, second, _] = *CACHE_INFO;
        Self::within(
            first.cache_bytes,
            second.cache_bytes,
            lanes * size_of::<f32>(),
        )
    }

    /// A quarter of the first level is left for the batch, half of the second for the panel.
    fn within(first: usize, second: usize, line: usize) -> Self {
        // A machine that does not tell, has no second level, or shares a first level between two threads of a
        // core is taken for a small one.
        let lines = first.max(32 << 10) / 4 * 3 / line;
        let currents = second.max(256 << 10) / 2 / line;
        Self {
            visible: lines.max(1),
            examples: (currents / GROUP).max(1) * GROUP,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_fit_their_caches() {
        for (first, second) in [(32 << 10, 512 << 10), (48 << 10, 2 << 20), (0, 0)] {
            for line in [64, 256, 512] {
                let tiles = Tiles::within(first, second, line);
                assert!(tiles.visible * line < first.max(32 << 10));
                assert!(tiles.examples * line <= second.max(256 << 10) / 2);
                assert_eq!(tiles.examples % GROUP, 0);
            }
        }
        assert_eq!(Tiles::within(32 << 10, 512 << 10, 512).visible, 48);
    }
}
