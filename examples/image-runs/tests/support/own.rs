//! Images of one's own, for the tests of both programs.

use std::fs;
use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

/// Class folders in `root`, `count` coloured pictures in each: class after class another colour, a little different in
/// each pixel of each picture. Returns one file of each class.
pub fn coloured_classes(root: &Path, classes: u8, count: u8, side: u32) -> Vec<PathBuf> {
    let write = |class: u8, picture: u8| {
        let folder = root.join(format!("class {class:02}"));
        fs::create_dir_all(&folder).unwrap();
        let hue = f32::from(class) / f32::from(classes) * std::f32::consts::TAU;
        let image = RgbImage::from_fn(side, side, |x, y| {
            let noise = (x * 7 + y * 13 + u32::from(picture) * 31) % 40;
            Rgb([0.0_f32, 2.1, 4.2].map(|phase| 100 + (90.0 * (hue + phase).sin()) as i16))
                .0
                .map(|value| (value + noise as i16) as u8)
                .into()
        });
        let file = folder.join(format!("{picture}.png"));
        image.save(&file).unwrap();
        file
    };
    let files = (0..classes).map(|class| {
        let files = (0..count).map(|picture| write(class, picture));
        files.last().expect("at least one picture")
    });
    files.collect()
}
