//! The workspace's integration tests live in `all/`.
