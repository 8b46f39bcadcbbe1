package hdf5

import "errors"

var errShort = errors.New("it is cut off")

// cursor reads little-endian numbers from a piece of structure. After the end
// it gives zeros and keeps that it did.
type cursor struct {
	b     []byte
	at    int
	short bool
}

func (c *cursor) left() int { return len(c.b) - c.at }

func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > c.left() {
		c.short, c.at = true, len(c.b)
		return nil
	}
	c.at += n
	return c.b[c.at-n : c.at]
}

func (c *cursor) skip(n int) { c.bytes(n) }

// uint reads a number of n bytes; of more than eight the first eight count.
func (c *cursor) uint(n int) uint64 {
	var v uint64
	for i, b := range c.bytes(n) {
		if i < 8 {
			v |= uint64(b) << (8 * i)
		}
	}
	return v
}

func (c *cursor) int(n int) int { return int(min(c.uint(n), 1<<56)) }

// text reads up to a zero byte.
func (c *cursor) text() string {
	for i := c.at; i < len(c.b); i++ {
		if c.b[i] == 0 {
			s := string(c.b[c.at:i])
			c.at = i + 1
			return s
		}
	}
	c.short = true
	s := string(c.b[c.at:])
	c.at = len(c.b)
	return s
}

// align moves to the next multiple of n.
func (c *cursor) align(n int) {
	if over := c.at % n; over != 0 {
		c.at = min(c.at+n-over, len(c.b))
	}
}

func (c *cursor) err() error {
	if c.short {
		return errShort
	}
	return nil
}
