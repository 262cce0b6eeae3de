//! Decompression into memory of exactly the size that is expected: what claims to be more is an error, and takes none.

use super::fault::ZarrFault;

/// States of decompressors, which are used again.
pub(super) struct Decompressors<'a> {
    inflater: &'a mut Option<libdeflater::Decompressor>,
    zstd: &'a mut Option<zstd::bulk::Decompressor<'static>>,
}

impl<'a> Decompressors<'a> {
    pub(super) fn new(
        inflater: &'a mut Option<libdeflater::Decompressor>,
        zstd: &'a mut Option<zstd::bulk::Decompressor<'static>>,
    ) -> Self {
        Self { inflater, zstd }
    }

    pub(super) fn inflate_zlib(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<(), ZarrFault> {
        let inflater = self.inflater.get_or_insert_with(libdeflater::Decompressor::new);
        exactly("zlib", inflater.zlib_decompress(bytes, out), out.len())
    }

    pub(super) fn inflate_gzip(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<(), ZarrFault> {
        let inflater = self.inflater.get_or_insert_with(libdeflater::Decompressor::new);
        exactly("gzip", inflater.gzip_decompress(bytes, out), out.len())
    }

    pub(super) fn unpack_zstd(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<(), ZarrFault> {
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            none => none.insert(
                zstd::bulk::Decompressor::new().map_err(|error| ZarrFault::damaged(error.to_string()))?,
            ),
        };
        exactly("zstd", zstd.decompress_to_buffer(bytes, out), out.len())
    }
}

fn exactly<E: std::fmt::Display>(
    what: &str,
    unpacked: Result<usize, E>,
    expected: usize,
) -> Result<(), ZarrFault> {
    match unpacked {
        Ok(bytes) if bytes == expected => Ok(()),
        Ok(bytes) => Err(ZarrFault::damaged(format!("{what}: {bytes} bytes instead of {expected}"))),
        Err(error) => Err(ZarrFault::damaged(format!("{what}: {error}"))),
    }
}
