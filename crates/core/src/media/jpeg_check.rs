//! Whether the compressed data of a JPEG are whole: they are read code by code, as a decoder does, but no pixel is made.
//!
//! A decoder fills what is missing with grey, and goes on in wrong colors after garbled data, without an error. What
//! counts as damage here is what libjpeg's `djpeg` warns about, except a few bytes of padding, which cameras write.
//!
//! Limits: arithmetic coding, lossless and hierarchical files and headers that make no sense are not judged.

mod bits;
mod damage;
mod frame;
mod huffman;
mod scan;

pub(super) use damage::Damage;
use frame::{Frame, Part};
use huffman::Table;
use scan::{ScanHeader, Tables};

/// More scans than any encoder writes; a file could hold so many that reading them all would take for ever.
const MOST_SCANS: usize = 100;

/// The damage in a JPEG file, if there is any.
pub(super) fn damage(bytes: &[u8]) -> Option<Damage> {
    let mut file = Header {
        tables: Tables {
            dc: [const { None }; 4],
            ac: [const { None }; 4],
        },
        frame: None,
        restart_interval: 0,
    };
    file.read(bytes).err()
}

/// Whether a JPEG is coded in several passes, for which a decoder must hold all coefficients.
pub(super) fn is_progressive(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some((marker, _content, next)) = segment(bytes, at) {
        match marker {
            0xc2 | 0xc6 | 0xca | 0xce => return true,
            0xda => return false,
            _ => at = next,
        }
    }
    false
}

/// What the segments before a scan have said.
struct Header {
    tables: Tables,
    frame: Option<Frame>,
    restart_interval: usize,
}

impl Header {
    fn read(&mut self, bytes: &[u8]) -> Result<(), Damage> {
        let mut at = 2;
        let mut scans = 0;
        while let Some((marker, segment, next)) = segment(bytes, at) {
            at = next;
            match marker {
                0xc0..=0xc2 => {
                    let frame = Frame::parse(segment, marker == 0xc2);
                    if frame.is_none() || self.frame.is_some() {
                        return Ok(());
                    }
                    self.frame = frame;
                }
                0xc4 => match self.define_tables(segment) {
                    Some(()) => {}
                    None => return Ok(()),
                },
                0xdd => {
                    let Some(&interval) = segment.first_chunk::<2>() else {
                        return Ok(());
                    };
                    self.restart_interval = usize::from(u16::from_be_bytes(interval));
                }
                0xda => {
                    scans += 1;
                    let Some(header) = self.scan_header(segment) else {
                        return Ok(());
                    };
                    let Some(frame) = self.frame.as_mut().filter(|_| scans <= MOST_SCANS) else {
                        return Ok(());
                    };
                    match scan::read(bytes, at, &header, frame, &self.tables)? {
                        Some(end) => at = end,
                        None => return Ok(()),
                    }
                }
                0xd9 => break,
                // Other codings, and headers of a number of lines that comes later.
                0xc3 | 0xc5..=0xc7 | 0xc9..=0xcf | 0xdc | 0xde | 0xdf => return Ok(()),
                _other => {}
            }
        }
        match &self.frame {
            Some(frame) if frame.components.iter().any(|component| !component.has_dc) => {
                Err(Damage::Incomplete)
            }
            _ => Ok(()),
        }
    }

    /// `None` if it makes no sense.
    fn define_tables(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&[place], rest)) = segment.split_first_chunk::<1>() {
            let (counts, symbols) = rest.split_first_chunk::<16>()?;
            let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let table = Table::new(counts, symbols)?;
            let tables = match place >> 4 {
                0 => &mut self.tables.dc,
                1 => &mut self.tables.ac,
                _ => return None,
            };
            *tables.get_mut(usize::from(place & 15))? = Some(table);
            segment = symbols.get(total..)?;
        }
        Some(())
    }

    fn scan_header(&self, segment: &[u8]) -> Option<ScanHeader> {
        let frame = self.frame.as_ref()?;
        let (&[count], rest) = segment.split_first_chunk::<1>()?;
        let (fields, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let &[first, last, bits] = rest.first_chunk::<3>()?;
        let parts = fields
            .chunks_exact(2)
            .map(|field| {
                let &[id, tables] = field.first_chunk::<2>()?;
                let component = frame.components.iter().position(|known| known.id == id)?;
                Some(Part {
                    component,
                    dc_table: usize::from(tables >> 4),
                    ac_table: usize::from(tables & 15),
                })
            })
            .collect::<Option<Vec<Part>>>()?;
        Some(ScanHeader {
            parts,
            // Sequential files hold whole blocks, whatever this field says.
            spectrum: if frame.is_progressive {
                (first, last)
            } else {
                (0, 63)
            },
            refines: frame.is_progressive && bits >> 4 > 0,
            restart_interval: self.restart_interval,
        })
    }
}

/// The next marker at or after `at`, the content of its segment, and where what follows begins. `None` at the end of
/// the file.
fn segment(bytes: &[u8], at: usize) -> Option<(u8, &[u8], usize)> {
    let rest = bytes.get(at..)?;
    let start = at + rest.iter().position(|&byte| byte == 0xff)?;
    let fill = bytes.get(start..)?.iter().position(|&byte| byte != 0xff)?;
    let at = start + fill + 1;
    let marker = *bytes.get(at - 1)?;
    // Stuffed zeros, restart markers, the start and the end have no content.
    if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd9) {
        return Some((marker, &[], at));
    }
    let length = usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk::<2>()?));
    let end = (at + length.max(2)).min(bytes.len());
    Some((marker, bytes.get(at + 2..end).unwrap_or(&[]), end))
}

#[cfg(test)]
mod tests;
