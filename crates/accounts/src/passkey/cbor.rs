//! A strict reader of CBOR (RFC 8949), as far as authenticators write it: the canonical form of CTAP2.
//!
//! Whole numbers, bytes, texts, lists, maps, true, false and null, each written in its shortest form and with its length.
//! Whatever else CBOR has is refused: lengths left open, tags, fractions, names of a map that come twice. So there is one
//! way to read a message. Nothing is copied, and no length is believed before its bytes are there.

/// Most lists and maps within each other.
const DEEPEST: usize = 8;
/// Most values of a list, and most names of a map.
const MOST: u64 = 256;

/// A value, borrowed from what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Item<'a>>),
    Map(Vec<(Item<'a>, Item<'a>)>),
    /// True, false or null: nothing here looks at them.
    Simple(u8),
}

/// Why it is not CBOR as authenticators write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotCbor(pub(crate) &'static str);

const CUT_OFF: NotCbor = NotCbor("it is cut off");

impl<'a> Item<'a> {
    /// The one value that these bytes are, and nothing after it.
    pub(crate) fn whole(bytes: &'a [u8]) -> Result<Item<'a>, NotCbor> {
        match Item::first(bytes)? {
            (item, []) => Ok(item),
            _ => Err(NotCbor("something follows it")),
        }
    }

    /// The value with which these bytes begin, and what follows it.
    pub(crate) fn first(bytes: &'a [u8]) -> Result<(Item<'a>, &'a [u8]), NotCbor> {
        let mut rest = bytes;
        let item = read(&mut rest, 0)?;
        Ok((item, rest))
    }

    /// What a map holds under this name.
    pub(crate) fn of(&self, name: &Item<'_>) -> Option<&Item<'a>> {
        match self {
            Item::Map(pairs) => pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Item::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Item::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], count: u64) -> Result<&'a [u8], NotCbor> {
    let count = usize::try_from(count).map_err(|_| CUT_OFF)?;
    let (taken, after) = rest.split_at_checked(count).ok_or(CUT_OFF)?;
    *rest = after;
    Ok(taken)
}

/// The number that belongs to a first byte: in its lower five bits, or in the 1, 2, 4 or 8 bytes after it.
fn argument(rest: &mut &[u8], first: u8) -> Result<u64, NotCbor> {
    let low = first & 0b1_1111;
    let width = match low {
        0..24 => return Ok(u64::from(low)),
        24..28 => 1_u64 << (low - 24),
        31 => return Err(NotCbor("a length in it is left open")),
        _ => return Err(NotCbor("a first byte in it means nothing")),
    };
    let number = take(rest, width)?.iter().fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
    let shortest = match width {
        1 => number >= 24,
        2 => number > 0xff,
        4 => number > 0xffff,
        _ => number > 0xffff_ffff,
    };
    if shortest { Ok(number) } else { Err(NotCbor("a number in it is written longer than it need be")) }
}

fn read<'a>(rest: &mut &'a [u8], depth: usize) -> Result<Item<'a>, NotCbor> {
    let &[first] = take(rest, 1)? else { return Err(CUT_OFF) };
    if depth > DEEPEST {
        return Err(NotCbor("lists and maps in it are nested too deep"));
    }
    if first >> 5 == 7 {
        return match first {
            0xf4..=0xf6 => Ok(Item::Simple(first)),
            _ => Err(NotCbor("it holds a fraction, or a value without a meaning")),
        };
    }
    let number = argument(rest, first)?;
    if matches!(first >> 5, 4 | 5) && number > MOST {
        return Err(NotCbor("a list or map in it is too long"));
    }
    let whole = || i64::try_from(number).map_err(|_| NotCbor("a number in it is too large"));
    Ok(match first >> 5 {
        0 => Item::Integer(whole()?),
        1 => Item::Integer(-1 - whole()?),
        2 => Item::Bytes(take(rest, number)?),
        3 => {
            let bytes = take(rest, number)?;
            Item::Text(std::str::from_utf8(bytes).map_err(|_| NotCbor("a text in it is not in UTF-8"))?)
        }
        4 => {
            let mut items = Vec::new();
            for _ in 0..number {
                items.push(read(rest, depth + 1)?);
            }
            Item::List(items)
        }
        5 => {
            let mut pairs: Vec<(Item<'_>, Item<'_>)> = Vec::new();
            for _ in 0..number {
                let name = read(rest, depth + 1)?;
                if !matches!(name, Item::Integer(_) | Item::Text(_)) {
                    return Err(NotCbor("a name in a map is neither a number nor a text"));
                }
                if pairs.iter().any(|(known, _)| *known == name) {
                    return Err(NotCbor("a name in a map comes twice"));
                }
                pairs.push((name, read(rest, depth + 1)?));
            }
            Item::Map(pairs)
        }
        _ => return Err(NotCbor("it holds a tag")),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// Examples of RFC 8949, appendix A.
    #[test]
    fn the_examples_of_the_standard_are_read() {
        let numbers = [
            ("00", 0),
            ("17", 23),
            ("1818", 24),
            ("1903e8", 1000),
            ("1a000f4240", 1_000_000),
            ("1b000000e8d4a51000", 1_000_000_000_000),
            ("20", -1),
            ("3863", -100),
            ("3903e7", -1000),
        ];
        for (hex, number) in numbers {
            assert_eq!(Item::whole(&bytes(hex)), Ok(Item::Integer(number)), "{hex}");
        }
        assert_eq!(Item::whole(&bytes("4401020304")), Ok(Item::Bytes(&[1, 2, 3, 4])));
        assert_eq!(Item::whole(&bytes("6449455446")), Ok(Item::Text("IETF")));
        assert_eq!(Item::whole(&bytes("62c3bc")), Ok(Item::Text("ü")));
        let nested = bytes("a26161016162820203");
        let map = Item::whole(&nested).unwrap();
        assert_eq!(map.of(&Item::Text("a")), Some(&Item::Integer(1)));
        assert_eq!(map.of(&Item::Text("b")), Some(&Item::List(vec![Item::Integer(2), Item::Integer(3)])));
        assert_eq!(map.of(&Item::Text("c")), None);
        assert_eq!(Item::whole(&bytes("83f4f5f6")).unwrap(), Item::List([0xf4, 0xf5, 0xf6].map(Item::Simple).into()));
    }

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        let refused = [
            ("", "it is cut off"),
            ("18", "it is cut off"),
            ("4401", "it is cut off"),
            ("8201", "it is cut off"),
            ("a101", "it is cut off"),
            ("990100", "it is cut off"),
            ("990101", "a list or map in it is too long"),
            ("bbffffffffffffffff", "a list or map in it is too long"),
            ("5b7fffffffffffffff", "it is cut off"),
            ("0000", "something follows it"),
            ("1800", "a number in it is written longer than it need be"),
            ("190017", "a number in it is written longer than it need be"),
            ("5801ff", "a number in it is written longer than it need be"),
            ("1bffffffffffffffff", "a number in it is too large"),
            ("3bffffffffffffffff", "a number in it is too large"),
            ("5f42010243030405ff", "a length in it is left open"),
            ("7f657374726561646d696e67ff", "a length in it is left open"),
            ("9fff", "a length in it is left open"),
            ("bfff", "a length in it is left open"),
            ("1c", "a first byte in it means nothing"),
            ("c074323031332d30332d32315432303a30343a30305a", "it holds a tag"),
            ("f90000", "it holds a fraction, or a value without a meaning"),
            ("fb3ff199999999999a", "it holds a fraction, or a value without a meaning"),
            ("f7", "it holds a fraction, or a value without a meaning"),
            ("ff", "it holds a fraction, or a value without a meaning"),
            ("61ff", "a text in it is not in UTF-8"),
            ("a2616101616102", "a name in a map comes twice"),
            ("a14100f4", "a name in a map is neither a number nor a text"),
            ("81818181818181818100", "lists and maps in it are nested too deep"),
        ];
        for (hex, why) in refused {
            assert_eq!(Item::whole(&bytes(hex)), Err(NotCbor(why)), "{hex}");
        }
    }

    #[test]
    fn what_follows_is_given_back() {
        assert_eq!(Item::first(&[0x01, 0x02]), Ok((Item::Integer(1), &[0x02][..])));
    }
}
