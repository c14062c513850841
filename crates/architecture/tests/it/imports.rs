//! Bringing files in through the front door: as councils do, as nobody should, and as those who may not.

mod contracts_alone;
mod contracts_join;
mod demonstration;
mod hostile;
mod json;
mod odd;
mod order;
mod permission;
mod restoring;
mod shapes;
mod sheets;
mod waiting;
mod way;
mod wider;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;

use crate::world::{Seen, World};

pub const EDITOR: &str = "editor@ashmere";

/// A small list of systems, as a council would keep it.
pub const LIST: &str = "\
System,Product,Supplier,Service area,Status,Users,Contract ref,Contract end,Annual cost,DPIA done?
Bin rounds,RoundMaster,Oakware,Waste,Live,40,C-1,31/03/2027,\"£12,500\",Y
Council tax,TaxBase,Oakware,Revenues,Live,120,C-2,2028-03,£80k,N
Bulky waste,WasteDesk,Fennel,Waste,Retiring,12,,31/02/2027,12k5,Y
Old parking,ParkRight,Hawthorn Ltd,,Live,4,,,,
Parking permits,ParkRight,Hawthorn Ltd,,Live,6,,,,
";

impl World {
    /// Sends a file as a browser's form does.
    pub fn upload(&self, who: &str, organisation: &str, name: &str, bytes: &[u8]) -> Seen {
        self.upload_as(who, organisation, name, "application/octet-stream", bytes)
    }

    pub fn upload_as(&self, who: &str, organisation: &str, name: &str, content_type: &str, bytes: &[u8]) -> Seen {
        let mut body = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {content_type}\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        self.send(
            Request::post(format!("/organisations/{organisation}/imports"))
                .header("x-reader", who)
                .header("sec-fetch-site", "same-origin")
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
                .body(Body::from(body))
                .unwrap(),
        )
    }

    /// Uploads a file and takes its columns as they are recognised; returns the import's address.
    pub fn bring(&self, organisation: &str, name: &str, bytes: &[u8]) -> String {
        let who = format!("editor@{organisation}");
        let uploaded = self.upload(&who, organisation, name, bytes);
        let mapping = uploaded.redirect();
        let address = mapping.strip_suffix("/mapping").expect("the columns come next").to_owned();
        let preview = self.post(&who, &mapping, "").redirect();
        assert_eq!(preview, format!("{address}/preview"));
        address
    }

    /// What the preview of a waiting import says, whole.
    pub fn preview(&self, address: &str) -> Value {
        self.get(&editor_of(address), &format!("{address}/preview.json")).json()
    }

    /// Applies what the preview shows now, and retires what is named.
    pub fn apply(&self, address: &str, retire: &[&str]) -> Seen {
        let preview = self.preview(address);
        let mut form = format!("action=apply&digest={}", preview["digest"].as_str().unwrap());
        for name in retire {
            let missing = preview["missing"].as_array().unwrap();
            let system = missing.iter().find(|system| system["name"] == **name).expect("a missing system of this name");
            form.push_str(&format!("&retire={}", system["id"].as_str().unwrap()));
        }
        self.post(&editor_of(address), &format!("{address}/preview"), &form)
    }

    /// Uploads, maps, applies; returns the import's address.
    pub fn import(&self, organisation: &str, name: &str, bytes: &[u8]) -> String {
        let address = self.bring(organisation, name, bytes);
        assert_eq!(self.apply(&address, &[]).redirect(), format!("{address}?applied=yes"));
        address
    }

    /// How many rows each table has. Who has read is written down a second later, whatever a test is doing then.
    pub fn row_counts(&self) -> Vec<(String, i64)> {
        let migrations = crate::world::migrations();
        let tables = migrations.iter().flat_map(|migration| migration.sql.split("CREATE TABLE ").skip(1));
        let tables = tables.map(|rest| rest.split([' ', '(']).next().unwrap().to_owned());
        let tables: Vec<String> = tables.filter(|table| !["reading", "shared_on"].contains(&table.as_str())).collect();
        assert!(tables.iter().any(|table| table == "statement") && tables.len() > 20);
        self.store
            .read_blocking(move |tx| {
                let mut counts = Vec::new();
                for table in tables {
                    let count = tx.query_one(&format!("SELECT COUNT(*) FROM {table}"), &[], |row| row.integer(0))?;
                    counts.push((table, count));
                }
                Ok::<_, store::Error>(counts)
            })
            .unwrap()
    }

    /// The systems, contracts and elements of an organisation, as rows of text; ids, which differ from run to run, as given
    /// by the names of what they are of.
    pub fn estate(&self, organisation: &str) -> Vec<String> {
        let of = organisation.to_owned();
        self.store
            .read_blocking(move |tx| {
                let columns = "s.name, s.status, s.product_organisation, p.name, s.version, s.supplier, s.in_house, sp.text, s.description,
                    s.business_owner, bo.text, s.users, s.annual_cost, c.reference, c.start_date, c.end_date, c.notice_months,
                    s.hosting, s.criticality, n.text";
                let sql = format!(
                    "SELECT s.id, {columns} FROM system AS s
                     LEFT JOIN product AS p ON p.organisation = s.product_organisation AND p.id = s.product
                     LEFT JOIN contract AS c ON c.organisation = s.organisation AND c.id = s.contract
                     LEFT JOIN private_text AS sp ON sp.organisation = s.organisation AND sp.id = s.supplier_private
                     LEFT JOIN private_text AS bo ON bo.organisation = s.organisation AND bo.id = s.business_owner_private
                     LEFT JOIN private_text AS n ON n.organisation = s.organisation AND n.id = s.notes_private
                     WHERE s.organisation = $1"
                );
                let systems = tx.query(&sql, &store::values![&of], |row| {
                    let mut told = Vec::new();
                    for column in 1..=20 {
                        let number = [7, 12, 13, 17].contains(&column);
                        told.push(if number {
                            format!("{:?}", row.optional_integer(column)?)
                        } else {
                            format!("{:?}", row.optional_text(column)?)
                        });
                    }
                    Ok((row.text(0)?, told.join(" | ")))
                })?;
                let mut told = Vec::new();
                for (id, system) in systems {
                    let sql = "SELECT frame, element FROM system_element WHERE organisation = $1 AND system = $2 ORDER BY frame, element";
                    let elements = tx.query(sql, &store::values![&of, id], |row| Ok(format!("{}-{}", row.text(0)?, row.text(1)?)))?;
                    told.push(format!("{system} | {}", elements.join("; ")));
                }
                let sql = "SELECT reference, start_date, end_date, notice_months, extension FROM contract WHERE organisation = $1";
                let contracts = tx.query(sql, &store::values![&of], |row| {
                    let (reference, start, end) = (row.optional_text(0)?, row.optional_text(1)?, row.optional_text(2)?);
                    Ok(format!("contract {reference:?} {start:?} {end:?} {:?} {:?}", row.optional_integer(3)?, row.optional_text(4)?))
                })?;
                told.extend(contracts);
                told.sort();
                Ok::<_, store::Error>(told)
            })
            .unwrap()
    }
}

impl Seen {
    /// Where the answer leads.
    pub fn redirect(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[header::LOCATION].to_str().unwrap().to_owned()
    }
}

/// The editor of the organisation in an import's address.
fn editor_of(address: &str) -> String {
    format!("editor@{}", address.split('/').nth(2).unwrap())
}
