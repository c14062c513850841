//! One file sent with a form, as `multipart/form-data`, held in memory within a limit.

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::StatusCode,
};
use http_body_util::LengthLimitError;

use crate::{
    Endpoint, Form, Problem,
    form::{FIELD_LIMIT, FORM_LIMIT, beneath, expect_type, limits_of, too_large, too_slow},
    pace::TooSlow,
    say,
};

/// The most bytes of a file: 20 megabytes.
pub const UPLOAD_LIMIT: usize = 20 * 1024 * 1024;

/// The file that was sent.
#[derive(Clone, Debug)]
pub struct UploadedFile {
    /// The name of the field it came in.
    pub field: String,
    /// Its name without folders and control characters; text from outside all the same.
    pub name: String,
    /// The type that the sender claims.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A form with at most one file.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// The file; none if the field was left empty.
    pub file: Option<UploadedFile>,
    /// The other fields.
    pub form: Form,
}

impl Upload {
    /// The first value of a text field, if it is not empty.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.form.one(name)
    }

    /// All values of a text field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.form.all(name)
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Upload, Problem> {
        expect_type(request.headers(), "multipart/form-data")?;
        let limits = limits_of(&request);
        let declared = request.extensions().get::<Endpoint>().copied();
        let multipart = Multipart::from_request(request, state)
            .await
            .map_err(|_| Problem::invalid(say!("The upload does not say where its parts begin (boundary).")))?;
        let upload = match tokio::time::timeout(limits.read, read(multipart)).await {
            Ok(read) => read?,
            Err(_) => return Err(too_slow()),
        };
        if let Some(endpoint) = declared {
            endpoint.check_form(&upload.form)?;
            upload.file.iter().try_for_each(|file| endpoint.check_field(&file.field))?;
        }
        Ok(upload)
    }
}

async fn read(mut multipart: Multipart) -> Result<Upload, Problem> {
    let mut file: Option<UploadedFile> = None;
    let mut pairs = Vec::new();
    let mut typed = 0;
    while let Some(mut field) = multipart.next_field().await.map_err(|error| refused(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file_name) = field.file_name().map(clean_name) else {
            let bytes = part(&mut field, FORM_LIMIT - typed, FORM_LIMIT).await?;
            typed += bytes.len();
            let text = String::from_utf8(bytes).map_err(|_| Problem::invalid(say!("The form is not in UTF-8.")))?;
            pairs.push((name, text));
            if pairs.len() > FIELD_LIMIT {
                return Err(Problem::too_large(say!("The form has more than {most} fields.", most = FIELD_LIMIT)));
            }
            continue;
        };
        let content_type = field.content_type().map(str::to_owned);
        let bytes = part(&mut field, UPLOAD_LIMIT, UPLOAD_LIMIT).await?;
        if file_name.is_empty() && bytes.is_empty() {
            continue;
        }
        if file.is_some() {
            return Err(Problem::invalid(say!("More than one file was sent.")).next(say!("Send one file at a time.")));
        }
        file = Some(UploadedFile { field: name, name: file_name, content_type, bytes: bytes.into() });
    }
    Ok(Upload { file, form: Form::checked(pairs)? })
}

async fn part(field: &mut axum::extract::multipart::Field<'_>, room: usize, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error))? {
        if bytes.len() + chunk.len() > room {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn refused(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE || beneath::<LengthLimitError>(error) {
        too_large(UPLOAD_LIMIT)
    } else if beneath::<TooSlow>(error) {
        too_slow()
    } else {
        unreadable()
    }
}

fn unreadable() -> Problem {
    let detail = say!("The upload stops in the middle, or its parts are not marked off as its boundary says.");
    Problem::invalid(detail).next(say!("Send it again."))
}

/// Old browsers send whole paths; nobody needs control characters or marks that reverse the direction of writing.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let odd = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    last.chars().filter(|c| !odd(*c)).take(200).collect::<String>().trim().to_owned()
}
