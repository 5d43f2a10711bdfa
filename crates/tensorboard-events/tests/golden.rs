//! The bytes against those of TensorBoard's Python package, made by `golden.py`.

use tensorboard_events::{EventFile, Events, Moment, Png};

#[test]
fn the_bytes_are_those_of_tensorboard() {
    let at = |seconds, step| Moment { seconds, step };
    let mut bytes = Vec::new();
    let mut events = Events::new(&mut bytes, at(1.5, 0)).unwrap();
    events
        .scalar(at(2.25, 1), "readout/Loss/train", 0.1)
        .unwrap();
    events.scalar(at(1e9 / 7.0, 70_000), "höhe", 0.0).unwrap();
    let content: Vec<u8> = (0..=255).collect();
    let png = Png {
        width: 300,
        height: 2,
        bytes: &content,
    };
    events.image(at(3.0, 2), "detectors", png).unwrap();
    assert!(bytes == include_bytes!("golden.tfevents"));
}

#[test]
fn a_file_has_a_name_that_is_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    EventFile::create(folder.path()).unwrap();
    let entry = std::fs::read_dir(folder.path()).unwrap().next().unwrap();
    let name = entry.unwrap().file_name().into_string().unwrap();
    assert!(name.starts_with("events.out.tfevents.1"), "{name}");
    assert!(EventFile::create(&folder.path().join("none")).is_err());
}
