//! Memberships that a provider's claims give and take away, beside those that people give.

use accounts::person;
use serde_json::json;
use store::values;
use vocabulary::{Chance, Role};

use crate::oidc::{Elsewhere, ISSUER_SECRET, priya};
use crate::world::{BOTH, EDITOR, World, membership, start};

fn rule(claim: &str, is: &str, organisation: &str, role: &str) -> String {
    format!(
        "[[provider.rule]]\nclaim = \"{claim}\"\nis = \"{is}\"\norganisation = \"{organisation}\"\nrole = \"{role}\"\n"
    )
}

fn with_rules() -> Elsewhere {
    let rules = [
        rule("groups", "estate-stewards", "ashmere", "steward"),
        rule("groups", "staff", "ashmere", "member"),
        rule("groups", "staff", "nowhere", "steward"),
        rule("email_domain", "brackford.example", "brackford", "member"),
    ];
    let trusted = "trust_addresses_of = [\"brackford.example\", \"ashmere.example\"]\n";
    Elsewhere::with(&format!("{ISSUER_SECRET}{trusted}{}", rules.concat()))
}

/// Who somebody with these groups is after signing in.
async fn with_groups(elsewhere: &Elsewhere, subject: &str, groups: &[&str]) -> String {
    elsewhere.somebody(json!({"sub": subject, "name": "Jo Reed", "groups": groups}));
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    browser.who().await
}

/// What rules gave and took, in order. Other events are of people.
fn verbs(world: &World) -> Vec<String> {
    let read = |tx: &mut store::Transaction<'_>| {
        tx.query("SELECT bytes FROM event ORDER BY organisation, sequence", &values![], |row| row.bytes(0))
    };
    let all = world.store.read_blocking(read).unwrap();
    let said = |bytes: Vec<u8>| -> Option<String> {
        let event: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let role = event["details"]["role"].as_str().or(event["details"]["was"].as_str())?;
        let verb = event["verb"].as_str().filter(|verb| ["role-given", "role-taken"].contains(verb))?;
        Some(format!("{verb} {role}"))
    };
    all.into_iter().filter_map(said).collect()
}

#[tokio::test]
async fn a_rule_makes_somebody_new_and_its_role_goes_with_the_claim() {
    let elsewhere = with_rules();
    assert_eq!(with_groups(&elsewhere, "s7", &["estate-stewards", "staff"]).await, "ashmere/steward");
    assert_eq!(with_groups(&elsewhere, "s7", &["staff"]).await, "ashmere/member");
    assert_eq!(with_groups(&elsewhere, "s7", &["staff"]).await, "ashmere/member");
    assert_eq!(with_groups(&elsewhere, "s7", &[]).await, "nobody", "signed in, and for no organisation");
    assert_eq!(
        verbs(&elsewhere.world),
        ["role-given steward", "role-taken steward", "role-given member", "role-taken member"]
    );
    assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM membership_grant", &[]), 0);
    assert_eq!(with_groups(&elsewhere, "s8", &["others"]).await, "visitor");
    let people = "SELECT COUNT(*) FROM person WHERE name = $1 AND email IS NULL";
    assert_eq!(elsewhere.world.count(people, &values!["Jo Reed"]), 1);
}

#[tokio::test]
async fn a_session_that_goes_on_loses_the_role_as_well() {
    let elsewhere = with_rules();
    elsewhere.somebody(json!({"sub": "s7", "groups": ["staff"]}));
    let mut first = elsewhere.world.browser();
    elsewhere.come_back(&mut first).await;
    assert_eq!(first.who().await, "ashmere/member");
    with_groups(&elsewhere, "s7", &[]).await;
    assert_eq!(first.who().await, "nobody");
}

#[tokio::test]
async fn what_people_gave_stays() {
    let elsewhere = with_rules();
    // Priya is an editor because people said so; rules would make her a steward or nobody.
    for groups in [json!(["estate-stewards"]), json!([])] {
        let mut claims = priya();
        claims["groups"] = groups;
        elsewhere.somebody(claims);
        let mut browser = elsewhere.world.browser();
        elsewhere.come_back(&mut browser).await;
        assert_eq!(browser.who().await, "ashmere/editor");
    }
    assert_eq!(verbs(&elsewhere.world), Vec::<String>::new());
}

#[tokio::test]
async fn a_role_that_people_changed_is_theirs_from_then_on() {
    let elsewhere = with_rules();
    elsewhere
        .somebody(json!({"sub": "s7", "email": "jo@ashmere.example", "email_verified": true, "groups": ["staff"]}));
    elsewhere.come_back(&mut elsewhere.world.browser()).await;
    elsewhere.world.write(|tx| {
        let changed = membership("jo@ashmere.example", "ashmere", Role::Editor);
        person::put_memberships(tx, &[changed], start(), &Chance::counted(9))
    });
    assert_eq!(with_groups(&elsewhere, "s7", &["staff"]).await, "ashmere/editor");
    assert_eq!(with_groups(&elsewhere, "s7", &[]).await, "ashmere/editor");
}

#[tokio::test]
async fn the_domain_of_a_trusted_address_is_a_claim_and_an_untrusted_one_is_not() {
    let elsewhere = with_rules();
    for (verified, who) in [(false, "visitor"), (true, "brackford/member")] {
        elsewhere.somebody(json!({"sub": "s9", "email": "new@brackford.example", "email_verified": verified, "email_domain": "brackford.example"}));
        let mut browser = elsewhere.world.browser();
        elsewhere.come_back(&mut browser).await;
        assert_eq!(browser.who().await, who);
    }
}

#[tokio::test]
async fn an_account_belongs_to_one_person_and_is_erased_with_them() {
    let elsewhere = with_rules();
    elsewhere.somebody(priya());
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    // The provider gives her another address, which is somebody else's here: the account stays hers.
    elsewhere.somebody(json!({"sub": "s1", "email": BOTH, "email_verified": true}));
    let mut again = elsewhere.world.browser();
    elsewhere.come_back(&mut again).await;
    assert_eq!(again.who().await, "ashmere/editor");
    elsewhere.world.write(|tx| {
        let email = accounts::EmailAddress::parse(EDITOR).unwrap();
        let person = person::find_by_email(tx, &email)?.unwrap().id;
        Ok(person::erase(tx, &[accounts::ABOUT_PEOPLE], person, start())?)
    });
    assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM identity", &[]), 0);
    assert_eq!(again.who().await, "visitor");
}
