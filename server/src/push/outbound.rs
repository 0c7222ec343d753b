//! Requests to addresses somebody else chose: a browser's subscription, a hospital's receiver.
//!
//! Whoever chooses the address must not be able to make the server speak to its own neighbours (server-side
//! request forgery). So: `https` only; a name is resolved by us, and only addresses of the public
//! internet are connected to, whatever the name said a moment ago; an address in figures is held to the
//! same; redirects are not followed; proxies named by the environment are not used, because they would
//! resolve by themselves; time and size of an answer are bounded.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// The code of an attempt whose address is refused.
pub(super) const REFUSED: &str = "ADDRESS_REFUSED";

/// Longest address taken.
pub(super) const MAX_URL_LEN: usize = 2048;

/// Whether addresses that are not of the public internet may be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only the public internet.
    PublicOnly,
    /// Private networks too, and plain `http` on loopback: for tests and closed networks.
    PrivateToo,
}

/// The address is not one to speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a public https address of at most {MAX_URL_LEN} characters, without user and fragment"
)]
pub struct AddressRefused;

/// Reads an address and checks everything that can be known of it before its name is resolved.
pub(super) fn parse(address: &str, reach: Reach) -> Result<Url, AddressRefused> {
    let url = Url::parse(address).map_err(|_| AddressRefused)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let fits = address.len() <= MAX_URL_LEN && url.as_str().len() <= MAX_URL_LEN;
    let scheme = url.scheme() == "https"
        || (url.scheme() == "http" && reach == Reach::PrivateToo && is_loopback(&url));
    if plain && fits && scheme && figures_allowed(&url, reach) {
        Ok(url)
    } else {
        Err(AddressRefused)
    }
}

/// An address in figures never reaches the resolver, so it is looked at here. The URL parser has
/// brought every spelling of one (`0x7f.1`, `2130706433`) to its usual form.
fn figures_allowed(url: &Url, reach: Reach) -> bool {
    match literal(url) {
        Some(ip) => reach == Reach::PrivateToo || is_public(ip),
        None => url.has_host(),
    }
}

fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || literal(url).is_some_and(|ip| ip.is_loopback())
}

/// The client for such addresses.
pub(super) fn client(reach: Reach, timeout: Duration) -> reqwest::Result<Client> {
    // Process-wide and the same everywhere in Footing; an error says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("footing/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .https_only(reach == Reach::PublicOnly)
        .timeout(timeout)
        .dns_resolver(PublicResolver(reach))
        .build()
}

/// The system's resolver, without the addresses that are not to be connected to.
struct PublicResolver(Reach);

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found
                .filter(|address| reach == Reach::PrivateToo || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(Box::new(NoPublicAddress) as Box<dyn Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// A name led nowhere public.
#[derive(Debug)]
struct NoPublicAddress;

impl fmt::Display for NoPublicAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no public address")
    }
}

impl Error for NoPublicAddress {}

/// Whether a request failed because its name led nowhere public.
pub(super) fn was_refused(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<NoPublicAddress>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether an address belongs to the public internet.
///
/// By the IANA registries of special-purpose addresses (RFC 6890 and its updates,
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>,
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>); what is not clearly public is not.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127, _, _) => true,
        // Carrier-grade translation (RFC 6598), link-local, private.
        (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) => true,
        // Protocol assignments, documentation, 6to4 anycast, AS112, benchmarking.
        (192, 0, 0 | 2) | (192, 88, 99) | (192, 31, 196) | (192, 52, 193) | (192, 175, 48) => true,
        (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => true,
        // Multicast, reserved, broadcast.
        (224..=255, _, _) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    // Translated addresses reach the IPv4 address inside them.
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [a, b, c, d, e, f, g, h] = segments;
    let embedded = |high: u16, low: u16| {
        let [[w, x], [y, z]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(w, x, y, z))
    };
    match (a, b) {
        (0x64, 0xff9b) => [c, d, e, f] == [0; 4] && embedded(g, h),
        (0x2002, _) => embedded(b, c),
        // Protocol assignments with Teredo and ORCHID; documentation.
        (0x2001, 0..=0x1ff | 0xdb8) => false,
        (0x3fff, 0..=0xfff) => false,
        // Of the rest only global unicast (RFC 4291) is public.
        _ => (0x2000..=0x3fff).contains(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(ip: &str) -> bool {
        is_public(ip.parse().unwrap())
    }

    #[test]
    fn neighbours_are_not_public() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "5f00::1",
        ] {
            assert!(!public(ip), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.0.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.0.1",
            "223.255.255.254",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::",
            "2a00::1",
        ] {
            assert!(public(ip), "{ip}");
        }
    }

    #[test]
    fn an_address_is_https_public_and_plain() {
        for right in [
            "https://push.example.com/wp/abc",
            "https://push.example.com:8443/x?y=1",
            "https://1.1.1.1/x",
        ] {
            assert!(parse(right, Reach::PublicOnly).is_ok(), "{right}");
        }
        for wrong in [
            "http://push.example.com/x",
            "ftp://push.example.com/x",
            "file:///etc/hosts",
            "push.example.com",
            "https://user@push.example.com/x",
            "https://user:word@push.example.com/x",
            "https://push.example.com/x#y",
            "https://127.0.0.1/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://0177.0.0.1/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://169.254.169.254/latest/meta-data",
            "http://127.0.0.1/x",
            "http://localhost/x",
            &format!("https://push.example.com/{}", "x".repeat(MAX_URL_LEN)),
        ] {
            assert_eq!(
                parse(wrong, Reach::PublicOnly),
                Err(AddressRefused),
                "{wrong}"
            );
        }
    }

    #[test]
    fn closed_networks_are_reached_only_when_told_so() {
        for right in [
            "https://10.0.0.1/x",
            "http://127.0.0.1:9/x",
            "http://localhost:9/x",
            "http://[::1]/x",
        ] {
            assert!(parse(right, Reach::PrivateToo).is_ok(), "{right}");
        }
        for wrong in ["http://10.0.0.1/x", "http://push.example.com/x"] {
            assert_eq!(
                parse(wrong, Reach::PrivateToo),
                Err(AddressRefused),
                "{wrong}"
            );
        }
    }

    /// `localhost` passes the reading, as any name does that leads to a neighbour; the resolver stops it.
    #[tokio::test]
    async fn a_name_that_leads_to_a_neighbour_is_refused_when_connecting() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let url = parse(&format!("https://localhost:{port}/x"), Reach::PublicOnly).unwrap();
        let client = client(Reach::PublicOnly, Duration::from_secs(5)).unwrap();
        let error = client.get(url).send().await.unwrap_err();
        assert!(was_refused(&error), "{error:?}");
        assert!(listener.accept().is_err(), "nobody connected");
    }
}
