//! The memory that decoders take beside an image: one set of buffers for all kinds of files, used again for the next.

use super::fault::Fault;

/// Bytes of each buffer that an image needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BufferBytes {
    pub(super) compressed: u64,
    pub(super) packed: u64,
    pub(super) row: u64,
    pub(super) shuffled: u64,
}

impl BufferBytes {
    pub(super) fn total(self) -> u64 {
        self.compressed.saturating_add(self.packed).saturating_add(self.row).saturating_add(self.shuffled)
    }
}

/// Memory and states of decompressors, used again for each chunk of each image.
#[derive(Default)]
pub(super) struct ChunkScratch {
    /// The bytes of a chunk as in the file.
    pub(super) compressed: Vec<u8>,
    /// A chunk of samples packed as in the file.
    pub(super) packed: Vec<u8>,
    /// One row of samples in the machine's types; a block of Blosc whose bytes are sorted.
    pub(super) row: Vec<u8>,
    /// One row of a float predictor's bytes.
    pub(super) shuffled: Vec<u8>,
    pub(super) inflater: Option<libdeflater::Decompressor>,
    pub(super) zstd: Option<zstd::bulk::Decompressor<'static>>,
    pub(super) lzw: Option<weezl::decode::Decoder>,
    /// The most bytes that an image so far needed of all buffers together.
    most_bytes: u64,
}

impl ChunkScratch {
    /// Makes the buffers as large as an image needs them. All together they never hold more than some image
    /// needed: images that need other buffers each would else leave the largest of each.
    pub(super) fn fit(&mut self, needs: BufferBytes) -> Result<(), Fault> {
        self.most_bytes = self.most_bytes.max(needs.total());
        let BufferBytes { compressed, packed, row, shuffled } = needs;
        let mut buffers = [
            (&mut self.compressed, compressed),
            (&mut self.packed, packed),
            (&mut self.row, row),
            (&mut self.shuffled, shuffled),
        ];
        let after: u64 = buffers.iter().map(|(buffer, bytes)| (buffer.capacity() as u64).max(*bytes)).sum();
        let is_too_much = after > self.most_bytes;
        for (buffer, bytes) in &mut buffers {
            let held = buffer.capacity() as u64;
            if held < *bytes || (is_too_much && held > *bytes) {
                // What was there is of no use, and would be held beside the new while it is copied.
                **buffer = Vec::new();
            }
        }
        for (buffer, bytes) in buffers {
            let bytes = usize::try_from(bytes).map_err(|_| Fault::TooLarge(bytes))?;
            // Exactly: what a vector adds of its own would not be in the forecast.
            buffer.reserve_exact(bytes.saturating_sub(buffer.len()));
        }
        Ok(())
    }

    /// Gives the buffers back; what is dear to make again stays.
    pub(super) fn release(&mut self) {
        for buffer in [&mut self.compressed, &mut self.packed, &mut self.row, &mut self.shuffled] {
            *buffer = Vec::new();
        }
    }

    /// Room for this many bytes of a file that is read whole.
    pub(super) fn file_buffer(&mut self, bytes: u64) -> Result<&mut Vec<u8>, Fault> {
        self.fit(BufferBytes { compressed: bytes, ..BufferBytes::default() })?;
        Ok(&mut self.compressed)
    }

    pub(super) fn bytes(&self) -> u64 {
        let buffers = [&self.compressed, &self.packed, &self.row, &self.shuffled];
        let states = u64::from(self.inflater.is_some()) * 12_000
            + u64::from(self.zstd.is_some()) * 160_000
            + u64::from(self.lzw.is_some()) * 60_000;
        buffers.iter().map(|buffer| buffer.capacity() as u64).sum::<u64>() + states
    }
}
