//! A run's files -> a page.
