//! Trains the model before and after the change, and after it with a layer that does not learn.

use std::error::Error;

use burn::module::Module;
use image_sets::ImageSet;
use plug_in::{after, before, convergence, device, train};

fn main() -> Result<(), Box<dyn Error>> {
    let digits = ImageSet::Digits.load(None)?;
    let device = device();
    device.seed(0);
    println!("hidden layer    test error  median norm  units at 1");
    let (_, error) = train(before::learner(before::Model::new(&device)?)?, &digits)?;
    println!("Adam              {error:>6.2} %");

    let learning = after::Model::new(&device)?;
    let mut random = learning.clone();
    random.hidden = random.hidden.freeze();
    for (name, model) in [("local rule", learning), ("random synapses", random)] {
        let (model, error) = train(after::learner(model)?, &digits)?;
        let (median, share) = convergence(&model.hidden);
        println!("{name:<15}   {error:>6.2} %  {median:>11.2}   {share:>7.0} %");
    }
    Ok(())
}
