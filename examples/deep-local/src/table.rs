//! Many finished runs as one table.
