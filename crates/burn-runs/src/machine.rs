//! What figures were measured on.

use crate::backend::Backend;

/// The processor's name, where the system tells it.
pub fn processor() -> Option<String> {
    cpu_info("model name")
}

/// What the system tells of its first processor under `key`, as in Linux's `/proc/cpuinfo`.
pub fn cpu_info(key: &str) -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    info.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_string())
    })
}

/// The number of cores that this program may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What `backend` computes on, in words: "flex, AMD EPYC, 2 cores". A GPU is not named, because
/// Burn does not tell which it took.
pub fn device(backend: Backend) -> String {
    let processor = processor().unwrap_or_else(|| "unknown processor".into());
    format!("{}, {processor}, {} cores", backend.name(), cores())
}
