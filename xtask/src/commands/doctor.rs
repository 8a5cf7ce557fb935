use crate::{course::Course, error::Result};
pub fn run(_: &Course) -> Result<u8> {
    Ok(0)
}
