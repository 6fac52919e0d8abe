// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package middleware

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks whose word about others is believed.
type Proxies []netip.Prefix

// ParseProxies reads addresses and networks ("10.0.0.7", "10.0.0.0/8").
func ParseProxies(list []string) (Proxies, error) {
	var out Proxies
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("proxy %q is neither an address nor a network: %w", text, err)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func (p Proxies) holds(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// Behind gives each request of a named proxy the address of the client that the proxy tells,
// so that counters and the audit know people apart. A request that the proxy had in the clear,
// and one that comes past the proxies, goes to open when there is one.
func Behind(proxies Proxies, open http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			peer, ok := peerOf(r.RemoteAddr)
			named := ok && proxies.holds(peer)
			if open != nil && (!named || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "http")) {
				open.ServeHTTP(w, r)
				return
			}
			if named {
				told := *r
				told.RemoteAddr = net.JoinHostPort(proxies.client(peer, r.Header.Values("X-Forwarded-For")).String(), "0")
				r = &told
			}
			next.ServeHTTP(w, r)
		})
	}
}

// client is the last address of the header that no proxy of ours has: what stands before it was
// written by strangers.
func (p Proxies) client(peer netip.Addr, headers []string) netip.Addr {
	list := strings.Split(strings.Join(headers, ","), ",")
	for _, text := range slices.Backward(list) {
		a, ok := peerOf(strings.TrimSpace(text))
		if !ok {
			break
		}
		if peer = a; !p.holds(a) {
			break
		}
	}
	return peer
}

// peerOf reads an address with or without a port; an IPv4 address inside of IPv6 is that of IPv4.
func peerOf(text string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
