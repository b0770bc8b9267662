//! One scan of a JPEG: every code of every block is read, no coefficient is kept.

use super::bits::Bits;
use super::damage::Damage;
use super::frame::{Component, Frame, Part};
use super::huffman::Table;

/// So many zeros after the last block are padding, which some cameras write.
const MOST_PADDING: usize = 8;

/// What a scan's header says.
pub(super) struct ScanHeader {
    pub parts: Vec<Part>,
    /// First and last coefficient of a block.
    pub spectrum: (u8, u8),
    /// True if an earlier scan has coded the higher bits of these coefficients.
    pub refines: bool,
    /// MCUs between two restart markers; 0 without any.
    pub restart_interval: usize,
}

pub(super) struct Tables {
    pub dc: [Option<Table>; 4],
    pub ac: [Option<Table>; 4],
}

/// How the blocks of a scan are coded.
#[derive(Clone, Copy)]
enum Coding {
    Sequential,
    DcFirst,
    DcRefine,
    AcFirst,
    AcRefine,
}

struct Reader<'a> {
    bits: Bits<'a>,
    /// First and last coefficient of a block.
    spectrum: (u32, u32),
    /// Blocks still to come without a new coefficient in this band.
    end_of_band_run: u32,
}

/// Reads the scan whose data begin at `at`; returns where its data end. `None` if this reader does not know such a scan.
pub(super) fn read(
    data: &[u8],
    at: usize,
    header: &ScanHeader,
    frame: &mut Frame,
    tables: &Tables,
) -> Result<Option<usize>, Damage> {
    let (first, last) = header.spectrum;
    let coding = match (frame.is_progressive, first, header.refines) {
        (false, _, _) => Coding::Sequential,
        (true, 0, false) => Coding::DcFirst,
        (true, 0, true) => Coding::DcRefine,
        (true, _, false) => Coding::AcFirst,
        (true, _, true) => Coding::AcRefine,
    };
    if last > 63
        || first > last
        || matches!(coding, Coding::AcFirst | Coding::AcRefine) && header.parts.len() != 1
    {
        return Ok(None);
    }
    let Some(mcus) = frame.mcus(&header.parts) else {
        return Ok(None);
    };
    let mut blocks = Vec::new();
    for part in &header.parts {
        let dc = tables.dc.get(part.dc_table).and_then(Option::as_ref);
        let ac = tables.ac.get(part.ac_table).and_then(Option::as_ref);
        let is_known = match coding {
            Coding::Sequential => dc.is_some() && ac.is_some(),
            Coding::DcFirst => dc.is_some(),
            Coding::DcRefine => true,
            Coding::AcFirst | Coding::AcRefine => ac.is_some(),
        };
        if !is_known {
            return Ok(None);
        }
        let is_alone = header.parts.len() == 1;
        let Some(component) = frame.components.get_mut(part.component) else {
            return Ok(None);
        };
        component.has_dc |= first == 0;
        let count = if is_alone {
            1
        } else {
            component.blocks_in_mcu()
        };
        blocks.push((count, dc, ac));
    }
    let mut reader = Reader {
        bits: Bits::new(data, at),
        spectrum: (u32::from(first), u32::from(last)),
        end_of_band_run: 0,
    };
    let band = header
        .parts
        .first()
        .and_then(|part| frame.components.get_mut(part.component));
    if let (Coding::AcFirst | Coding::AcRefine, [(_, _, Some(ac))], Some(component)) =
        (coding, blocks.as_slice(), band)
    {
        let refines = header.refines;
        reader.bands(mcus, header.restart_interval, component, ac, refines)?;
    } else {
        let mut restarts = Restarts::every(header.restart_interval);
        for mcu in 0..mcus {
            reader.restart(&mut restarts, mcu)?;
            for (count, dc, ac) in &blocks {
                for _ in 0..*count {
                    match (coding, dc, ac) {
                        (Coding::Sequential, Some(dc), Some(ac)) => {
                            reader.dc(dc)?;
                            reader.ac(ac)?;
                        }
                        (Coding::DcFirst, Some(dc), _) => reader.dc(dc)?,
                        _refine => reader.bits.skip_many(1)?,
                    }
                }
            }
        }
    }
    reader.end()?;
    Ok(Some(reader.bits.position()))
}

/// Where restart markers must stand, and which of the eight is next.
struct Restarts {
    interval: usize,
    next: u8,
}

impl Restarts {
    fn every(interval: usize) -> Self {
        Self { interval, next: 0 }
    }
}

impl Reader<'_> {
    #[inline]
    fn restart(&mut self, restarts: &mut Restarts, mcu: usize) -> Result<(), Damage> {
        if restarts.interval == 0 || mcu == 0 || !mcu.is_multiple_of(restarts.interval) {
            return Ok(());
        }
        self.end()?;
        self.end_of_band_run = 0;
        let expected = 0xd0 + restarts.next;
        restarts.next = (restarts.next + 1) % 8;
        if self.bits.marker() == Some(expected) {
            Ok(())
        } else {
            Err(Damage::Garbled)
        }
    }

    /// Nothing but padding may follow the last block before the next marker.
    fn end(&mut self) -> Result<(), Damage> {
        let rest = self.bits.rest(MOST_PADDING + 1);
        let is_padding =
            rest.len() <= MOST_PADDING && rest.iter().all(|&byte| byte == 0 || byte == 0xff);
        if is_padding {
            Ok(())
        } else {
            Err(Damage::Garbled)
        }
    }

    #[inline]
    fn dc(&mut self, table: &Table) -> Result<(), Damage> {
        self.bits.refill();
        let (length, size) = table.find(&self.bits)?;
        if size > 15 {
            return Err(Damage::Garbled);
        }
        self.bits.skip(length + u32::from(size))
    }

    /// All coefficients of a block but the first.
    #[inline]
    fn ac(&mut self, table: &Table) -> Result<(), Damage> {
        let mut k = 1;
        while k < 64 {
            self.bits.refill();
            let (length, symbol) = table.find(&self.bits)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            self.bits.skip(length + size)?;
            k += run + 1;
            if size > 0 {
                if k > 64 {
                    return Err(Damage::Garbled);
                }
            } else if run < 15 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A band of coefficients of every block of a component.
    fn bands(
        &mut self,
        blocks: usize,
        restart_interval: usize,
        component: &mut Component,
        table: &Table,
        refines: bool,
    ) -> Result<(), Damage> {
        if component.nonzero.len() < blocks {
            component.nonzero.resize(blocks, 0);
        }
        let mut restarts = Restarts::every(restart_interval);
        for (block, nonzero) in component.nonzero.iter_mut().take(blocks).enumerate() {
            self.restart(&mut restarts, block)?;
            if refines {
                self.refine_band(table, nonzero)?;
            } else if self.end_of_band_run > 0 {
                self.end_of_band_run -= 1;
            } else {
                self.first_band(table, nonzero)?;
            }
        }
        Ok(())
    }

    /// ITU-T T.81, G.1.2.2.
    fn first_band(&mut self, table: &Table, nonzero: &mut u64) -> Result<(), Damage> {
        let (mut k, last) = self.spectrum;
        while k <= last {
            self.bits.refill();
            let (length, symbol) = table.find(&self.bits)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            self.bits.skip(length + size)?;
            if size > 0 {
                k += run;
                if k > last {
                    return Err(Damage::Garbled);
                }
                *nonzero |= 1 << k;
                k += 1;
            } else if run == 15 {
                k += 16;
            } else {
                self.end_of_band_run = (1 << run) - 1 + self.bits.take(run)?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// ITU-T T.81, G.1.2.3: a bit for every coefficient that is not zero already, between the codes of new ones.
    fn refine_band(&mut self, table: &Table, nonzero: &mut u64) -> Result<(), Damage> {
        let (mut k, last) = self.spectrum;
        if self.end_of_band_run == 0 {
            while k <= last {
                self.bits.refill();
                let (length, symbol) = table.find(&self.bits)?;
                let (mut zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                self.bits.skip(length)?;
                match size {
                    0 if zeros < 15 => {
                        self.end_of_band_run = (1 << zeros) + self.bits.take(zeros)?;
                        break;
                    }
                    0 => {}
                    1 => self.bits.skip_many(1)?,
                    _ => return Err(Damage::Garbled),
                }
                while k <= last {
                    if *nonzero >> k & 1 == 1 {
                        self.bits.skip_many(1)?;
                    } else if zeros == 0 {
                        break;
                    } else {
                        zeros -= 1;
                    }
                    k += 1;
                }
                if size == 1 {
                    if k > last {
                        return Err(Damage::Garbled);
                    }
                    *nonzero |= 1 << k;
                }
                k += 1;
            }
        }
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
            if k <= last {
                let band = *nonzero >> k << k & (u64::MAX >> (63 - last));
                self.bits.skip_many(band.count_ones())?;
            }
        }
        Ok(())
    }
}
