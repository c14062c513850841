//! Headers that every answer carries, and validators for caches.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// How an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// By anyone, asked for again each time (ETag).
    Public,
    /// By the reader's own browser, asked for again each time.
    Private,
    /// By nobody.
    Never,
    /// By anyone, for ever: the address changes with the content.
    Forever,
}

impl Keeping {
    fn text(self) -> &'static str {
        match self {
            Keeping::Public => "public, no-cache",
            Keeping::Private => "private, no-cache",
            Keeping::Never => "private, no-store",
            Keeping::Forever => "public, max-age=31536000, immutable",
        }
    }
}

/// The content security policy: everything from here, no inline code but the page template's own script, by its hash.
pub(crate) fn policy(script_hashes: &[String]) -> String {
    let hashes: String = script_hashes.iter().map(|hash| format!(" {hash}")).collect();
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'{hashes}; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Sets what is not there yet; a handler that set a header of its own knows why.
pub(crate) fn dress(headers: &mut HeaderMap, policy: &HeaderValue, keeping: Keeping, request_id: &str) {
    let fixed: [(HeaderName, &'static str); 7] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
        (header::CACHE_CONTROL, keeping.text()),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| policy.clone());
    if keeping != Keeping::Forever {
        headers.append(header::VARY, HeaderValue::from_static("Accept, Authorization, Cookie"));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", id);
    }
}

/// A validator made from the content. Weak, since compression changes the bytes on the way (RFC 9110, 8.8.1).
pub(crate) fn etag(content_type: Option<&HeaderValue>, body: &[u8]) -> Option<HeaderValue> {
    let kind = content_type.map(HeaderValue::as_bytes).unwrap_or_default();
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(body).finalize();
    let short = digest.get(..15)?;
    HeaderValue::from_str(&format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(short))).ok()
}

/// Whether the asker has this content already (`If-None-Match`, compared weakly).
pub(crate) fn known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(etag) = etag.to_str().map(plain) else {
        return false;
    };
    let mut lists = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.any(|list| list.split(',').any(|tag| tag.trim() == "*" || plain(tag) == etag))
}

/// An id given by a proxy, if it is one: 8 to 64 letters, digits, `-` or `_`.
pub(crate) fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    ((8..=64).contains(&id.len()) && id.bytes().all(good)).then(|| id.to_owned())
}

/// An id that somebody can read out on the telephone: eight of Crockford's 32 letters and digits.
pub(crate) fn new_id(chance: &vocabulary::Chance) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes = chance.bytes::<8>().unwrap_or_default();
    let letters = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    letters.collect()
}
