//! Where in which images the current of a unit is largest.

/// How many images are kept for each unit.
const KEPT: usize = 6;

/// The place of an image where the current of a unit is larger than elsewhere in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Peak {
    pub current: f32,
    /// Index of the image.
    pub image: usize,
    /// Index of the place on the map, row by row.
    pub place: usize,
}

/// The largest peaks of a unit, from the top down; of equal ones, the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Strongest(Vec<Peak>);

impl Strongest {
    /// Takes a peak of the next image. What is no number is left out.
    pub fn note(&mut self, peak: Peak) {
        let place = self.0.partition_point(|kept| kept.current >= peak.current);
        if !peak.current.is_nan() && place < KEPT {
            self.0.insert(place, peak);
            self.0.truncate(KEPT);
        }
    }

    /// The peaks from the top down.
    pub fn peaks(&self) -> &[Peak] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_kept_in_order() {
        let mut strongest = Strongest::default();
        let currents = [3.0, f32::NAN, -1.0, 9.0, 3.0, 5.0, 0.0, 7.0, 4.0];
        for (image, current) in currents.into_iter().enumerate() {
            let place = 0;
            strongest.note(Peak {
                current,
                image,
                place,
            });
        }
        let images: Vec<_> = strongest.peaks().iter().map(|peak| peak.image).collect();
        assert_eq!(images, [3, 7, 5, 8, 0, 4]);
    }
}
