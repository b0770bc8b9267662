//! Listens, answers, and stops when it is told to.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use cutting_room_core::progress::Progress;
use cutting_room_core::{Error, Result};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tower::ServiceExt as _;

use crate::address::{listen, opened, url};
use crate::app::{App, cores};
use crate::gate::Peer;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::queue::queue;
use crate::router::router;
use crate::served::Served;

/// Between two looks at whether it was cancelled.
const CHECK: Duration = Duration::from_millis(100);
/// For a request's head; whoever sends it letter by letter is cut off.
const HEAD: Duration = Duration::from_secs(10);
/// For what is under way when it is stopped.
const PATIENCE: Duration = Duration::from_secs(3);
/// After a connection that could not be accepted, such as for want of file handles.
const PAUSE: Duration = Duration::from_millis(50);

/// A demo that listens but does not answer yet.
pub struct Server {
    served: Served,
    options: Options,
    listener: TcpListener,
    address: SocketAddr,
    metrics: Arc<Metrics>,
}

impl Server {
    /// # Errors
    /// [`Error::Invalid`] for a place where it cannot or must not listen, see [`Options`].
    pub fn bind(served: Served, mut options: Options) -> Result<Self> {
        let listener = listen(options.resolve()?)?;
        let failed =
            |error: std::io::Error| Error::Invalid(format!("the demo cannot listen: {error}"));
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self {
            address: listener.local_addr().map_err(failed)?,
            listener,
            served,
            options,
            metrics: Arc::default(),
        })
    }

    /// What a visitor opens, with the token.
    pub fn url(&self) -> String {
        url(self.address, self.options.token.as_deref())
    }

    /// Whether only this computer can open it.
    pub fn is_local(&self) -> bool {
        opened(self.address).ip().is_loopback()
    }

    /// What it has done so far, also while it runs.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Answers until `progress` is cancelled, which is how it ends; counts the images there.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the system gives no threads.
    pub fn run(self, progress: &Progress) -> Result<()> {
        let runtime = runtime()?;
        progress.stage(format!("serving at http://{}", opened(self.address)), None);
        let limits = self.options.limits;
        let (queue, work) = queue(&limits, &self.metrics);
        let predictor = self.served.predictor.clone();
        let worker = runtime.spawn_blocking(move || work.run(&predictor));
        let app = Arc::new(App::new(
            (self.served.predictor, self.served.card),
            self.options,
            self.address,
            (queue, Arc::clone(&self.metrics)),
        ));
        let answered = runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(self.listener);
            let listener = listener
                .map_err(|error| Error::Invalid(format!("the demo cannot listen: {error}")))?;
            accept(&listener, &router(app), &limits, progress, &self.metrics).await;
            // The worker ends when the last one who could ask is gone.
            let _ = timeout(PATIENCE, worker).await;
            Ok(())
        });
        runtime.shutdown_timeout(PATIENCE);
        answered
    }
}

fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("serve")
        // One for each core that decodes, the net's, and one to spare.
        .max_blocking_threads(cores() + 2)
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| {
            Error::Invalid(format!(
                "the system gives no threads to the demo ({error}); close other programs and try again"
            ))
        })
}

/// Takes connections until `progress` is cancelled, then lets those end that are under way.
async fn accept(
    listener: &tokio::net::TcpListener,
    router: &Router,
    limits: &Limits,
    progress: &Progress,
    metrics: &Metrics,
) {
    let open = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut shown = 0;
    let mut check = interval(CHECK);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let next = async {
            let permit = Arc::clone(&open).acquire_owned().await;
            (listener.accept().await, permit)
        };
        tokio::select! {
            _ = check.tick() => {
                let images = metrics.images();
                if images != shown {
                    shown = images;
                    progress.set_done(images);
                }
                if progress.is_cancelled() {
                    break;
                }
            }
            (accepted, permit) = next => match accepted {
                Ok((stream, peer)) => {
                    let connection = connection(stream, peer, router.clone());
                    let connection = graceful.watch(connection);
                    tokio::spawn(async move {
                        if let Err(error) = connection.await {
                            tracing::debug!("a connection from {peer} ended: {error}");
                        }
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!("a connection could not be accepted: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    // What takes longer is cut off.
    let _ = timeout(PATIENCE, graceful.shutdown()).await;
}

/// Of one client; HTTP/1.1, which every browser and proxy speaks.
fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::Service<
        hyper::Request<Incoming>,
        Response = axum::response::Response,
        Error = Infallible,
        Future: Send,
    >,
> {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().oneshot(request.map(Body::new))
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
}
