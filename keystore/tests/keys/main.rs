//! The keystore as its callers meet it. Time is passed in; keys, files and locks are real.

mod acts;
mod custody;
mod fixture;
mod lifecycle;
mod reseal;
mod rights;
mod ring_file;
mod roles;
mod sharing;
mod start;
mod together;
