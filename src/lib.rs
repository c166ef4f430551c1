//! sendlens.
pub mod aggregate;
pub mod attribution;
pub mod input;
pub mod report;
pub mod rules;
pub mod session;
pub mod smtp;
pub mod tenant;
