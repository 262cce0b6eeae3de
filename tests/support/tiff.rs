//! TIFF files put together tag by tag, as no writer would write them.

/// A tag of a directory with its values.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// A whole number of the type 3 (two bytes), 4 (four) or 16 (eight), or several.
    Numbers(u16, u16, Vec<u64>),
    /// A text, or what is said to be one.
    Text(u16, Vec<u8>),
    /// A tag that says to have other values than follow.
    Claim { tag: u16, kind: u16, count: u64, value: u64 },
    /// Bytes of which a tag says something else.
    Claimed { tag: u16, kind: u16, count: u64, bytes: Vec<u8> },
}

/// One number of two bytes.
pub(crate) fn short(tag: u16, value: u64) -> Entry {
    Entry::Numbers(tag, 3, vec![value])
}

/// One number of four bytes.
pub(crate) fn long(tag: u16, value: u64) -> Entry {
    Entry::Numbers(tag, 4, vec![value])
}

impl Entry {
    pub(crate) fn tag(&self) -> u16 {
        match self {
            Self::Numbers(tag, ..)
            | Self::Text(tag, _)
            | Self::Claim { tag, .. }
            | Self::Claimed { tag, .. } => *tag,
        }
    }
}

/// How a file is laid out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) big_endian: bool,
    /// `BigTIFF`: places of eight bytes.
    pub(crate) big: bool,
}

impl Layout {
    /// Where the data begins.
    pub(crate) fn data_at(self) -> u64 {
        if self.big { 16 } else { 8 }
    }

    fn number(self, value: u64, bytes: usize) -> Vec<u8> {
        if self.big_endian {
            value.to_be_bytes()[8 - bytes..].to_vec()
        } else {
            value.to_le_bytes()[..bytes].to_vec()
        }
    }

    /// A file: its mark, the data, and a directory for each page.
    pub(crate) fn file(self, data: &[u8], pages: &[Vec<Entry>]) -> Vec<u8> {
        let place = if self.big { 8 } else { 4 };
        let mut file = if self.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        file.extend(self.number(if self.big { 43 } else { 42 }, 2));
        if self.big {
            file.extend(self.number(8, 2));
            file.extend(self.number(0, 2));
        }
        let mut next_at = file.len();
        file.extend(self.number(0, place));
        file.extend(data);
        for page in pages {
            // The values lie before their directory.
            let fields: Vec<_> = page.iter().map(|entry| self.field(entry, place, &mut file)).collect();
            let at = self.number(file.len() as u64, place);
            file[next_at..next_at + place].copy_from_slice(&at);
            file.extend(self.number(page.len() as u64, if self.big { 8 } else { 2 }));
            file.extend(fields.concat());
            next_at = file.len();
            file.extend(self.number(0, place));
        }
        file
    }

    /// One entry of a directory; its values go to the end of the file where they do not fit in.
    fn field(self, entry: &Entry, place: usize, file: &mut Vec<u8>) -> Vec<u8> {
        let (kind, count, mut bytes) = match entry {
            Entry::Numbers(_, kind, values) => {
                let of_kind = match kind {
                    3 => 2,
                    4 => 4,
                    _ => 8,
                };
                let bytes = values.iter().flat_map(|value| self.number(*value, of_kind)).collect();
                (*kind, values.len() as u64, bytes)
            }
            Entry::Text(_, bytes) => (2, bytes.len() as u64, bytes.clone()),
            Entry::Claim { kind, count, value, .. } => (*kind, *count, self.number(*value, place)),
            Entry::Claimed { kind, count, bytes, .. } => (*kind, *count, bytes.clone()),
        };
        if bytes.len() > place {
            let at = self.number(file.len() as u64, place);
            file.append(&mut bytes);
            bytes = at;
        }
        bytes.resize(place, 0);
        let head =
            [self.number(entry.tag().into(), 2), self.number(kind.into(), 2), self.number(count, place)];
        [head.concat(), bytes].concat()
    }
}
