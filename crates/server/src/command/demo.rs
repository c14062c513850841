//! `commonhold demo`: the fictional county, loaded once and served on this machine only.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use policies::Words;
use serde_json::json;
use vocabulary::{Chance, Clock};

use super::counted;
use super::texts::OwnTexts;
use crate::backups::{Wanted, open_up_to_date};
use crate::console::Console;
use crate::demonstration::{self, County, FILES};
use crate::stopped::Stopped;
use crate::{Product, app, folder, serving};

const DEMO_EXAMPLES: &str = "\
Examples:
  commonhold demo
  commonhold demo --listen 127.0.0.1:0   any free port
  commonhold demo --fresh                forget what was changed, begin anew

Next: open the address that it prints. To try your own spreadsheet here:
  commonhold import estate systems.xlsx --organisation dunmoor \\
    --data ./commonhold-demo";

/// Look around in an invented county of ten councils
///
/// Brings the spreadsheets of ten invented councils in, through the same importer that a council uses, then serves the
/// result on this machine until Ctrl-C. Signed out you see what everyone sees; the page "Choose who to be" lets you be an
/// editor, a steward, a supplier and others. The second start finds the county and only serves.
///
/// Nothing here is for real data: anyone who reaches a demonstration may be anyone in it. So it listens on this machine
/// only, always uses the embedded database, stamps its folder, and `commonhold serve` refuses that folder.
#[derive(Debug, Args)]
#[command(after_help = DEMO_EXAMPLES)]
pub(super) struct Demo {
    /// The folder of the demonstration: empty, not there yet, or of an earlier demonstration
    #[arg(long, env = "COMMONHOLD_DATA", value_name = "DIR", default_value = "./commonhold-demo")]
    data: PathBuf,
    /// Where to listen, on this machine only: 127.0.0.1 or [::1] with a port; port 0 takes any free one
    #[arg(long, env = "COMMONHOLD_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    #[arg(value_parser = serving::read_address)]
    listen: SocketAddr,
    /// Begin anew: forget everything that was changed in this demonstration
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    texts: OwnTexts,
}

impl Demo {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        if !self.listen.ip().is_loopback() {
            let message =
                format!("A demonstration listens on this machine only, and {} is not of it alone.", self.listen.ip());
            return Err(Stopped::wrong_use(message)
                .next("Listen on 127.0.0.1 or [::1]. For others to reach your own data, use: commonhold serve"));
        }
        // The port first: to load a county and then fail would waste a person's time.
        let port = serving::listen(self.listen, "demo")?;
        let address = format!("http://{}", port.address);
        let owner = "Councils of Colneshire".to_owned();
        let texts = self.texts.read(&Words { name: Some(owner.clone()), contact: None, address: address.clone() })?;
        let folder = folder::for_demonstration(&self.data, self.fresh)?;
        // Nothing here is kept for good, so nothing is backed up before its tables are changed.
        let location = folder::location(&folder.path);
        let (store, _) = open_up_to_date(&location, &folder.path, &Clock::System, Wanted::No)?;
        let bar = console.bar(FILES.len() as u64);
        let (clock, chance) = (Clock::System, Chance::System);
        let county = demonstration::load(&store, &clock, &chance, |file| {
            let before = FILES.iter().take_while(|other| other.name != file.name).count();
            bar.set_position(before as u64);
            bar.set_message(file.name);
        });
        bar.finish_and_clear();
        let county = county?;
        let product = Product {
            demonstration: true,
            folder: Some(folder.path.clone()),
            owner: Some(owner),
            texts,
            ..Product::new(store.clone(), &address)
        };
        let app = app(&product).map_err(Stopped::unexpected)?;
        let folder_shown = folder.path.display().to_string();
        let text = told(&county, &folder_shown, &address);
        let value = json!({
            "address": address,
            "data": folder_shown,
            "demonstration": true,
            "loaded": county,
            "open_to_everyone": [demonstration::OPEN],
            "closed_to_others": [demonstration::CLOSED],
        });
        serving::serve(port, app, &product, None, || console.result(text, &value))?;
        store.close();
        console.say("Stopped. The demonstration is kept: commonhold demo goes on from here.");
        Ok(())
    }
}

fn told(county: &County, folder: &str, address: &str) -> String {
    let mut text = String::from("Commonhold demonstration: an invented county with ten councils.\n\n");
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if county.was_there() {
        line(format!("The county was loaded before, in {folder}."));
    } else {
        line(format!("Loaded into {folder}, through the same importer that a council uses:"));
        for file in &county.files {
            line(format!(
                "  {:<29} {:<46} {:>3} systems {:>3} problems {:>6.2} s",
                file.name, file.file, file.systems, file.problems, file.seconds
            ));
        }
        let systems = county.files.iter().map(|file| file.systems).sum();
        let councils = counted(county.councils(), "council", "councils");
        line(format!("  {} from {councils}.", counted(systems, "system", "systems")));
        let loaded = |council: &str| county.files.iter().any(|file| file.organisation == council);
        if loaded(demonstration::OPEN) {
            line("Brackford's estate is open to everyone; most others share theirs with councils only.".to_owned());
        }
        if loaded(demonstration::CLOSED) {
            line("Inglemoor shares its estate with nobody else.".to_owned());
        }
    }
    line(String::new());
    line(format!("Open {address}"));
    line(format!("To be somebody: {address}/choose-role"));
    text.push_str("Press Ctrl-C to stop.");
    text
}
