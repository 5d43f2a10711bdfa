//! Trains the model before and after the change, and prints both test errors.

use std::error::Error;

use plug_in::{after, before, device, train};
use two_networks::ui::Ui;

fn main() -> Result<(), Box<dyn Error>> {
    let device = device();
    device.seed(0);
    let (_, backprop) = train(
        before::learner(&device)?,
        before::Model::forward,
        60,
        Ui::Plain,
    )?;
    let (_, hebbian) = train(
        after::learner(&device)?,
        after::Model::forward,
        60,
        Ui::Plain,
    )?;
    println!("test error, all layers by Adam:                      {backprop:.2} %");
    println!("test error, hidden layer by the local rule:          {hebbian:.2} %");
    Ok(())
}
