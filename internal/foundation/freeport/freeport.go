// Package freeport gives tests a TCP port that nobody else takes before, and
// while, the program under test listens there.
//
// A port that was free a moment ago is not: the system gives it to the next
// who asks for any, also for the near end of a connection. These ports lie below
// those that it gives away, and one is held among tests of all processes by the
// UDP port of the same number.
package freeport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
)

// The ports that are given: below 32768, where Linux begins to give ports away.
const (
	first = 20_000
	count = 12_000
)

// Hold takes a port until release is called.
func Hold() (port int, release func(), err error) {
	for i := range count {
		// Processes begin apart, so that they seldom try the same.
		port := first + (os.Getpid()*101+i)%count
		address := fmt.Sprintf("127.0.0.1:%d", port)
		held, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		// What listens on all addresses holds the port as well.
		for _, at := range []string{address, fmt.Sprintf(":%d", port)} {
			listener, tried := net.Listen("tcp", at)
			if err = tried; err != nil {
				break
			}
			_ = listener.Close()
		}
		if err != nil {
			_ = held.Close()
			continue
		}
		return port, func() { _ = held.Close() }, nil
	}
	return 0, nil, errors.New("freeport: no port is free")
}

// Take gives a port of this machine that is the test's until its end.
func Take(t testing.TB) int {
	t.Helper()
	port, release, err := Hold()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return port
}

// Address is 127.0.0.1 with a port of the test's.
func Address(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", Take(t))
}
