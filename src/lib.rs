//! sendlens.
pub mod input;
pub mod session;
pub mod smtp;
