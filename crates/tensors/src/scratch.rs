//! Buffers that grow to what is asked of them and stay: once warm, nothing is allocated.

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
    pub(crate) fn take(&mut self, length: usize) -> &mut [f32] {
        if self.0.len() < length {
            self.0.resize(length, 0.0);
        }
        &mut self.0[..length]
    }
}
