//! Events, one after another.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use crate::message::Message;
use crate::record;

/// When something was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Seconds since 1970.
    pub seconds: f64,
    /// The step of the training, such as an epoch.
    pub step: u64,
}

impl Moment {
    /// This moment, at `step`.
    pub fn now(step: u64) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            // A clock before 1970 is nobody's.
            seconds: since.unwrap_or_default().as_secs_f64(),
            step,
        }
    }
}

/// A picture in colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Png<'a> {
    /// Pixels in a row.
    pub width: usize,
    /// Rows of pixels.
    pub height: usize,
    /// The bytes of the PNG.
    pub bytes: &'a [u8],
}

/// Writes events to `W`.
#[derive(Debug)]
pub struct Events<W: Write>(W);

/// Events in a file.
pub type EventFile = Events<File>;

impl EventFile {
    /// A new file in `folder`, under a name that TensorBoard looks for.
    ///
    /// # Errors
    ///
    /// What the system says where it cannot be written.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let start = Moment::now(0);
        let name = format!("events.out.tfevents.{:.6}", start.seconds);
        Self::new(File::create(folder.join(name))?, start)
    }
}

impl<W: Write> Events<W> {
    /// Events from `start` on, whose step is 0.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn new(out: W, start: Moment) -> io::Result<Self> {
        let mut events = Self(out);
        events.write(start, 3, b"brain.Event:2")?;
        Ok(events)
    }

    /// Writes a scalar. TensorBoard draws those of one `tag` as a curve, and puts tags together that are the same
    /// up to the first `/`. The value is kept in single precision.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn scalar(&mut self, at: Moment, tag: &str, value: f64) -> io::Result<()> {
        let tagged = Message::default().bytes(1, tag.as_bytes());
        self.summary(at, tagged.float(2, value as f32))
    }

    /// Writes a picture.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn image(&mut self, at: Moment, tag: &str, png: Png) -> io::Result<()> {
        let tagged = Message::default().bytes(1, tag.as_bytes());
        let image = Message::default()
            .int(1, png.height as u64)
            .int(2, png.width as u64)
            .int(3, COLOUR)
            .bytes(4, png.bytes);
        self.summary(at, tagged.message(4, image))
    }

    /// Hands on what was written.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn summary(&mut self, at: Moment, value: Message) -> io::Result<()> {
        let summary = Message::default().message(1, value);
        self.write(at, 5, &summary.into_bytes())
    }

    /// Writes an event with one field beside its moment.
    fn write(&mut self, at: Moment, field: u8, value: &[u8]) -> io::Result<()> {
        let event = Message::default()
            .double(1, at.seconds)
            .int(2, at.step)
            .bytes(field, value);
        record::write(&mut self.0, &event.into_bytes())
    }
}

/// The colour space of red, green and blue.
const COLOUR: u64 = 3;
