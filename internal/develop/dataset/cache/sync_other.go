//go:build !linux

package cache

import "os"

// settle makes a written file durable: there is no call for all files at once.
func settle(f *os.File) error { return f.Sync() }

// Sync returns when all that was put is durable.
func (c *Cache) Sync() error { return nil }
