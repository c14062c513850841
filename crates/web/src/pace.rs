//! A body that has to arrive at a least pace, so that nobody keeps a place to write by sending a byte now and then.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// How fast a body has to arrive.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// What may pass before the first byte, and be behind at any time.
    pub grace: Duration,
    /// Bytes a second.
    pub least: u32,
}

impl Default for Pace {
    /// Ten seconds of grace, then 4 kilobytes a second: the slowest telephone networks have ten times as much.
    fn default() -> Pace {
        Pace { grace: Duration::from_secs(10), least: 4 * 1024 }
    }
}

/// The body was slower than it may be.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body arrived too slowly")]
pub(crate) struct TooSlow;

/// A body with its pace.
pub(crate) struct Paced {
    body: Body,
    pace: Pace,
    began: Instant,
    arrived: u64,
    alarm: Pin<Box<Sleep>>,
}

impl Paced {
    pub(crate) fn new(body: Body, pace: Pace) -> Paced {
        let began = Instant::now();
        Paced { body, pace, began, arrived: 0, alarm: Box::pin(tokio::time::sleep_until(began + pace.grace)) }
    }

    /// When the next byte has to be here.
    fn due(&self) -> Instant {
        let earned = Duration::from_secs(self.arrived / u64::from(self.pace.least.max(1)));
        self.began + self.pace.grace + earned
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.arrived = self.arrived.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
                let due = self.due();
                self.alarm.as_mut().reset(due);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(other) => Poll::Ready(other.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => self.alarm.as_mut().poll(context).map(|()| Some(Err(TooSlow.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
