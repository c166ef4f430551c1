//! What the fuzz targets share.
//!
//! In: the bytes that the fuzzer makes up. Out: a panic where the program does not hold what it
//! promises. Must not touch the disk: a target runs thousands of times a second.

pub mod export;
pub mod log;
pub mod memory;
pub mod outline;
