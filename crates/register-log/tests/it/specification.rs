//! The examples of `docs/specs/register-log.md`, made again: every block that it shows is what this crate writes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;

use register_log::answer::{Answer, Said};
use register_log::checkpoint::Checkpoint;
use register_log::content::{Content, Opening, Value};
use register_log::entry::{Entry, Key, Operation, Publication};
use register_log::map::{Place, Stretch};
use register_log::note::{Algorithm, SignerKey};
use register_log::proof::{EntryProof, Policy};
use register_log::replay::Replay;
use register_log::{Hash, tree};

const SPECIFICATION: &str = include_str!("../../../../docs/specs/register-log.md");
const SCHEMA: &str = r#"{"@context":"http://www.w3.org/ns/csvw","tableSchema":{"columns":[{"name":"code","required":true},{"name":"name"}],"primaryKey":"code"},"url":"councils.csv"}"#;
const COUNCILS: [(&str, &str); 5] =
    [("A1", "Ashmere"), ("B2", "Brackford"), ("C3", "Coldharbour"), ("E5", "Elmsey"), ("H8", "Hexleigh")];

/// A tree with every hash in it.
#[derive(Default)]
struct Tree {
    frontier: tree::Frontier,
    hashes: BTreeMap<(u8, u64), Hash>,
}

impl Tree {
    fn push(&mut self, bytes: &[u8]) {
        let hashes = &mut self.hashes;
        self.frontier.push(tree::leaf(bytes), |level, index, hash| {
            hashes.insert((level, index), hash);
        });
    }

    fn at(&self) -> impl FnMut(u8, u64) -> Result<Hash, Infallible> + '_ {
        |level, index| Ok(self.hashes[&(level, index)])
    }
}

fn key(code: &str) -> Key {
    Key::new(vec![code.to_owned()]).unwrap()
}

/// The entries of a log that is written a line each.
fn lines_of(lines: &str) -> impl Iterator<Item = Entry> {
    lines.lines().map(|line| Entry::read(line.as_bytes()).unwrap())
}

fn block(text: &str) -> String {
    format!("\n```\n{}\n```\n", text.trim_end_matches('\n'))
}

/// Everything that is shown, and whether the specification has it.
fn shown(blocks: &[(&str, String)]) {
    let mut wrong = String::new();
    for (what, text) in blocks {
        if !SPECIFICATION.contains(&block(text)) {
            write!(wrong, "\n{what}:{}", block(text)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "the specification does not show{wrong}");
}

#[test]
fn every_example_is_what_is_written() {
    let seed = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let log = SignerKey::from_seed("registers.example/demo", Algorithm::Ed25519, &seed).unwrap();
    let (time, schema) = ("2026-03-03T10:14:00Z".parse().unwrap(), Hash::of(SCHEMA));
    let (mut entries, mut map) = (Tree::default(), Tree::default());
    let mut lines = String::new();
    let mut append = |operation| {
        let bytes = Entry { time, schema, operation }.bytes().unwrap();
        entries.push(&bytes);
        writeln!(lines, "{}", String::from_utf8(bytes.clone()).unwrap()).unwrap();
        bytes
    };
    append(Operation::Schema);
    let (mut places, mut contents) = (Vec::new(), Vec::new());
    for (at, (code, name)) in (1..).zip(COUNCILS) {
        let mut content = Content::new();
        content.set("code", Value::Text(code.to_owned())).unwrap();
        content.set("name", Value::Text(name.to_owned())).unwrap();
        append(Operation::Put { key: key(code), content: content.hash() });
        let place = Place { key: key(code), entry: at, content: content.hash() };
        map.push(&place.bytes());
        places.push(place);
        contents.push(content);
    }
    let publication = Publication { records: 5, map: map.frontier.root(), quality: None, source: None };
    let publication = append(Operation::Publication(publication));
    let mut replay = Replay::new();
    lines_of(&lines).try_for_each(|entry| replay.take(&entry)).unwrap();
    assert!(replay.places().eq(places.iter().cloned()));
    let (size, root) = (entries.frontier.size(), entries.frontier.root());
    let checkpoint = Checkpoint { origin: "registers.example/demo".to_owned(), size, root }.signed(&log).unwrap();
    let answer = Answer {
        stretch: Stretch {
            start: 1,
            size: 5,
            places: vec![places[1].clone()],
            proof: tree::stretch(1, 2, 5, map.at()).unwrap().unwrap(),
        },
        contents: [(contents[1].hash(), contents[1].clone())].into(),
        publication,
        proof: EntryProof {
            extra: None,
            index: size - 1,
            path: tree::inclusion(size - 1, size, entries.at()).unwrap().unwrap(),
            checkpoint: checkpoint.clone(),
        },
    };
    let opening = Opening {
        salt: std::array::from_fn(|at| 0xf0 + u8::try_from(at).unwrap()),
        value: Value::Text("01632 960 001".to_owned()),
    };
    let mut committed = Content::new();
    committed.set("code", Value::Text("A1".to_owned())).unwrap();
    committed.set("telephone", Value::Committed(opening.commitment("telephone"))).unwrap();
    shown(&[
        ("the schema", SCHEMA.to_owned()),
        ("the key", log.verifier().to_string()),
        ("the entries", lines),
        ("what a record says", String::from_utf8(contents[0].bytes()).unwrap()),
        ("the checkpoint", checkpoint.to_string()),
        ("a place of the map", String::from_utf8(places[1].bytes()).unwrap()),
        ("the answer", answer.to_string()),
        ("committed content", String::from_utf8(committed.bytes()).unwrap()),
    ]);

    // Whoever has nothing but the specification, and the key in it, verifies its answer.
    let start = SPECIFICATION.find("commonhold register answer 1\nmap").unwrap();
    let file = SPECIFICATION[start..].split("```").next().unwrap();
    let policy = Policy::new(log.verifier().to_string().parse().unwrap(), Vec::new(), 0).unwrap();
    let verified = Answer::read(file.as_bytes()).unwrap().verify(&policy).unwrap();
    assert_eq!(verified.says(&key("B2")), Said::Record(&places[1], Some(&contents[1])));
    assert!(opening.opens(&committed, "telephone"));
}
