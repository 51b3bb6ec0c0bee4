package notify

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// errAddress is the end of a send: the address does not change by trying again.
var errAddress = errors.New("notifications are never sent there")

// forbidden gives the addresses that nothing is sent to: those that answer for
// the machine itself or its cloud, and no single host. Private networks are
// not among them, since that is where a company's chat is.
func forbidden() []netip.Prefix {
	var list []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8",          // this network (RFC 1122)
		"169.254.0.0/16",     // link-local; metadata of AWS, Azure, Google and others
		"100.100.100.200/32", // metadata of Alibaba Cloud
		"168.63.129.16/32",   // Azure's host
		"192.0.0.192/32",     // metadata of Oracle Cloud
		"224.0.0.0/4",        // multicast
		"255.255.255.255/32", // broadcast
		"::/128",             // unspecified
		"fe80::/10",          // link-local
		"fd00:ec2::/32",      // metadata and other services of AWS
		"fd20:ce::254/128",   // metadata of Google Cloud
		"ff00::/8",           // multicast
	} {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

// permit says whether an address may be sent to.
func permit(addr netip.Addr, loopbackOnly bool) error {
	addr = addr.WithZone("").Unmap()
	if loopbackOnly && !addr.IsLoopback() {
		return fmt.Errorf("%s is no loopback address, and http:// is for these alone: %w", addr, errAddress)
	}
	for _, a := range append(inside(addr), addr) {
		for _, p := range forbidden() {
			if p.Contains(a) {
				return fmt.Errorf("%s is a link-local, metadata or multicast address: %w", addr, errAddress)
			}
		}
	}
	return nil
}

// inside gives the IPv4 addresses that an IPv6 address leads to: by NAT64
// (64:ff9b::/96), by 6to4 (2002::/16), or as ::a.b.c.d.
func inside(addr netip.Addr) []netip.Addr {
	if !addr.Is6() || addr.IsLoopback() || addr.IsUnspecified() {
		return nil
	}
	b := addr.As16()
	var found []netip.Addr
	for _, p := range []string{"64:ff9b::/96", "::/96"} {
		if netip.MustParsePrefix(p).Contains(addr) {
			found = append(found, netip.AddrFrom4([4]byte(b[12:16])))
		}
	}
	if netip.MustParsePrefix("2002::/16").Contains(addr) {
		found = append(found, netip.AddrFrom4([4]byte(b[2:6])))
	}
	return found
}

// control refuses a connection by the address that the host name came to, so
// that no name and no later answer of a name server leads elsewhere.
func control(loopbackOnly bool) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%q: %w", address, errAddress)
		}
		return permit(to.Addr(), loopbackOnly)
	}
}
