//! A mail server for tests: it speaks SMTP on loopback, with TLS, STARTTLS or neither, keeps what it took, and misbehaves
//! when told to.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a client may be silent before its conversation is over.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a test waits for what it expects.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the server keeps the way secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Not at all.
    Plain,
    /// From the first byte on.
    Tls,
    /// When the client asks.
    StartTls,
}

/// What the server does instead of what it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Nothing: it takes every message.
    #[default]
    Good,
    /// Answers this command (`MAIL`, `RCPT`, `DATA`, `AUTH`, or `.` for the end of a message) so.
    Answers(&'static str, &'static str),
    /// Closes the connection when this command comes.
    Drops(&'static str),
    /// Takes the message, and closes the connection without saying so.
    TakesSilently,
}

/// One message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The sender of the envelope.
    pub from: String,
    /// The recipient of the envelope.
    pub to: String,
    /// Headers and body, with the dots of the transport taken away.
    pub data: String,
    /// Whether it came over TLS.
    pub secret: bool,
    /// Who signed in, as sent: user and password.
    pub signed_in: Option<(String, String)>,
}

/// A mail server that runs until the test ends.
pub struct SmtpServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its certificate, as the file that a client trusts.
    pub certificate: String,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    mood: Mood,
    taken: Vec<Taken>,
    conversations: usize,
}

struct Conversation {
    state: Arc<(Mutex<State>, Condvar)>,
    tls: Arc<ServerConfig>,
    offers_tls: bool,
}

impl SmtpServer {
    /// A server on a free port.
    ///
    /// # Panics
    /// When there is no port or no certificate to be had.
    #[must_use]
    pub fn start(way: Way) -> SmtpServer {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("TLS").with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
        let tls = Arc::new(config.expect("a certificate that fits its key"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("a port");
        let state = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let offers_tls = way == Way::StartTls;
                let conversation = Conversation { state: Arc::clone(&shared), tls: Arc::clone(&tls), offers_tls };
                lock(&shared.0).conversations += 1;
                // A client that goes away ends its conversation, and nothing else.
                thread::spawn(move || conversation.lead(stream, way == Way::Tls));
            }
        });
        SmtpServer { address, certificate: cert.pem(), state }
    }

    /// From now on the server behaves so.
    pub fn mood(&self, mood: Mood) {
        lock(&self.state.0).mood = mood;
    }

    /// What it took so far.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.state.0).taken.clone()
    }

    /// How many clients have connected.
    #[must_use]
    pub fn conversations(&self) -> usize {
        lock(&self.state.0).conversations
    }

    /// Waits until it has taken so many messages.
    ///
    /// # Panics
    /// When they do not come within a minute.
    #[must_use]
    pub fn wait_for(&self, messages: usize) -> Vec<Taken> {
        let (state, changed) = &*self.state;
        let waited = changed.wait_timeout_while(lock(state), PATIENCE, |state| state.taken.len() < messages);
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "{} of {messages} messages came", state.taken.len());
        state.taken.clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a stretch of conversation ended.
enum Next {
    Over,
    Tls,
}

impl Conversation {
    fn lead(&self, mut stream: TcpStream, secret: bool) -> io::Result<()> {
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        if secret {
            let mut stream = self.secured(stream)?;
            stream.write_all(b"220 test.example ready\r\n")?;
            return self.talk(&mut stream, true).map(drop);
        }
        stream.write_all(b"220 test.example ready\r\n")?;
        if let Next::Tls = self.talk(&mut stream, false)? {
            self.talk(&mut self.secured(stream)?, true)?;
        }
        Ok(())
    }

    fn secured(&self, stream: TcpStream) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
        let connection = ServerConnection::new(Arc::clone(&self.tls)).map_err(io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    }

    fn talk(&self, stream: &mut (impl Read + Write), secret: bool) -> io::Result<Next> {
        let mut stream = BufReader::new(stream);
        let (mut from, mut to, mut signed_in) = (String::new(), String::new(), None);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(Next::Over);
            }
            let line = line.trim_end();
            let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            if let Some(over) = self.misbehave(&command, stream.get_mut())? {
                if over {
                    return Ok(Next::Over);
                }
                continue;
            }
            let answer = match command.as_str() {
                "EHLO" => self.greeting(secret),
                "STARTTLS" if self.offers_tls && !secret => {
                    stream.get_mut().write_all(b"220 go on\r\n")?;
                    return Ok(Next::Tls);
                }
                "AUTH" => {
                    signed_in = line.split(' ').nth(2).and_then(plain);
                    if signed_in.is_some() { "235 welcome\r\n" } else { "535 no\r\n" }.to_owned()
                }
                "MAIL" => {
                    from = angled(line);
                    "250 ok\r\n".to_owned()
                }
                "RCPT" => {
                    to = angled(line);
                    "250 ok\r\n".to_owned()
                }
                "DATA" => {
                    stream.get_mut().write_all(b"354 end with a dot\r\n")?;
                    let data = message(&mut stream)?;
                    if let Some(over) = self.misbehave(".", stream.get_mut())? {
                        if over {
                            return Ok(Next::Over);
                        }
                        continue;
                    }
                    let taken =
                        Taken { from: from.clone(), to: to.clone(), data, secret, signed_in: signed_in.clone() };
                    let silent = {
                        let mut state = lock(&self.state.0);
                        state.taken.push(taken);
                        state.mood == Mood::TakesSilently
                    };
                    self.state.1.notify_all();
                    if silent {
                        return Ok(Next::Over);
                    }
                    "250 taken\r\n".to_owned()
                }
                "QUIT" => {
                    stream.get_mut().write_all(b"221 bye\r\n")?;
                    return Ok(Next::Over);
                }
                _ => "502 not here\r\n".to_owned(),
            };
            stream.get_mut().write_all(answer.as_bytes())?;
            stream.get_mut().flush()?;
        }
    }

    fn greeting(&self, secret: bool) -> String {
        let tls = if self.offers_tls && !secret { "250-STARTTLS\r\n" } else { "" };
        format!("250-test.example\r\n{tls}250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n")
    }

    /// Does what the mood says of a command. Some: it was answered, and whether the conversation is over.
    fn misbehave(&self, command: &str, stream: &mut impl Write) -> io::Result<Option<bool>> {
        let mood = lock(&self.state.0).mood.clone();
        match mood {
            Mood::Drops(when) if when == command => Ok(Some(true)),
            Mood::Answers(when, answer) if when == command => {
                stream.write_all(format!("{answer}\r\n").as_bytes())?;
                stream.flush()?;
                Ok(Some(false))
            }
            _ => Ok(None),
        }
    }
}

/// What stands in angle brackets.
fn angled(line: &str) -> String {
    let after = line.split_once('<').map_or("", |(_, after)| after);
    after.split('>').next().unwrap_or_default().to_owned()
}

/// The lines up to the one with a dot alone, with the doubled dots of the transport made one.
fn message(stream: &mut impl BufRead) -> io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.strip_prefix('.') {
            Some("\r\n") => return Ok(data),
            Some(rest) => data.push_str(rest),
            None => data.push_str(&line),
        }
    }
}

/// User and password of `AUTH PLAIN` (RFC 4616), in base64.
fn plain(text: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let mut parts = text.split('\0').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}
