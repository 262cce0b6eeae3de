//! Words of the command line that stand for one of a few choices.

use clap::ValueEnum;

use crate::engine::CacheState;
use crate::image::{Compression, PixelType};
use crate::pipeline::KeepImages;
use crate::plan::{AfterClear, Intermediates, Mode};
use crate::plate::SaveAs;
use crate::workflow::Engine;

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident => $target:ty { $($(#[$value_doc:meta])* $value:ident => $meaning:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, ValueEnum)]
        pub(super) enum $name { $($(#[$value_doc])* $value),+ }

        impl From<$name> for $target {
            fn from(choice: $name) -> Self {
                match choice { $($name::$value => $meaning),+ }
            }
        }
    };
}

choice! {
    ModeArg => Mode {
        /// Every image of a well at once.
        Bulk => Mode::Bulk,
        /// One combination of the chosen components at a time.
        Sequential => Mode::Sequential,
    }
}
choice! {
    EngineArg => Engine {
        /// Snakemake, on one computer or through a scheduler that it has a plugin for.
        Snakemake => Engine::Snakemake,
        /// Slurm itself, by job arrays.
        Slurm => Engine::Slurm,
    }
}
choice! {
    AfterClearArg => AfterClear {
        /// Back to the system.
        Return => AfterClear::Return,
        /// Kept for the next combination.
        Keep => AfterClear::Keep,
    }
}
choice! {
    IntermediatesArg => Intermediates {
        /// Released after its last use.
        Free => Intermediates::Free,
        /// Held until the clear.
        Hold => Intermediates::Hold,
    }
}
choice! {
    CacheArg => CacheState {
        /// From the page cache.
        Warm => CacheState::Warm,
        /// From the disk.
        Cold => CacheState::Cold,
    }
}
choice! {
    KeepArg => KeepImages {
        None => KeepImages::None,
        /// Those of the last step.
        Last => KeepImages::Last,
        /// Those of every step.
        All => KeepImages::All,
    }
}
choice! {
    PixelArg => PixelType {
        /// Unsigned, 8 bits.
        #[value(name = "8bit")]
        Bits8 => PixelType::U8,
        /// Unsigned, 16 bits.
        #[value(name = "16bit")]
        Bits16 => PixelType::U16,
        /// Floats of 32 bits.
        #[value(name = "float")]
        Float => PixelType::F32,
    }
}
choice! {
    SaveAsArg => SaveAs {
        /// TIFF files, named and described as MetaXpress exports them.
        Tiff => SaveAs::Tiff,
        /// OME-TIFF files and a companion file that describes them together.
        OmeTiff => SaveAs::OmeTiff,
        /// A plate in OME-Zarr 0.5, with pyramids, compressed with zstd.
        OmeZarr => SaveAs::OmeZarr,
    }
}
choice! {
    CompressionArg => Compression {
        /// Uncompressed.
        None => Compression::None,
        Lzw => Compression::Lzw,
        /// Deflate (zlib).
        Deflate => Compression::Deflate,
        Zstd => Compression::Zstd,
    }
}
