//! Regions as JavaScript reads them.

use kantorovich_kernels::Region;

/// Writes how many regions there are, then the owner, the address and the length in bytes of each.
pub fn write_regions(regions: &[Region], words: &mut Vec<u32>) {
    words.clear();
    words.push(regions.len() as u32);
    for Region { owner, address, bytes } in regions {
        words.extend([*owner as u32, *address as u32, *bytes as u32]);
    }
}
