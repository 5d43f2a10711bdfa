//! Checkpoints, as they are and as the content behind a checksum that is right.
#![no_main]

use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use burn_runs::checkpoint::{About, Checkpoint, sha256};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = Checkpoint::decode(data);
    let _ = About::read(data);
    let mut sealed = format!("burn-runs checkpoint 2 sha256 {}\n", sha256(&[data])).into_bytes();
    sealed.extend_from_slice(data);
    let Ok(checkpoint) = Checkpoint::decode(&sealed) else {
        return;
    };
    assert_eq!(About::read(&sealed[..]).unwrap(), checkpoint.about);
    let again = Checkpoint::decode(&checkpoint.encode().unwrap()).unwrap();
    assert_eq!(again.model, checkpoint.model);
    assert_eq!(again.rows.len(), checkpoint.rows.len());
    assert_eq!(again.extras, checkpoint.extras);
    // Burn's own readers of what the file holds.
    let bytes = |bytes: &[u8]| Bytes::from_bytes_vec(bytes.to_vec());
    let _ = ModuleRecord::from_bytes(bytes(&checkpoint.model));
    let _ = OptimizerRecord::from_bytes(bytes(&checkpoint.optimizer));
    let _ = LrSchedulerRecord::from_bytes(bytes(&checkpoint.scheduler));
});
