package inspect

// format is how one kind of bytes is known and read.
type format struct {
	name  string
	looks func(s *Source) bool // by the content; wrong guesses cost a reading that finds nothing
	// read says what it understands. A source that turns out to be of another
	// format gives a Reading whose status is pickle.Failure: it counts only when
	// no other format did better.
	read func(v *visit, s *Source) Reading
}

// formats are all that are known. Each that looks like a source reads it.
func formats() []format {
	return []format{
		{"pickle", looksPickle, readPickle},
	}
}
