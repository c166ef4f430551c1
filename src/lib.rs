//! sendlens.
pub mod attribution;
pub mod input;
pub mod session;
pub mod smtp;
pub mod tenant;
