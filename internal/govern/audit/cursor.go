package audit

// cursor reads records page by page.
type cursor[T any] struct {
	read  func(after int64) ([]T, error)
	at    func(T) int64
	some  []T
	after int64
	begun bool
	ended bool
}

// peek gives the next record without taking it.
func (c *cursor[T]) peek() (one T, ok bool, err error) {
	if len(c.some) == 0 && !c.ended {
		if !c.begun {
			c.after, c.begun = -1<<63, true
		}
		if c.some, err = c.read(c.after); err != nil {
			return one, false, err
		}
		c.ended = len(c.some) < page
	}
	if len(c.some) == 0 {
		return one, false, nil
	}
	return c.some[0], true, nil
}

// take goes past the record that peek gave.
func (c *cursor[T]) take() {
	c.after = c.at(c.some[0])
	c.some = c.some[1:]
}
