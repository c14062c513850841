//! The words that matching knows: shortened ones, those that say little, and those that say nothing.
//!
//! Written down from how councils write. A word that is missing here makes a match less certain, never more.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Shortened words and variants, and what they stand for. Folded.
const STANDS_FOR: &[(&str, &str)] = &[
    ("mgmt", "management"),
    ("mgt", "management"),
    ("mngt", "management"),
    ("mgr", "manager"),
    ("mngr", "manager"),
    ("rev", "revenues"),
    ("revs", "revenues"),
    ("revenue", "revenues"),
    ("ben", "benefits"),
    ("bens", "benefits"),
    ("benefit", "benefits"),
    ("adult", "adults"),
    ("child", "children"),
    ("childrens", "children"),
    ("env", "environmental"),
    ("enviro", "environmental"),
    ("admin", "administration"),
    ("info", "information"),
    ("ms", "microsoft"),
    ("msft", "microsoft"),
    ("svc", "service"),
    ("services", "service"),
    ("hsg", "housing"),
    ("lic", "licensing"),
    ("licencing", "licensing"),
    ("enf", "enforcement"),
    ("form", "forms"),
    ("payment", "payments"),
    ("library", "libraries"),
    ("booking", "bookings"),
    ("election", "elections"),
    ("highway", "highways"),
    ("system", "systems"),
    ("apps", "app"),
    ("application", "app"),
    ("applications", "app"),
    ("centre", "center"),
    ("av", "antivirus"),
];

/// Words of services and of computing that many names have: alike alone, they mean nothing.
const GENERIC: &str = "\
    administration adult adults ai analytics app archive archives area asset assets audit backup benefits billing bookings \
    box building burial business calendar call calls care case cashless catalogue cctv cemetery center change charges \
    checker children citizen citizens claims client cloud collection collections commissioning committee communications \
    community complaints connect consult consultation contact content contract contracts control core corporate council \
    councillor crm customer customers dashboard data database democratic design desk desktop development digital directory \
    document documents ebooks ecommerce education eforms elections electoral email energy enforcement engagement enterprise \
    environmental epayments erp estate estates events express facilities feedback field file files finance financial \
    financials fleet food form forms forum fostering framework gateway gazetteer general gis grants health help hgv \
    highways history home homelessness horizon housing hr hub identity income index information innovation inspection \
    insight insurance integration internet intranet invoice it item knowledge land leisure legal libraries library licence \
    license licensing line link local log logistics mail maintenance management manager map mapping maps market member \
    members message messaging mobile monitoring museum network news office officer one online open operations order orders \
    outcome parking partner pass pay payments payroll people performance permits personal phone plan planning platform plus \
    police policy pool portal prevention print printing privacy procurement professional project projects property \
    protection provider public purchase quality records recovery recruitment recycling register registers registrars \
    registration regulatory rents repairs report reporting reports request research resource response revenues review risk \
    road room rooms route rural safe safety sales scan scanning schedule scheduler school schools search security self \
    server service share site sites sms social software solution space sport staff standard standards storage street \
    streets studio subscription suite supplier support survey surveys systems tax team teams tech technology telecare \
    telephone telephony text ticket ticketing time tool tools tracker traffic training transfer transport travel tree trees \
    trust unified update user video view virtual voice waste watch web website work workflow workforce works world youth";

/// Words that say for which service or team a product is used. Beside a whole name they change nothing.
const QUALIFYING: &str = "\
    admissions adults asc assets benefits bc building cash cemeteries children collections contact control council crm csc \
    ct ctax customer debtors democratic development education elections electoral enforcement environmental finance \
    financial fostering health highways homelessness housing hr income ledger legal leisure libraries licensing lms \
    management nndr parking payroll payments planning protection public recruitment regulatory rents repairs revenues \
    school schools service social care standards streetworks tax trading transport waste youth";

/// Words that say nothing about which product is meant. "App", "mobile", "online" and "cloud" are not among them: often they
/// name another product of the same family.
const NOISE: &str = "\
    com co database db edition hosted instance licence licences license licenses live module on our prem premise \
    premises prod production product programme saas software solution suite systems test uk v version";

/// Words that join others.
const JOINING: &str = "a an and aka at by ex for formerly from in is known now of or previously the to via was with";

/// Parts of company names that do not tell companies apart.
const COMPANY: &str = "\
    ag aps bv co company corp corporation gb gmbh group holding holdings inc incorporated international limited llc llp ltd \
    nv plc pty sa the uk";

/// What firms call themselves besides: it tells nobody apart.
const TRADE: &str = "consulting digital services solution solutions software systems technologies technology";

fn set(words: &'static str) -> HashSet<&'static str> {
    words.split_ascii_whitespace().collect()
}

static GENERIC_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(GENERIC));
static QUALIFYING_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(QUALIFYING));
static NOISE_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(NOISE));
static JOINING_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(JOINING));
static TRADE_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(TRADE));
static COMPANY_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| set(COMPANY));

/// A folded word as it is compared: shortened ones written out.
pub(super) fn compared(word: &str) -> &str {
    STANDS_FOR.iter().find(|(short, _)| *short == word).map_or(word, |(_, whole)| whole)
}

pub(super) fn is_generic(word: &str) -> bool {
    GENERIC_WORDS.contains(word) || is_qualifying(word) || is_noise(word)
}

pub(super) fn is_qualifying(word: &str) -> bool {
    QUALIFYING_WORDS.contains(word)
}

pub(super) fn is_noise(word: &str) -> bool {
    NOISE_WORDS.contains(word) || is_joining(word)
}

pub(super) fn is_joining(word: &str) -> bool {
    JOINING_WORDS.contains(word)
}

pub(super) fn is_trade(word: &str) -> bool {
    TRADE_WORDS.contains(word)
}

pub(super) fn is_of_company(word: &str) -> bool {
    COMPANY_WORDS.contains(word)
}

/// Whether a folded word is a version or a part of one: 10, v10, r2, 2016, 6a.
pub(super) fn is_version(word: &str) -> bool {
    let number = word.strip_prefix(['v', 'r']).unwrap_or(word);
    let digits = number.strip_suffix(|last: char| last.is_ascii_alphabetic()).unwrap_or(number);
    !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_names() {
        assert!(["10", "v10", "r2", "2016", "6a", "v7"].into_iter().all(is_version));
        assert!(["m3", "w2", "pnc8", "365days", "v", "", "20161231", "8x8"].into_iter().all(|word| !is_version(word)));
    }

    #[test]
    fn shortened_words_are_written_out_once() {
        for (short, whole) in STANDS_FOR {
            assert_eq!(compared(whole), *whole, "{short} stands for a word that stands for another");
        }
    }
}
