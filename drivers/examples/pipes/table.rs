//! A plain text table.

use core::fmt;

/// Rows of cells; the first column is set left, the others right.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this head.
    pub(crate) fn new(head: impl IntoIterator<Item = String>) -> Self {
        Self { rows: vec![head.into_iter().collect()] }
    }

    /// Adds a row below.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell: &String| cell.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let rule = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        for (line, row) in self.rows.iter().enumerate() {
            let mut text = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                text += &if column == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("  {cell:>width$}")
                };
            }
            writeln!(f, "{}", text.trim_end())?;
            if line == 0 {
                writeln!(f, "{}", "─".repeat(rule))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<const N: usize>(cells: [&str; N]) -> [String; N] {
        cells.map(str::to_owned)
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(cells(["way", "samba", "ring"]));
        table.row(cells(["epoll-wait-1", "x1.00", "·"]));
        table.row(cells(["é", "x10.25 7", ""]));
        let expected = "\
way              samba  ring
────────────────────────────
epoll-wait-1     x1.00     ·
é             x10.25 7
";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_head_alone_is_a_table() {
        assert_eq!(Table::new(cells(["a"])).to_string(), "a\n─\n");
    }
}
