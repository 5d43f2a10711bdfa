//! Pictures of one size in rows and columns.

use crate::canvas::Canvas;

/// Width of the gaps in a grid.
const GAP: usize = 1;

/// The size of a picture: how many values it has, and how they lie.
///
/// Values lie plane by plane, each plane row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureSize {
    /// Planes: 1 for gray, 3 for red, green and blue.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
}

impl PictureSize {
    /// Pixels of one plane.
    pub fn plane(self) -> usize {
        self.height * self.width
    }

    /// Values over all planes.
    pub fn values(self) -> usize {
        self.channels * self.plane()
    }

    /// Whether a pixel is one shade and no colour.
    pub fn is_gray(self) -> bool {
        self.channels == 1
    }
}

/// Pictures of one size in rows and columns, with thin gaps between and around them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    count: usize,
    columns: usize,
    picture: PictureSize,
    scale: usize,
}

impl Grid {
    /// A near-square grid: 20 pictures lie in 5 columns and 4 rows.
    ///
    /// A pixel becomes a square of canvas pixels, as large as `width` canvas pixels for the grid allow.
    pub fn square(count: usize, picture: PictureSize, width: usize) -> Self {
        let columns = (1..=count).find(|c| c * c >= count).unwrap_or(1);
        Self::new(count, columns, picture, width)
    }

    /// All pictures side by side, at most about `width` canvas pixels wide.
    pub fn row(count: usize, picture: PictureSize, width: usize) -> Self {
        Self::new(count, count, picture, width)
    }

    fn new(count: usize, columns: usize, picture: PictureSize, width: usize) -> Self {
        let scale = (width / (columns * picture.width)).max(1);
        Self {
            count,
            columns,
            picture,
            scale,
        }
    }

    /// Width and height of the whole grid in canvas pixels.
    pub fn size(&self) -> (usize, usize) {
        let rows = self.count.div_ceil(self.columns);
        self.corner(self.columns, rows)
    }

    /// Paints pixel `i` of picture `n` in `colour(n, i)` on a ground of `gap` colour.
    pub fn paint<P: Copy>(&self, gap: P, colour: impl Fn(usize, usize) -> P) -> Canvas<P> {
        let (width, height) = self.size();
        let mut canvas = Canvas::filled(width, height, gap);
        let dot = (self.scale, self.scale);
        for n in 0..self.count {
            let (left, top) = self.corner(n % self.columns, n / self.columns);
            for i in 0..self.picture.plane() {
                let (x, y) = (i % self.picture.width, i / self.picture.width);
                let at = (left + x * self.scale, top + y * self.scale);
                canvas.fill(at, dot, colour(n, i));
            }
        }
        canvas
    }

    /// Top left corner of a cell.
    fn corner(&self, column: usize, row: usize) -> (usize, usize) {
        let along = |cell: usize, size: usize| GAP + cell * (size * self.scale + GAP);
        (
            along(column, self.picture.width),
            along(row, self.picture.height),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: PictureSize = PictureSize {
        channels: 1,
        height: 2,
        width: 3,
    };

    #[test]
    fn twenty_pictures_lie_five_by_four() {
        let grid = Grid::square(20, PICTURE, 0);
        assert_eq!((grid.columns, grid.scale), (5, 1));
        assert_eq!(grid.size(), (5 * 3 + 6, 4 * 2 + 5));
        assert_eq!(Grid::square(25, PICTURE, 0).columns, 5);
        assert_eq!(Grid::square(21, PICTURE, 0).size(), (5 * 3 + 6, 5 * 2 + 6));
    }

    #[test]
    fn every_pixel_becomes_a_square_in_its_cell() {
        let grid = Grid::row(2, PICTURE, 24);
        assert_eq!((grid.scale, grid.size()), (4, (27, 10)));
        let canvas = grid.paint(None, |n, i| Some((n, i)));
        let at = |x: usize, y: usize| canvas.pixels[y * canvas.width + x];
        assert_eq!(at(0, 4), None);
        assert_eq!(at(1, 1), Some((0, 0)));
        assert_eq!(at(4, 4), Some((0, 0)));
        assert_eq!(at(12, 8), Some((0, 5)));
        assert_eq!(at(13, 8), None);
        assert_eq!(at(14, 5), Some((1, 3)));
        let painted = canvas.pixels.iter().filter(|p| p.is_some()).count();
        assert_eq!(painted, 2 * 6 * 16);
    }
}
