//! A page's picture as SVG, which the handler writes, and as PNG, which is the same picture painted.
//!
//! A picture repeats the rows of the page's table; it is never the only way to learn something. Painting knows one
//! typeface, Noto Sans, which is part of the program: what a PNG looks like does not depend on the machine. It stands
//! for whatever typeface the SVG names.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{ImageHrefResolver, Options, Tree, fontdb},
};

use crate::{Problem, say};

/// What `.svg` and `.png` answer.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The file's name without its ending.
    pub name: String,
    /// The whole picture: text as text, colours as attributes, no style, no script, no other files. May be empty unless
    /// [`crate::Format::is_picture`].
    pub svg: String,
}

/// The most pixels of a painted picture: 64 MB while it is painted.
const MOST_PIXELS: f64 = 16_000_000.0;
/// Two pixels for each of the drawing's: sharp on good screens and on paper.
const SHARP: f32 = 2.0;

/// Noto Sans, under the SIL Open Font License 1.1; its notice is in the typeface itself.
static TYPEFACES: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut typefaces = fontdb::Database::new();
    typefaces.load_font_data(notosans::REGULAR_TTF.to_vec());
    typefaces.load_font_data(notosans::BOLD_TTF.to_vec());
    typefaces.set_sans_serif_family("Noto Sans");
    Arc::new(typefaces)
});

/// Paints a picture, sharp if it is not too large for that.
///
/// # Errors
/// An unexpected problem when the SVG is none; too large when even its plain size has too many pixels.
pub(crate) fn painted(svg: &str) -> Result<Vec<u8>, Problem> {
    let unexpected = |what: &dyn std::fmt::Display| Problem::unexpected(format!("a picture cannot be painted: {what}"));
    let options = Options {
        font_family: "Noto Sans".to_owned(),
        fontdb: Arc::clone(&TYPEFACES),
        // A picture names no other files; if one did, we would not read them.
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| unexpected(&error))?;
    let size = tree.size();
    let pixels = |scale: f32| f64::from(size.width() * scale) * f64::from(size.height() * scale);
    let scale = [SHARP, 1.0].into_iter().find(|scale| pixels(*scale) <= MOST_PIXELS);
    let Some(scale) = scale else {
        let large = Problem::too_large(say!("This picture has more points than a PNG of ours may have."));
        return Err(large.next(say!("Take it as SVG, which has no limit, or show less.")));
    };
    let size = size.to_int_size().scale_by(scale).ok_or_else(|| unexpected(&"it has no size"))?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or_else(|| unexpected(&"it has no size"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| unexpected(&error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;

    fn drawing(side: u32, body: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side}\" height=\"{side}\" font-family=\"Arial, sans-serif\">{body}</svg>"
        )
    }

    fn pixels(svg: &str) -> Pixmap {
        Pixmap::decode_png(&painted(svg).expect("a picture")).expect("a PNG")
    }

    #[test]
    fn texts_are_painted_in_our_typeface_and_bold_is_darker() {
        let dark = |body: &str| {
            let pixels = pixels(&drawing(200, body));
            assert_eq!((pixels.width(), pixels.height()), (400, 400), "sharp");
            pixels.pixels().iter().filter(|pixel| pixel.alpha() > 128).count()
        };
        let plain = dark("<text x=\"10\" y=\"100\" font-size=\"20\">Gwasanaethau £12</text>");
        let bold = dark("<text x=\"10\" y=\"100\" font-size=\"20\" font-weight=\"bold\">Gwasanaethau £12</text>");
        assert!(plain > 500 && bold > plain, "{plain}, {bold}");
        assert_eq!(dark(""), 0);
    }

    #[test]
    fn large_pictures_are_painted_plainly_and_huge_ones_refused() {
        let rect = "<rect width=\"10\" height=\"10\"/>";
        assert_eq!(pixels(&drawing(3_000, rect)).width(), 3_000);
        let refused = painted(&drawing(5_000, rect)).expect_err("too many pixels");
        assert_eq!(refused.status(), axum::http::StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn what_is_no_picture_is_a_fault_of_ours_and_other_files_are_not_read() {
        assert!(painted("<svg").is_err());
        let before = painted(&drawing(10, "")).expect("a picture");
        let other = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/icon.svg");
        let image = &format!("<image href=\"{other}\" width=\"10\" height=\"10\"/>");
        assert_eq!(painted(&drawing(10, image)).expect("a picture"), before);
    }
}
