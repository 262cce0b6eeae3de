//! What rows and columns of a plate add to their wells: the two-way median polish.

use super::summary::{median, sorted};

/// A plate as an overall value, what each row and each column adds to it, and what is left of each well.
#[derive(Clone, Debug, PartialEq)]
pub struct MedianPolish {
    /// The value of the whole.
    pub overall: f64,
    /// What each row adds.
    pub rows: Vec<f64>,
    /// What each column adds.
    pub columns: Vec<f64>,
    /// What is left of each well, row by row; `None` of a well without a value.
    pub residuals: Vec<Vec<Option<f64>>>,
}

/// How often it is polished at most, and the change of the sum of what is left below which it is done: as R has them.
const MOST_ROUNDS: usize = 10;
const ENOUGH: f64 = 0.01;

impl MedianPolish {
    /// Of values row by row (Tukey, Exploratory Data Analysis, 1977, chapter 11; in the order of steps and with the end of `medpolish` of
    /// R). A row or column without any value adds nothing. `None` where there is no value at all.
    pub fn of(values: &[Vec<Option<f64>>]) -> Option<Self> {
        let width = values.iter().map(Vec::len).max()?;
        let finite = |value: Option<&Option<f64>>| value.copied().flatten().filter(|value| value.is_finite());
        let row = |row: &Vec<Option<f64>>| (0..width).map(|column| finite(row.get(column))).collect();
        let residuals: Vec<Vec<Option<f64>>> = values.iter().map(row).collect();
        residuals.iter().flatten().flatten().next()?;
        let (rows, columns) = (vec![0.0; residuals.len()], vec![0.0; width]);
        let mut polish = Self { overall: 0.0, rows, columns, residuals };
        let mut before = 0.0;
        for _ in 0..MOST_ROUNDS {
            polish.round();
            let left: f64 = polish.residuals.iter().flatten().flatten().map(|value| value.abs()).sum();
            if left == 0.0 || (left - before).abs() < ENOUGH * left {
                break;
            }
            before = left;
        }
        Some(polish)
    }

    fn round(&mut self) {
        for (row, effect) in self.residuals.iter_mut().zip(&mut self.rows) {
            let change = median(&sorted(row.iter().flatten().copied())).unwrap_or(0.0);
            row.iter_mut().flatten().for_each(|value| *value -= change);
            *effect += change;
        }
        self.overall += centred(&mut self.columns);
        for (column, effect) in self.columns.iter_mut().enumerate() {
            let values = self.residuals.iter().filter_map(|row| row[column]);
            let change = median(&sorted(values)).unwrap_or(0.0);
            self.residuals
                .iter_mut()
                .filter_map(|row| row[column].as_mut())
                .for_each(|value| *value -= change);
            *effect += change;
        }
        self.overall += centred(&mut self.rows);
    }
}

/// Takes the median off effects, and gives it.
fn centred(effects: &mut [f64]) -> f64 {
    let middle = median(&sorted(effects.iter().copied())).unwrap_or(0.0);
    effects.iter_mut().for_each(|effect| *effect -= middle);
    middle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_come_to_what_r_says() {
        // Of the manual page of medpolish of R: deaths from parachuting, by experience and year.
        let deaths =
            [[14.0, 15.0, 14.0], [7.0, 4.0, 7.0], [8.0, 2.0, 10.0], [15.0, 9.0, 10.0], [0.0, 2.0, 0.0]];
        let values: Vec<Vec<Option<f64>>> =
            deaths.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
        let found = MedianPolish::of(&values).unwrap();
        assert_eq!(found.overall, 8.0);
        assert_eq!(found.rows, [6.0, -1.0, 0.0, 2.0, -8.0]);
        assert_eq!(found.columns, [0.0, -1.0, 0.0]);
        let left = [[0.0, 2.0, 0.0], [0.0, -2.0, 0.0], [0.0, -5.0, 2.0], [5.0, 0.0, 0.0], [0.0, 3.0, 0.0]];
        assert_eq!(found.residuals, left.map(|row| row.map(Some).to_vec()));
        // With wells that have no value; medpolish(x, na.rm = TRUE) of R 4.2.
        let na = None;
        let values = vec![
            vec![Some(1.0), Some(2.0), na, Some(4.0)],
            vec![Some(2.5), Some(3.0), Some(4.0), na],
            vec![Some(10.0), Some(11.0), Some(12.5), Some(13.0)],
        ];
        let found = MedianPolish::of(&values).unwrap();
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        near(found.overall, 3.624_023_437_5);
        [-1.001_953_1, 0.0, 7.999_023_4]
            .iter()
            .zip(&found.rows)
            .for_each(|(expected, found)| near(*found, *expected));
        let columns = [-1.622_070_3, -0.623_046_9, 0.626_464_8, 1.377_441_4];
        columns.iter().zip(&found.columns).for_each(|(expected, found)| near(*found, *expected));
        assert_eq!(found.residuals[0][2], None);
        near(found.residuals[1][0].unwrap(), 0.498_046_875);
        assert_eq!(MedianPolish::of(&[vec![None, Some(f64::NAN)]]), None);
        assert_eq!(MedianPolish::of(&[]), None);
    }
}
