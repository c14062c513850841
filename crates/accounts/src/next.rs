//! Where to go after signing in: a path of this site, or home.

/// `wanted` if it is a path of this site that a browser cannot take for another site, else `/`.
///
/// A browser reads `//host` and `/\host` as another site and leaves tabs and line breaks out before it looks, so only
/// visible ASCII without `\` passes. Sign-in's own pages lead nowhere new.
pub(crate) fn safe(wanted: Option<&str>) -> String {
    let good = |path: &&str| {
        path.len() <= 1_000
            && path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && !path.starts_with("/sign-")
    };
    wanted.filter(good).unwrap_or("/").to_owned()
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn only_paths_of_this_site_pass() {
        for good in ["/", "/systems/1?show=new#top", "/search?q=a%20b", "/a//b"] {
            assert_eq!(safe(Some(good)), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            "/\n/evil.example",
            "/a\\b",
            "javascript:alert(1)",
            "/é",
            "/a\r\nSet-Cookie: x=y",
            "/sign-out",
            "/sign-in/x",
        ] {
            assert_eq!(safe(Some(bad)), "/", "{bad:?}");
        }
        assert_eq!(safe(None), "/");
    }
}
