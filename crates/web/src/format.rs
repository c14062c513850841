//! Page, JSON, CSV, workbook or picture: which one is asked for.

use axum::http::{HeaderMap, header};

/// The content type of an Excel workbook (ECMA-376).
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The format of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A page for people.
    #[default]
    Html,
    /// Data for programs.
    Json,
    /// A table as plain text.
    Csv,
    /// A table as an Excel workbook.
    Xlsx,
    /// A picture that stays sharp at any size.
    Svg,
    /// A picture of points.
    Png,
}

impl Format {
    /// The ending of an address that asks for this format; none for a page.
    pub fn suffix(self) -> &'static str {
        match self {
            Format::Html => "",
            Format::Json => ".json",
            Format::Csv => ".csv",
            Format::Xlsx => ".xlsx",
            Format::Svg => ".svg",
            Format::Png => ".png",
        }
    }

    /// Whether the answer is a file made from the page's [`crate::Table`]. Of a list, a file has every row and a page
    /// only some: a handler asks for the whole list when this holds.
    pub fn is_table(self) -> bool {
        matches!(self, Format::Csv | Format::Xlsx)
    }

    /// Whether the answer is made from the page's [`crate::Picture`].
    pub fn is_picture(self) -> bool {
        matches!(self, Format::Svg | Format::Png)
    }

    /// What `Accept` asks for (RFC 9110, 12.5.1): the weightiest range that we can serve, a page when none is.
    pub(crate) fn accepted(headers: &HeaderMap) -> Format {
        let mut best = (Format::Html, 0.0_f32);
        let values = headers.get_all(header::ACCEPT);
        let ranges = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let format = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "text/html" | "application/xhtml+xml" | "text/*" | "*/*" => Format::Html,
                "application/json" | "application/problem+json" | "application/*" => Format::Json,
                "text/csv" => Format::Csv,
                XLSX => Format::Xlsx,
                "image/svg+xml" => Format::Svg,
                "image/png" => Format::Png,
                _ => continue,
            };
            let weight = parts
                .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
                .map_or(1.0, |text| text.parse().unwrap_or(0.0));
            if weight > best.1 {
                best = (format, weight);
            }
        }
        best.0
    }
}
