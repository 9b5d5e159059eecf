//! Buffers that grow to what is asked of them and stay: once warm, nothing is allocated.

use kantorovich_kernels::Error;

/// What operations need besides their tensors; contents do not survive an operation.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) left: Buffer,
    pub(crate) right: Buffer,
    pub(crate) tiles: Buffer,
    pub(crate) patches: Buffer,
}

/// A buffer that only grows.
#[derive(Debug, Default)]
pub(crate) struct Buffer(Vec<f32>);

impl Buffer {
    /// `length` numbers of any value.
    ///
    /// # Errors
    ///
    /// `Shape` where memory has no room for them.
    pub(crate) fn take(&mut self, length: usize) -> Result<&mut [f32], Error> {
        if self.0.len() < length {
            // The old one goes first: nothing in it is kept.
            self.0 = Vec::new();
            if self.0.try_reserve_exact(length).is_err() {
                let message = format!("no room for {length} numbers more in the module's memory");
                return Err(Error::shape(message));
            }
            self.0.resize(length, 0.0);
        }
        Ok(&mut self.0[..length])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_refused_and_leaves_a_buffer_that_works() {
        let mut buffer = Buffer::default();
        assert!(buffer.take(usize::MAX / 8).is_err());
        assert_eq!(buffer.take(3).unwrap().len(), 3);
    }
}
