//! The channel beside an HTTP/2 server that does what a gateway's front end may: refuse a stream, break it, leave.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use footing_server::push::PushChannel;
use footing_server::push::fcm::{FcmChannel, FcmConfig};
use footing_server::rt::spawn;
use footing_simulator::gateway::{FakeGateway, GatewayOptions};
use futures_util::future::join_all;
use h2::server::SendResponse;
use h2::{Reason, server};
use http::{HeaderMap, Request, Response};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::kit::{START_UNIX_S, config, is_accepted, message, retry, target};

/// What becomes of a request.
#[derive(Clone, Copy)]
enum Turn {
    Accept,
    Reset(Reason),
    /// Answers, says that it is leaving, and ends the connection.
    AcceptAndLeave,
}

/// The server, and what it saw.
struct Front {
    connections: AtomicUsize,
    requests: Mutex<Vec<HeaderMap>>,
    turns: Mutex<Vec<Turn>>,
    /// Connections that ended.
    left: Notify,
}

impl Front {
    fn turn(&self, head: &Request<h2::RecvStream>) -> Turn {
        self.requests.lock().unwrap().push(head.headers().clone());
        self.turns.lock().unwrap().pop().unwrap_or(Turn::Accept)
    }

    fn seen(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

async fn answer(mut request: Request<h2::RecvStream>, mut respond: SendResponse<Bytes>) {
    while let Some(Ok(_)) = request.body_mut().data().await {}
    let mut stream = respond.send_response(Response::new(()), false).unwrap();
    let body = Bytes::from_static(b"{\"name\":\"projects/footing-test/messages/1\"}");
    stream.send_data(body, true).unwrap();
}

async fn connection(front: Arc<Front>, tcp: TcpStream, tls: TlsAcceptor) {
    let stream = tls.accept(tcp).await.unwrap();
    let mut connection = server::Builder::new()
        .max_concurrent_streams(100)
        .handshake::<_, Bytes>(stream)
        .await
        .unwrap();
    front.connections.fetch_add(1, Ordering::SeqCst);
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        match front.turn(&request) {
            Turn::Accept => spawn::driver(answer(request, respond)),
            Turn::Reset(reason) => respond.send_reset(reason),
            Turn::AcceptAndLeave => {
                spawn::driver(answer(request, respond));
                connection.graceful_shutdown();
            }
        }
    }
    front.left.notify_one();
}

/// The channel, sending to such a server; tokens come from the fake gateway.
async fn world(turns: &[Turn], connections: usize) -> (Arc<Front>, FcmChannel, FakeGateway) {
    let gateway = FakeGateway::start(GatewayOptions {
        clock: Arc::new(|| START_UNIX_S * 1000),
        ..GatewayOptions::default()
    })
    .unwrap();
    let identity = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(identity.signing_key.serialize_der());
    let mut tls =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.cert.der().clone()], key.into())
            .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let front = Arc::new(Front {
        connections: AtomicUsize::new(0),
        requests: Mutex::default(),
        turns: Mutex::new(turns.iter().rev().copied().collect()),
        left: Notify::new(),
    });
    let serving = front.clone();
    spawn::driver(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            spawn::driver(connection(serving.clone(), tcp, tls.clone()));
        }
    });
    let config = FcmConfig {
        endpoint: format!("https://{address}"),
        extra_root_ca_pem: Some(format!("{}{}", gateway.ca_pem(), identity.cert.pem())),
        connections,
        ..config(&gateway)
    };
    let channel = FcmChannel::new(config, Box::new(|| START_UNIX_S)).unwrap();
    (front, channel, gateway)
}

#[tokio::test]
async fn a_refused_stream_was_not_looked_at_and_is_sent_again_once() {
    use Turn::{Accept, Reset};
    let refused = Reset(Reason::REFUSED_STREAM);
    let (front, channel, _gateway) = world(&[refused, Accept, refused, refused], 1).await;
    let outcome = channel.send(&target("device-01"), &message(1)).await;
    assert!(is_accepted(&outcome), "{outcome:?}");
    assert_eq!(front.seen(), 2);
    let outcome = channel.send(&target("device-01"), &message(2)).await;
    assert_eq!(outcome, retry(None, "TRANSPORT"));
    assert_eq!(front.seen(), 4, "once again, not for ever");
    assert_eq!(front.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_broken_stream_may_have_been_looked_at_and_is_not_sent_again_at_once() {
    let (front, channel, _gateway) = world(&[Turn::Reset(Reason::INTERNAL_ERROR)], 1).await;
    let outcome = channel.send(&target("device-01"), &message(1)).await;
    assert_eq!(outcome, retry(None, "TRANSPORT"));
    assert_eq!(front.seen(), 1);
}

#[tokio::test]
async fn a_connection_the_other_side_leaves_is_opened_anew_and_nothing_is_lost() {
    let (front, channel, _gateway) = world(&[Turn::AcceptAndLeave], 1).await;
    for id in 1..=2 {
        let outcome = channel.send(&target("device-01"), &message(id)).await;
        assert!(is_accepted(&outcome), "{outcome:?}");
        if id == 1 {
            front.left.notified().await;
        }
    }
    assert_eq!(front.seen(), 2);
    assert_eq!(front.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_hundred_requests_share_a_connection_and_more_open_the_next() {
    let (front, channel, _gateway) = world(&[], 10).await;
    let send = async |id| channel.send(&target("device-01"), &message(id)).await;
    for (count, connections) in [(100, 1), (150, 2)] {
        let outcomes = join_all((0..count).map(send)).await;
        assert!(outcomes.iter().all(is_accepted));
        assert_eq!(front.connections.load(Ordering::SeqCst), connections);
    }
}

#[tokio::test]
async fn what_is_sent_is_json_of_a_named_length_for_its_bearer() {
    let (front, channel, _gateway) = world(&[], 1).await;
    assert!(is_accepted(
        &channel.send(&target("device-01"), &message(1)).await
    ));
    let requests = front.requests.lock().unwrap();
    let said = |name: &str| requests[0][name].to_str().unwrap().to_owned();
    assert_eq!(said("content-type"), "application/json");
    assert!(said("content-length").parse::<usize>().unwrap() > 300);
    assert!(said("authorization").starts_with("Bearer "));
    assert!(said("user-agent").starts_with("footing/"));
}
