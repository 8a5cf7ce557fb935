use crate::{catalog::Catalog, course::Course, error::Result};
pub fn run(_: &Course, _: &Catalog, _: &str, _: &str, _: bool) -> Result<u8> {
    Ok(0)
}
