package rows

import (
	"container/list"
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// maxStatements bounds the statements kept prepared: rooms' constants fit
	// many times over. What a filter renders pushes out what was longest not used.
	maxStatements = 1024
	// maxWanted bounds what one group of writes asks to be prepared.
	maxWanted = 64
	// maxKept is the longest text kept, in bytes: a room's constants are
	// shorter, a list of ids that a client sent is longer.
	maxKept = 3000
)

// statements keeps statements prepared by their text, those used last. On
// PostgreSQL the driver keeps its own, and all methods answer nil.
type statements struct {
	db    *sql.DB // nil on PostgreSQL
	most  int     // of them
	watch atomic.Pointer[func(text string)]

	mu     sync.Mutex
	kept   map[string]*list.Element // of *statement
	order  list.List                // the one used last first
	wanted map[string]struct{}      // asked for inside a transaction, to be prepared after it
}

// statement is one that is kept. It is held while a caller starts to run it, and
// closed when it was pushed out and nobody holds it; what already runs ends as
// it would.
type statement struct {
	*sql.Stmt
	text   string
	of     *statements
	holds  int  // guarded by of.mu
	pushed bool // out, guarded by of.mu
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, most: maxStatements, kept: map[string]*list.Element{}, wanted: map[string]struct{}{}}
}

// seen tells who watches of a statement that is about to run.
func (s *statements) seen(text string) {
	if watch := s.watch.Load(); watch != nil {
		(*watch)(text)
	}
}

// hold gives the kept statement, which the caller releases, or nil.
func (s *statements) hold(text string) *statement {
	e := s.kept[text]
	if e == nil {
		return nil
	}
	s.order.MoveToFront(e)
	st := e.Value.(*statement)
	st.holds++
	return st
}

// release lets a statement go that was held.
func (st *statement) release() {
	st.of.mu.Lock()
	st.holds--
	last := st.pushed && st.holds == 0
	st.of.mu.Unlock()
	if last {
		_ = st.Close()
	}
}

// get gives the prepared statement, held, or nil; then it is remembered as
// wanted. It never prepares: inside a transaction the only connection is taken.
func (s *statements) get(text string) *statement {
	s.seen(text)
	if s.db == nil || len(text) > maxKept {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.hold(text)
	if st == nil && len(s.wanted) < maxWanted {
		s.wanted[text] = struct{}{}
	}
	return st
}

// prepared gives the statement, held, prepared now when it was not. It answers
// nil when it cannot be kept; an error shows itself when the statement is run.
func (s *statements) prepared(ctx context.Context, text string) *statement {
	s.seen(text)
	if s.db == nil || len(text) > maxKept {
		return nil
	}
	s.mu.Lock()
	st := s.hold(text)
	s.mu.Unlock()
	if st != nil {
		return st
	}
	fresh, err := s.db.PrepareContext(ctx, s.unnumbered(text))
	if err != nil {
		return nil
	}
	return s.keep(text, fresh)
}

// keep keeps a statement and gives it held. The one that was longest not used
// goes where there are too many.
func (s *statements) keep(text string, fresh *sql.Stmt) *statement {
	var closing []*sql.Stmt
	s.mu.Lock()
	delete(s.wanted, text)
	st := s.hold(text)
	if st != nil {
		closing = append(closing, fresh)
	} else {
		st = &statement{Stmt: fresh, text: text, of: s, holds: 1}
		s.kept[text] = s.order.PushFront(st)
	}
	for s.order.Len() > s.most {
		out := s.order.Remove(s.order.Back()).(*statement)
		delete(s.kept, out.text)
		out.pushed = true
		if out.holds == 0 {
			closing = append(closing, out.Stmt)
		}
	}
	s.mu.Unlock()
	for _, c := range closing {
		_ = c.Close()
	}
	return st
}

// prepareWanted prepares what was asked for inside transactions.
func (s *statements) prepareWanted(ctx context.Context) {
	s.mu.Lock()
	texts := make([]string, 0, len(s.wanted))
	for text := range s.wanted {
		texts = append(texts, text)
	}
	s.mu.Unlock()
	for _, text := range texts {
		fresh, err := s.db.PrepareContext(ctx, s.unnumbered(text))
		if err != nil {
			s.mu.Lock()
			delete(s.wanted, text)
			s.mu.Unlock()
			continue
		}
		s.keep(text, fresh).release()
	}
}

// unnumbered replaces the placeholders $1, $2, … of a statement by "?" where
// each comes once and in order, and gives any other as it is. SQLite takes
// numbered ones for names and finds the name of each by a walk over all: with
// some hundred arguments that is most of what the statement costs.
func (s *statements) unnumbered(text string) string {
	if s.db == nil {
		return text
	}
	var b strings.Builder
	next, from := 1, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				return text
			}
			i += 1 + end
		case c == '-' && strings.HasPrefix(text[i:], "--"), c == '/' && strings.HasPrefix(text[i:], "/*"), c == '?':
			return text
		case c == '$':
			end := i + 1
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			if text[i+1:end] != strconv.Itoa(next) {
				return text
			}
			b.WriteString(text[from:i])
			b.WriteByte('?')
			next, from, i = next+1, end, end-1
		}
	}
	if next == 1 {
		return text
	}
	return b.String() + text[from:]
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.kept {
		_ = e.Value.(*statement).Close()
	}
	clear(s.kept)
	s.order.Init()
}
