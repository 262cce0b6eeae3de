//! How the samples of a chunk become the bytes of a file.

use super::fault::ZarrFault;
use super::samples::Samples;
use crate::image::scratch::BufferBytes;
use crate::limits;

/// Bytes that hold where a chunk lies in its shard, and how long it is.
pub(super) const PLACE_BYTES: u64 = 16;

/// Bytes of a CRC-32C.
pub(super) const CHECKSUM_BYTES: u64 = 4;

/// How a chunk is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coding {
    /// Which axis of the chunk is which axis of the file, where they are turned.
    pub(super) order: Option<Vec<usize>>,
    /// What the (turned) chunk consists of.
    pub(super) content: Content,
}

/// What a chunk consists of in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Its samples.
    Samples(Packing),
    /// Smaller chunks with an index.
    Shards(Box<Shards>),
}

/// A chunk (then called a shard) of chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shards {
    pub(super) chunk: Vec<u64>,
    pub(super) coding: Coding,
    pub(super) index: Index,
}

/// How the places of the chunks are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) is_first: bool,
    pub(super) is_big_endian: bool,
    pub(super) has_checksum: bool,
}

/// What is done to the bytes of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packing {
    /// Checksums behind the samples, before they are compressed.
    pub(super) inner_checksums: u64,
    pub(super) compression: Option<Compression>,
    /// Checksums behind the compressed bytes.
    pub(super) outer_checksums: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Blosc,
    Gzip,
    Zlib,
    Zstd,
}

impl Packing {
    /// With one more thing done, after all others.
    pub(super) fn checked(mut self) -> Self {
        match self.compression {
            None => self.inner_checksums += 1,
            Some(_) => self.outer_checksums += 1,
        }
        self
    }

    /// As [`Self::checked`]; a second compression is not read, because nothing says how much the first made.
    pub(super) fn compressed(self, by: Compression) -> Result<Self, ZarrFault> {
        if self.compression.is_some() {
            return Err(ZarrFault::Unsupported("an array that is compressed twice".to_owned()));
        }
        Ok(Self { compression: Some(by), ..self })
    }

    /// Whether samples lie in the file as they are.
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// Bytes that compression makes these of samples.
    pub(super) fn unpacked_bytes(self, sample_bytes: u64) -> u64 {
        sample_bytes.saturating_add(self.inner_checksums * CHECKSUM_BYTES)
    }

    /// The most bytes of a file that samples become: what compression makes of noise, with room to spare.
    pub(super) fn most_bytes(self, sample_bytes: u64) -> u64 {
        let bytes = self.unpacked_bytes(sample_bytes);
        let compressed = if self.compression.is_some() { bytes / 8 * 9 + 4096 } else { bytes };
        compressed + self.outer_checksums * CHECKSUM_BYTES
    }
}

impl Shards {
    /// Chunks in a shard of a size.
    pub(super) fn chunk_count(&self, shard: &[u64]) -> Result<u64, ZarrFault> {
        let mut count = Some(1_u64);
        for (shard, chunk) in shard.iter().zip(&self.chunk) {
            if *chunk == 0 || !shard.is_multiple_of(*chunk) {
                return Err(ZarrFault::damaged("its shards are not whole chunks"));
            }
            count = count.and_then(|count| count.checked_mul(shard / chunk));
        }
        let most = limits::ZARR_INDEX_BYTES / PLACE_BYTES;
        match count {
            Some(count) if count <= most => Ok(count),
            _ => Err(ZarrFault::Unsupported(format!("a shard of more than {most} chunks"))),
        }
    }

    /// Bytes of the index of a shard.
    pub(super) fn index_bytes(&self, shard: &[u64]) -> Result<u64, ZarrFault> {
        let checksum = if self.index.has_checksum { CHECKSUM_BYTES } else { 0 };
        Ok(self.chunk_count(shard)? * PLACE_BYTES + checksum)
    }
}

impl Coding {
    /// Whether chunks consist of chunks.
    pub(super) fn has_shards(&self) -> bool {
        matches!(self.content, Content::Shards(_))
    }

    /// The shape of what is packed by itself, along the axes of the array, and how: of the chunks of shards, where chunks
    /// are these.
    pub(super) fn unit(&self, chunk: &[u64]) -> (Vec<u64>, Packing) {
        match &self.content {
            Content::Samples(packing) => (chunk.to_vec(), *packing),
            Content::Shards(shards) => {
                let (stored, packing) = shards.coding.unit(&shards.chunk);
                let mut unit = stored.clone();
                for (len, axis) in stored.iter().zip(self.order.iter().flatten()) {
                    unit[*axis] = *len;
                }
                (unit, packing)
            }
        }
    }

    /// The shape of a chunk as its file has it.
    pub(super) fn stored_shape(&self, chunk: &[u64]) -> Vec<u64> {
        match &self.order {
            Some(order) => order.iter().map(|axis| chunk[*axis]).collect(),
            None => chunk.to_vec(),
        }
    }

    /// Checks the sizes of chunks, and says what decoding one takes at most, and what the indexes of its shards take
    /// beside. `is_rows` says that each chunk is whole rows of an image; `longest` is the length of the longest file,
    /// where it is known.
    pub(super) fn needs(
        &self,
        chunk: &[u64],
        is_rows: bool,
        samples: Samples,
        longest: Option<u64>,
    ) -> Result<(BufferBytes, u64), ZarrFault> {
        if let Some(order) = &self.order {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            if !sorted.into_iter().eq(0..chunk.len()) {
                return Err(ZarrFault::damaged("the order of its axes is invalid"));
            }
        }
        let chunk = self.stored_shape(chunk);
        if chunk.contains(&0) {
            return Err(ZarrFault::damaged("its chunks are empty"));
        }
        match &self.content {
            Content::Shards(shards) => {
                if shards.chunk.len() != chunk.len() {
                    return Err(ZarrFault::damaged("its shards have other axes"));
                }
                let index = shards.index_bytes(&chunk)?;
                let (buffers, indexes) =
                    shards.coding.needs(&shards.chunk, is_rows && self.order.is_none(), samples, None)?;
                Ok((buffers, indexes.saturating_add(index)))
            }
            Content::Samples(packing) => {
                let count = chunk.iter().copied().try_fold(1, u64::checked_mul);
                let bytes = count.and_then(|count| count.checked_mul(samples.stored_bytes() as u64));
                let bytes = bytes.unwrap_or(u64::MAX);
                if bytes > limits::IMAGE_BYTES {
                    return Err(ZarrFault::TooLarge { what: "a chunk", bytes });
                }
                let mut buffers = packing.buffers(bytes, longest);
                if is_rows && self.order.is_none() && !samples.is_half && packing.inner_checksums == 0 {
                    buffers.packed = 0;
                }
                Ok((buffers, 0))
            }
        }
    }
}

impl Packing {
    /// What decoding a chunk of this many bytes of samples takes at most.
    pub(super) fn buffers(self, sample_bytes: u64, longest: Option<u64>) -> BufferBytes {
        let packed = self.unpacked_bytes(sample_bytes);
        if self.is_none() {
            return BufferBytes { packed, ..BufferBytes::default() };
        }
        let compressed = self.most_bytes(sample_bytes);
        let compressed = longest.map_or(compressed, |longest| longest.min(compressed));
        // Blosc gives the size of its blocks in each chunk.
        let row = if self.compression == Some(Compression::Blosc) { packed } else { 0 };
        BufferBytes { compressed, packed, row, shuffled: 0 }
    }
}
