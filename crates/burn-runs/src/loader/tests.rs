use super::*;
use burn::tensor::Distribution;

type Batch = (Tensor<2>, Tensor<1, Int>);

/// Examples that are their own labels, from 0 on.
fn numbers(count: i64, batch_size: usize) -> DeviceLoader<2, 1, Int, Batch> {
    let labels = Tensor::arange(0..count, &Device::default());
    let inputs = labels.clone().float().reshape([-1, 1]);
    DeviceLoader::new(inputs, labels, batch_size, |inputs, labels| {
        (inputs, labels)
    })
}

fn epoch(loader: &dyn DataLoader<Batch>) -> Vec<Vec<i64>> {
    let batches = loader.iter().map(|batch| {
        let (inputs, labels) = batch.unwrap();
        let inputs: Vec<i64> = inputs.into_data().iter().collect();
        let labels: Vec<i64> = labels.into_data().iter().collect();
        assert_eq!(inputs, labels, "inputs and labels stay together");
        labels
    });
    batches.collect()
}

#[test]
fn in_order_every_example_comes_once() {
    let loader = numbers(7, 3);
    assert_eq!(epoch(&loader), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
    assert_eq!((loader.batches(), loader.num_items()), (3, 7));
}

#[test]
fn shuffled_epochs_differ_and_repeat_with_the_seed() {
    let epochs = |seed| {
        let loader = numbers(7, 3).shuffled(seed);
        (epoch(&loader), epoch(&loader))
    };
    let (first, second) = epochs(5);
    assert_ne!(first, second);
    assert_eq!(epochs(5), (first.clone(), second));
    assert_ne!(epochs(6).0, first);
    let mut seen = first.concat();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 6, "whole batches without repetition: {first:?}");
}

#[test]
fn a_resumed_loader_goes_on_with_the_order_of_its_epoch() {
    let loader = numbers(9, 3).shuffled(4);
    let epochs = [(); 3].map(|()| epoch(&loader));
    let resumed = numbers(9, 3).shuffled(4);
    resumed.go_on_after(2);
    assert_eq!(epoch(&resumed), epochs[2]);
}

#[test]
fn the_parts_of_an_order_are_epochs_of_their_own() {
    let whole = numbers(11, 2).shuffled(4);
    let parts = numbers(11, 2).shuffled(4).in_parts(3);
    for _ in 0..2 {
        let parts = [(); 3].map(|()| epoch(&parts));
        assert_eq!(parts.each_ref().map(Vec::len), [1, 2, 2]);
        assert_eq!(parts.concat(), epoch(&whole));
    }
    assert_eq!(parts.batches(), 5);
}

#[test]
fn a_device_is_seeded_anew_in_each_epoch() {
    let noise = || Tensor::<1>::random([3], Distribution::Default, &Device::default());
    let after = |epochs| {
        let loader = numbers(4, 2).shuffled(1).reseeding();
        loader.go_on_after(epochs);
        epoch(&loader);
        noise().into_data()
    };
    assert_eq!(after(3), after(3));
    assert_ne!(after(3), after(4));
}

#[test]
fn fewer_examples_than_a_batch_make_one_batch() {
    let loader = numbers(2, 3).shuffled(1);
    let batches = epoch(&loader);
    assert_eq!((batches.len(), batches[0].len()), (1, 2));
    assert_eq!((loader.batches(), loader.num_items()), (1, 2));
}

#[test]
fn slices_of_a_shuffled_loader_share_each_batch() {
    let whole = numbers(11, 6).shuffled(3);
    whole.go_on_after(4);
    let slices = [(0, 4), (4, 7), (7, 11)].map(|(start, end)| whole.slice(start, end));
    for _ in 0..2 {
        // One after the other, so that none may count the epochs of another.
        let shares = slices.each_ref().map(|slice| epoch(&**slice));
        let together = (0..1).map(|batch| shares.each_ref().map(|share| share[batch].clone()));
        assert_eq!(
            together.map(|parts| parts.concat()).collect::<Vec<_>>(),
            epoch(&whole)
        );
        assert_eq!(shares.map(|share| share[0].len()), [2, 2, 2]);
    }
    assert_eq!(slices.map(|slice| slice.num_items()), [4, 4, 4]);
}

#[test]
fn examples_and_labels_may_have_any_rank() {
    let device = Device::default();
    let images = Tensor::<4>::zeros([5, 3, 2, 2], &device);
    let masks = Tensor::<3, Int>::zeros([5, 2, 2], &device);
    let loader = DeviceLoader::new(images, masks, 4, |images, masks| {
        (images.dims(), masks.dims())
    });
    let batches: Vec<_> = loader.iter().map(Result::unwrap).collect();
    let expected = [([4, 3, 2, 2], [4, 2, 2]), ([1, 3, 2, 2], [1, 2, 2])];
    assert_eq!(batches, expected);
}

#[test]
fn a_slice_holds_its_range() {
    let loader = numbers(7, 2);
    assert_eq!(epoch(&*loader.slice(2, 5)), [vec![2, 3], vec![4]]);
}
