//! Sessions as a client sees them, beyond what is written as a dialogue in the top-level `tests`.

mod client;
mod interface;
mod properties;
mod second_opinion;
mod size;
mod smuggling;
