//! What there is to say about a network or an address: `10.1.2.0/23`, `192.0.2.1`, `2001:db8::/32`.
//!
//! Subnets as in RFC 4632; the classes that came before them are in RFC 791 section 3.2 (A to C), RFC 5771 (D,
//! multicast) and RFC 1112 section 4 (E). A network of 31 bits has two hosts and no broadcast address (RFC 3021). IPv6
//! has no broadcast addresses, and all addresses of a network are counted, though the first is that of any of its
//! routers (RFC 4291 section 2.6.1).

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Serialize;

use super::special::{self, Special};

/// What there is to say about a network or an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// As it was given, without blanks around it.
    pub given: String,
    /// 4 or 6.
    pub version: u8,
    /// The address in what was given.
    pub address: IpAddr,
    /// The network it lies in. Of a bare address, that alone.
    pub network: IpNet,
    /// Whether the address has bits behind the prefix: then it is a host of the network, and not the network.
    pub has_host_bits: bool,
    /// How many bits all addresses of the network have in common.
    pub prefix_length: u8,
    /// How many bits tell its addresses apart.
    pub host_bits: u8,
    /// The prefix as ones.
    pub netmask: IpAddr,
    /// The host bits as ones, as access lists have it. Only for IPv4.
    pub wildcard: Option<Ipv4Addr>,
    /// The address of all hosts, where there is one.
    pub broadcast: Option<Ipv4Addr>,
    /// The first address that a host can have.
    pub first_host: IpAddr,
    /// The last address that a host can have.
    pub last_host: IpAddr,
    /// How many hosts can have an address; none if there are more than 64 bits can count.
    pub hosts: Option<u64>,
    /// What the address was before there were prefixes. Only for IPv4.
    pub class: Option<Class>,
    /// What the network is set aside for.
    pub special: Option<Special>,
    /// Parts of the network that are set aside for something.
    pub special_within: Vec<Special>,
    /// The bits of the address in groups of eight (16 for IPv6), with `|` where the prefix ends.
    pub binary: String,
}

/// The classes of addresses that were in use until 1993.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Class {
    /// First bit 0: networks of 8 bits.
    A,
    /// First bits 10: networks of 16 bits.
    B,
    /// First bits 110: networks of 24 bits.
    C,
    /// First bits 1110: multicast.
    D,
    /// First bits 1111: reserved.
    E,
}

impl Class {
    /// The class of an address.
    pub fn of(address: Ipv4Addr) -> Class {
        match address.octets()[0].leading_ones() {
            0 => Class::A,
            1 => Class::B,
            2 => Class::C,
            3 => Class::D,
            // Four or more.
            _ => Class::E,
        }
    }

    /// How long the prefixes of its networks were, if it had networks.
    pub fn prefix_length(self) -> Option<u8> {
        match self {
            Class::A => Some(8),
            Class::B => Some(16),
            Class::C => Some(24),
            Class::D | Class::E => None,
        }
    }
}

/// Explains a network in prefix notation (`10.1.2.0/23`), with a netmask (`10.1.2.0/255.255.254.0`), or an address.
///
/// # Errors
/// What is wrong with the text, in a sentence with a remedy.
pub fn explain(text: &str) -> Result<Explanation, String> {
    let given = text.trim();
    let (address, length) = match given.split_once('/') {
        None => (given, None),
        Some((address, length)) => (address, Some(length)),
    };
    let address: IpAddr = address.parse().map_err(|_| {
        format!(
            "`{}` is no address: give four numbers from 0 to 255 (10.1.2.0) or groups of IPv6 (2001:db8::)",
            cut(address)
        )
    })?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix_length = match length {
        None => bits,
        Some(length) => prefix_length(length, address)?,
    };
    let within = IpNet::new(address, prefix_length).expect("the length was checked");
    let network = within.trunc();
    let (wildcard, broadcast, class) = match within {
        IpNet::V4(v4) => {
            (Some(v4.hostmask()), (prefix_length < 31).then(|| v4.broadcast()), Some(Class::of(v4.addr())))
        }
        IpNet::V6(_) => (None, None, None),
    };
    let (first_host, last_host) = hosts_of(network);
    let host_bits = bits - prefix_length;
    // Network and broadcast address are no hosts'.
    let all = 1_u128.checked_shl(u32::from(host_bits)).and_then(|count| u64::try_from(count).ok());
    Ok(Explanation {
        given: given.to_owned(),
        version: if address.is_ipv4() { 4 } else { 6 },
        address,
        network,
        has_host_bits: network.addr() != address,
        prefix_length,
        host_bits,
        netmask: network.netmask(),
        wildcard,
        broadcast,
        first_host,
        last_host,
        hosts: all.map(|all| if broadcast.is_some() { all - 2 } else { all }),
        class,
        special: special::use_of(network),
        special_within: special::uses_within(network),
        binary: binary(within),
    })
}

/// The start of a text that may be very long.
fn cut(text: &str) -> String {
    if text.chars().count() > 50 { text.chars().take(49).chain(['…']).collect() } else { text.to_owned() }
}

/// Reads what stands behind the `/`.
fn prefix_length(text: &str, address: IpAddr) -> Result<u8, String> {
    let most = if address.is_ipv4() { 32 } else { 128 };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number
        && let Ok(length) = text.parse::<u8>()
        && length <= most
    {
        return Ok(length);
    }
    match text.parse::<Ipv4Addr>() {
        Ok(mask) if address.is_ipv4() => ipnet::ipv4_mask_to_prefix(mask)
            .map_err(|_| format!("`{mask}` is no netmask: its ones must come before its zeros, as in 255.255.254.0")),
        _ => Err(format!("`/{}` is no length of a prefix: give 0 to {most}", cut(text))),
    }
}

/// The first and the last address that a host can have.
fn hosts_of(network: IpNet) -> (IpAddr, IpAddr) {
    match network {
        IpNet::V4(v4) if v4.prefix_len() < 31 => {
            let (first, last) = (u32::from(v4.network()) + 1, u32::from(v4.broadcast()) - 1);
            (Ipv4Addr::from(first).into(), Ipv4Addr::from(last).into())
        }
        IpNet::V4(v4) => (v4.network().into(), v4.broadcast().into()),
        IpNet::V6(v6) => (v6.network().into(), v6.broadcast().into()),
    }
}

/// The bits of an address, with `|` between those of its network and those of its host.
fn binary(within: IpNet) -> String {
    let (digits, group) = match within {
        IpNet::V4(v4) => (bits_v4(v4), 8),
        IpNet::V6(v6) => (bits_v6(v6), 16),
    };
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at == usize::from(within.prefix_len()) {
            text.push('|');
        } else if at > 0 && at % group == 0 {
            text.push(if group == 8 { '.' } else { ':' });
        }
        text.push(digit);
    }
    text
}

fn bits_v4(within: Ipv4Net) -> String {
    format!("{:032b}", u32::from(within.addr()))
}

fn bits_v6(within: Ipv6Net) -> String {
    format!("{:0128b}", u128::from(within.addr()))
}

impl Explanation {
    /// All of it in words: what, and its value.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("network", self.network.to_string())];
        if self.has_host_bits {
            lines.push(("address", format!("{}, a host of this network", self.address)));
        }
        lines.push(("netmask", self.netmask.to_string()));
        if let Some(wildcard) = self.wildcard {
            lines.push(("wildcard", wildcard.to_string()));
        }
        lines.push(("first host", self.first_host.to_string()));
        lines.push(("last host", self.last_host.to_string()));
        if self.version == 4 {
            let broadcast = self.broadcast.map_or("none (RFC 3021)".to_owned(), |address| address.to_string());
            lines.push(("broadcast", broadcast));
        }
        lines.push(("hosts", self.hosts.map_or(format!("2^{}", self.host_bits), |hosts| hosts.to_string())));
        if let Some(class) = self.class {
            let networks = class.prefix_length().map_or(String::new(), |length| format!(": networks of /{length}"));
            lines.push(("class", format!("{class:?}{networks}")));
        }
        let special = self.special.as_ref().map_or("none: public".to_owned(), |special| {
            format!("{}, {} ({})", special.name, special.block, special.source)
        });
        lines.push(("use", special));
        for part in &self.special_within {
            lines.push(("in it", format!("{}, {} ({})", part.name, part.block, part.source)));
        }
        lines.push(("bits", self.binary.clone()));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_of_23_bits_is_explained() {
        let network = explain(" 10.1.2.0/23 ").unwrap();
        assert_eq!(network.given, "10.1.2.0/23");
        assert_eq!(network.network.to_string(), "10.1.2.0/23");
        assert!(!network.has_host_bits);
        assert_eq!(network.netmask, ip("255.255.254.0"));
        assert_eq!(network.wildcard, Some(Ipv4Addr::new(0, 0, 1, 255)));
        assert_eq!(network.broadcast, Some(Ipv4Addr::new(10, 1, 3, 255)));
        assert_eq!((network.first_host, network.last_host), (ip("10.1.2.1"), ip("10.1.3.254")));
        // 2^9 - 2.
        assert_eq!((network.hosts, network.class), (Some(510), Some(Class::A)));
        assert_eq!(network.special.unwrap().source, "RFC 1918");
        assert_eq!(network.binary, "00001010.00000001.0000001|0.00000000");
    }

    #[test]
    fn an_address_with_host_bits_lies_in_a_network() {
        let host = explain("10.1.3.77/23").unwrap();
        assert_eq!((host.network.to_string(), host.has_host_bits), ("10.1.2.0/23".to_owned(), true));
        assert_eq!((host.address, host.binary.as_str()), (ip("10.1.3.77"), "00001010.00000001.0000001|1.01001101"));
        assert_eq!(host, Explanation { given: host.given.clone(), ..explain("10.1.3.77/255.255.254.0").unwrap() });
    }

    #[test]
    fn the_smallest_networks_have_no_broadcast_address() {
        let check = |text: &str, first: &str, last: &str, broadcast: Option<&str>, hosts: u64| {
            let found = explain(text).unwrap();
            assert_eq!((found.first_host, found.last_host), (ip(first), ip(last)), "{text}");
            assert_eq!(found.broadcast, broadcast.map(|address| address.parse().unwrap()), "{text}");
            assert_eq!(found.hosts, Some(hosts), "{text}");
        };
        check("192.0.2.4/30", "192.0.2.5", "192.0.2.6", Some("192.0.2.7"), 2);
        check("192.0.2.4/31", "192.0.2.4", "192.0.2.5", None, 2);
        check("192.0.2.4/32", "192.0.2.4", "192.0.2.4", None, 1);
        check("192.0.2.4", "192.0.2.4", "192.0.2.4", None, 1);
        check("0.0.0.0/0", "0.0.0.1", "255.255.255.254", Some("255.255.255.255"), 4_294_967_294);
    }

    #[test]
    fn classes_follow_from_the_leading_bits() {
        for (address, class) in [
            ("0.0.0.0", Class::A),
            ("127.255.255.255", Class::A),
            ("128.0.0.0", Class::B),
            ("191.255.255.255", Class::B),
            ("192.0.0.0", Class::C),
            ("223.255.255.255", Class::C),
            ("224.0.0.0", Class::D),
            ("239.255.255.255", Class::D),
            ("240.0.0.0", Class::E),
            ("255.255.255.255", Class::E),
        ] {
            assert_eq!(explain(address).unwrap().class, Some(class), "{address}");
        }
    }

    #[test]
    fn networks_of_ipv6_have_neither_class_nor_broadcast() {
        let network = explain("2001:db8:0:1::42/64").unwrap();
        assert_eq!(network.network.to_string(), "2001:db8:0:1::/64");
        assert_eq!((network.version, network.has_host_bits, network.host_bits), (6, true, 64));
        assert_eq!(network.netmask, ip("ffff:ffff:ffff:ffff::"));
        assert_eq!(
            (network.first_host, network.last_host),
            (ip("2001:db8:0:1::"), ip("2001:db8:0:1:ffff:ffff:ffff:ffff"))
        );
        assert_eq!((network.wildcard, network.broadcast, network.class), (None, None, None));
        // 2^64 is one more than 64 bits can count.
        assert_eq!((network.hosts, explain("2001:db8::/65").unwrap().hosts), (None, Some(1 << 63)));
        assert_eq!(network.special.unwrap().name, "documentation");
        assert_eq!(explain("::/0").unwrap().host_bits, 128);
        assert_eq!(explain("::1").unwrap().special.unwrap().name, "loopback");
    }

    #[test]
    fn what_a_network_holds_that_has_a_use_of_its_own_is_listed() {
        let wide = explain("172.0.0.0/8").unwrap();
        assert_eq!(wide.special, None);
        let names: Vec<String> = wide.special_within.iter().map(|special| special.block.to_string()).collect();
        assert_eq!(names, ["172.16.0.0/12"]);
    }

    #[test]
    fn what_is_no_network_is_refused_with_a_remedy() {
        for text in [
            "",
            "10.1.2",
            "10.1.2.256",
            "010.1.2.3",
            "10.1.2.0/",
            "10.1.2.0/33",
            "10.1.2.0/+8",
            "10.1.2.0/-1",
            "10.1.2.0/8/8",
            "2001:db8::/129",
            "2001:db8::/255.0.0.0",
            "10.0.0.0/255.0.255.0",
            "host",
            "10.1.2.0 /8",
            "::ffff::",
        ] {
            let error = explain(text).unwrap_err();
            assert!(error.contains("is no "), "{text}: {error}");
        }
        assert!(explain(&"9".repeat(1_000_000)).unwrap_err().len() < 300);
    }

    #[test]
    fn an_explanation_is_told_in_lines_and_as_json() {
        let network = explain("198.51.100.9/29").unwrap();
        let text: Vec<String> = network.lines().iter().map(|(what, value)| format!("{what}: {value}")).collect();
        assert_eq!(
            text,
            [
                "network: 198.51.100.8/29",
                "address: 198.51.100.9, a host of this network",
                "netmask: 255.255.255.248",
                "wildcard: 0.0.0.7",
                "first host: 198.51.100.9",
                "last host: 198.51.100.14",
                "broadcast: 198.51.100.15",
                "hosts: 6",
                "class: C: networks of /24",
                "use: documentation (TEST-NET-2), 198.51.100.0/24 (RFC 5737)",
                "bits: 11000110.00110011.01100100.00001|001",
            ]
        );
        let json = serde_json::to_value(&network).unwrap();
        assert_eq!((&json["network"], &json["hosts"]), (&"198.51.100.8/29".into(), &6.into()));
        assert_eq!((&json["class"], &json["special"]["block"]), (&"C".into(), &"198.51.100.0/24".into()));
    }
}
