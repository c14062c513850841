//! One sheet of an old workbook: its cells, its merged areas.

use super::super::{Area, CellKind, Sheet, Unreadable, grid, grid::Grid, limits::Budget, number_formats::Shown};
use super::records::{Record, Records};
use super::{Globals, Listed, strings};

pub(super) fn read(
    mut records: Records<'_>,
    listed: &Listed,
    globals: &Globals,
    budget: &mut Budget<'_>,
) -> Result<Sheet, Unreadable> {
    records.begin()?;
    let grid = Grid::new(&listed.name, listed.hidden);
    let mut reading = Reading { globals, budget, grid, waiting: None };
    // Charts stand within sheets, with a beginning and an end of their own.
    let mut inner = 0_usize;
    loop {
        let Some(record) = records.next()? else { return Err(records.cut_off()) };
        match record.kind {
            Record::BOF => inner += 1,
            Record::EOF if inner == 0 => break,
            Record::EOF => inner -= 1,
            _ if inner > 0 => {}
            Record::STRING => {
                let pieces = records.with_continuations(record.data);
                if let Some(place) = reading.waiting.take() {
                    let text = strings::continued(&pieces).ok_or_else(|| records.broken())?;
                    reading.put(place, text, CellKind::Text, true)?;
                }
            }
            _ => reading.record(&record, &mut records)?,
        }
    }
    let Reading { grid, budget, .. } = reading;
    grid.finish(budget)
}

/// Row, column and style of a cell.
type Place = (u32, u32, u16);

struct Reading<'a, 'b, 'n> {
    globals: &'a Globals,
    budget: &'a mut Budget<'b>,
    grid: Grid<'n>,
    /// The formula whose result is a text that follows.
    waiting: Option<Place>,
}

impl Reading<'_, '_, '_> {
    fn record<'r>(&mut self, record: &Record<'r>, records: &mut Records<'r>) -> Result<(), Unreadable> {
        let place =
            || -> Option<Place> { Some((u32::from(record.word(0)?) + 1, u32::from(record.word(2)?), record.word(4)?)) };
        let broken = || records.broken();
        match record.kind {
            Record::LABELSST => {
                let index = record.long(6).and_then(|index| usize::try_from(index).ok());
                let text = index.and_then(|index| self.globals.texts.get(index)).ok_or_else(broken)?;
                self.put(place().ok_or_else(broken)?, text.to_owned(), CellKind::Text, false)
            }
            Record::LABEL | Record::RSTRING => {
                let at = place().ok_or_else(broken)?;
                let data = record.data.get(6..).unwrap_or_default();
                let pieces = records.with_continuations(data);
                let text = strings::continued(&pieces).ok_or_else(|| records.broken())?;
                self.put(at, text, CellKind::Text, false)
            }
            Record::NUMBER => {
                let number = record.real(6).ok_or_else(broken)?;
                self.number(place().ok_or_else(broken)?, number, false)
            }
            Record::RK => {
                let number = record.long(6).ok_or_else(broken)?;
                self.number(place().ok_or_else(broken)?, rk(number), false)
            }
            Record::MULRK => {
                let (row, first, _) = place().ok_or_else(broken)?;
                let cells = record.data.get(4..record.data.len().saturating_sub(2)).unwrap_or_default();
                for (column, cell) in (first..).zip(cells.as_chunks::<6>().0) {
                    let style = u16::from_le_bytes([cell[0], cell[1]]);
                    let number = u32::from_le_bytes([cell[2], cell[3], cell[4], cell[5]]);
                    self.number((row, column, style), rk(number), false)?;
                }
                Ok(())
            }
            Record::BOOLERR => {
                let (Some(value), Some(error)) = (record.data.get(6), record.data.get(7)) else { return Err(broken()) };
                self.flag(place().ok_or_else(broken)?, *value, *error != 0, false)
            }
            Record::FORMULA => {
                let at = place().ok_or_else(broken)?;
                let result = record.data.get(6..14).ok_or_else(broken)?;
                self.waiting = None;
                match result {
                    [0, .., 0xff, 0xff] => {
                        self.waiting = Some(at);
                        Ok(())
                    }
                    [kind @ (1 | 2), _, value, .., 0xff, 0xff] => self.flag(at, *value, *kind == 2, true),
                    [.., 0xff, 0xff] => self.put(at, String::new(), CellKind::Empty, true),
                    _ => self.number(at, record.real(6).unwrap_or(f64::NAN), true),
                }
            }
            Record::MERGEDCELLS => {
                // The count that stands first is not looked at.
                for area in record.data.get(2..).unwrap_or_default().as_chunks::<8>().0 {
                    let at = |place: usize| u32::from(u16::from_le_bytes([area[place], area[place + 1]]));
                    let area = Area { top: at(0) + 1, bottom: at(2) + 1, left: at(4), right: at(6) };
                    if area.top <= area.bottom && area.left <= area.right {
                        self.grid.merge(area, self.budget)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn number(&mut self, place: Place, number: f64, formula: bool) -> Result<(), Unreadable> {
        let style = self.globals.styles.get(usize::from(place.2));
        let shown = style.map_or(Shown::Number, |(shown, _)| *shown);
        let (text, kind) = match number.is_finite() {
            true => grid::number(number, shown, self.globals.from_1904),
            false => (String::new(), CellKind::Empty),
        };
        self.put(place, text, kind, formula)
    }

    fn flag(&mut self, place: Place, value: u8, error: bool, formula: bool) -> Result<(), Unreadable> {
        let (text, kind) = match (error, value) {
            (false, 0) => ("FALSE", CellKind::Bool(false)),
            (false, _) => ("TRUE", CellKind::Bool(true)),
            (true, 0x00) => ("#NULL!", CellKind::Text),
            (true, 0x07) => ("#DIV/0!", CellKind::Text),
            (true, 0x0f) => ("#VALUE!", CellKind::Text),
            (true, 0x17) => ("#REF!", CellKind::Text),
            (true, 0x1d) => ("#NAME?", CellKind::Text),
            (true, 0x24) => ("#NUM!", CellKind::Text),
            (true, _) => ("#N/A", CellKind::Text),
        };
        self.put(place, text.to_owned(), kind, formula)
    }

    fn put(
        &mut self,
        (row, column, style): Place,
        text: String,
        kind: CellKind,
        formula: bool,
    ) -> Result<(), Unreadable> {
        if text.contains('\0') {
            return Err(Unreadable::NulBytes { place: format!("row {row} of '{}'", self.grid.name) });
        }
        self.grid.put((row, column), text, kind, formula, self.budget)?;
        if let Some((_, Some(colour))) = self.globals.styles.get(usize::from(style)) {
            self.grid.fill(row, *colour);
        }
        Ok(())
    }
}

/// A number in four bytes (MS-XLS 2.5.217): the upper part of a real number or 30 bits of a whole one, perhaps in hundredths.
fn rk(bits: u32) -> f64 {
    let number = match bits & 2 {
        0 => f64::from_bits(u64::from(bits & !3) << 32),
        _ => f64::from(bits.cast_signed() >> 2),
    };
    if bits & 1 == 0 { number } else { number / 100.0 }
}

#[cfg(test)]
mod tests {
    use super::rk;

    #[test]
    fn numbers_in_four_bytes() {
        for (bits, expected) in
            [(0x3ff0_0000, 1.0), ((12_345 << 2) | 2, 12_345.0), ((12_345 << 2) | 3, 123.45), (0xffff_fffe, -1.0)]
        {
            assert_eq!(rk(bits), expected, "{bits:x}");
        }
    }
}
