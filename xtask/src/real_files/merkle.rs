//! Vectors of others for Merkle proofs: each is accepted or refused as its file says.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use register_log::{Hash, tree};
use serde_json::Value;

use super::files;

/// Checks every vector in the folder. A file is of a proof that an entry is in a log, or that a log only grew.
pub(super) fn vectors(folder: &Path) -> Result<()> {
    let (mut right, mut wrong) = (0_u32, 0_u32);
    for file in files(folder)? {
        let name = file.display();
        let vector: Value = serde_json::from_slice(&fs::read(&file)?).with_context(|| format!("{name} is not JSON"))?;
        let wanted = vector["wantErr"].as_bool().with_context(|| format!("{name} does not say what is right"))?;
        let needed = match vector.get("leafIdx") {
            Some(_) => ["treeSize", "leafHash", "root", "proof"],
            None => ["size1", "size2", "root1", "root2"],
        };
        if let Some(missing) = needed.into_iter().find(|member| vector.get(member).is_none()) {
            bail!("{name} has no {missing}, so it shows nothing");
        }
        if accepted(&vector).is_none() != wanted {
            bail!("{name}: {} has to be {}", vector["desc"], if wanted { "refused" } else { "accepted" });
        }
        *(if wanted { &mut wrong } else { &mut right }) += 1;
    }
    if right == 0 || wrong == 0 {
        bail!("{}: {right} right proofs and {wrong} wrong ones show nothing", folder.display());
    }
    println!("Merkle proofs: {right} right ones accepted, {wrong} wrong ones refused");
    Ok(())
}

/// Something where it can be read and holds.
fn accepted(vector: &Value) -> Option<()> {
    let hash = |value: &Value| Hash::from_base64(value.as_str()?);
    let proof: Vec<Hash> = match &vector["proof"] {
        Value::Null => Vec::new(),
        proof => proof.as_array()?.iter().map(hash).collect::<Option<_>>()?,
    };
    // Where two roots are only the same or not, some say a few words in base64: some other hash then.
    let root = |name: &str| hash(&vector[name]).unwrap_or_else(|| Hash::of(vector[name].to_string()));
    let number = |name: &str| vector[name].as_u64();
    match number("leafIdx") {
        Some(index) => {
            let (leaf, root) = (hash(&vector["leafHash"])?, hash(&vector["root"])?);
            tree::verify_inclusion(leaf, index, number("treeSize")?, &proof, root).ok()
        }
        None => {
            let (old, new) = (number("size1")?, number("size2")?);
            tree::verify_consistency(old, new, &proof, root("root1"), root("root2")).ok()
        }
    }
}
