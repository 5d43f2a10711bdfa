//! Images of one's own, for the tests of both programs.

use std::fs;
use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

/// Class folders in `root`, `count` coloured pictures in each: a mosaic of its own for each class, a little different in each
/// pixel of each picture. Returns one file of each class.
pub fn coloured_classes(root: &Path, classes: u8, count: u8, side: u32) -> Vec<PathBuf> {
    let write = |class: u8, picture: u8| {
        let folder = root.join(format!("class {class:02}"));
        fs::create_dir_all(&folder).unwrap();
        let image = RgbImage::from_fn(side, side, |x, y| {
            let value = |channel: u32| {
                let tile = mixed(u32::from(class) << 16 | (x / 3) << 12 | (y / 3) << 8 | channel);
                let grain = mixed(u32::from(picture) << 24 | x << 16 | y << 8 | channel);
                (tile % 200 + grain % 50) as u8
            };
            Rgb([0, 1, 2].map(value))
        });
        let file = folder.join(format!("{picture}.png"));
        image.save(&file).unwrap();
        file
    };
    let files = (0..classes).map(|class| {
        let mut files: Vec<_> = (0..count).map(|picture| write(class, picture)).collect();
        files.pop().expect("at least one picture")
    });
    files.collect()
}

/// A number that looks drawn from all.
fn mixed(seed: u32) -> u32 {
    let seed = (seed ^ seed >> 16).wrapping_mul(0x045d_9f3b);
    let seed = (seed ^ seed >> 16).wrapping_mul(0x045d_9f3b);
    seed ^ seed >> 16
}
