//! Checkpoints, as they are and as the content behind a checksum that is right.
#![no_main]

use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use two_networks::checkpoint::Checkpoint;

fuzz_target!(|data: &[u8]| {
    let _ = Checkpoint::decode(data);
    let mut sealed =
        format!("two-networks checkpoint 1 sha256 {:x}\n", Sha256::digest(data)).into_bytes();
    sealed.extend_from_slice(data);
    let Ok(checkpoint) = Checkpoint::decode(&sealed) else {
        return;
    };
    let again = Checkpoint::decode(&checkpoint.encode().unwrap()).unwrap();
    assert_eq!(again.model, checkpoint.model);
    assert_eq!(again.rows.len(), checkpoint.rows.len());
    assert_eq!(again.snapshots.len(), checkpoint.snapshots.len());
    // Burn's own readers of what the file holds.
    let bytes = |bytes: &[u8]| Bytes::from_bytes_vec(bytes.to_vec());
    let _ = ModuleRecord::from_bytes(bytes(&checkpoint.model));
    let _ = OptimizerRecord::from_bytes(bytes(&checkpoint.optimizer));
    let _ = LrSchedulerRecord::from_bytes(bytes(&checkpoint.scheduler));
});
