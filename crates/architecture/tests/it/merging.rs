//! Making one of two, and two again.

mod shared;
mod systems;
