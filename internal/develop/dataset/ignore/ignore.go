// Package ignore tells which files DVC and git pass over: .dvcignore and
// .gitignore files, one in each directory, merged downward.
//
// Words: a pattern is one line of such a file; its base is the directory of the
// file; a negated pattern, with "!", takes back what one before it ignored. DVC
// reads patterns as pathspec 1.1's gitignore does, with its peculiarities, for
// what is ignored decides which files a directory's hash is made of; git reads
// them as wildmatch does.
//
// It reads no files: it is given their text, and paths with slashes relative to
// the repository's root.
package ignore

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Dialect is whose patterns are read.
type Dialect uint8

// The dialects.
const (
	DVC Dialect = iota
	Git
)

// Set is an ordered set of patterns, of which the last that matches decides. It
// does not change.
type Set struct {
	dialect  Dialect
	patterns []*pattern
}

// Source is where a pattern comes from; one without a file is a default.
type Source struct {
	File    string
	Line    int
	Pattern string
}

// String is how check-ignore tells of it.
func (s Source) String() string {
	if s.Line == 0 {
		return s.File + ":" + s.Pattern
	}
	return fmt.Sprintf("%s:%d:%s", s.File, s.Line, s.Pattern)
}

// Defaults is what DVC ignores in every repository.
func Defaults() *Set {
	s := &Set{}
	for _, text := range []string{".hg/", ".git/", ".git", ".dvc/"} {
		p, err := compile(DVC, "", text)
		if err == nil && p != nil {
			p.source = Source{Pattern: text}
			s.patterns = append(s.patterns, p)
		}
	}
	return s
}

// ForGit is an empty set of git's patterns.
func ForGit() *Set { return &Set{dialect: Git} }

// With adds the patterns of a file that lies in the directory base, "" for the
// root. The set itself stays as it was. fault.Invalid names the line that is none.
func (s *Set) With(base, file string, content []byte) (*Set, error) {
	if s.dialect == DVC && !utf8.Valid(content) {
		return nil, fault.New(fault.Invalid, "%s is not UTF-8.", file)
	}
	next := &Set{dialect: s.dialect, patterns: s.patterns[:len(s.patterns):len(s.patterns)]}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(content), "\ufeff")) {
		number++
		text := next.trim(line)
		if text == "" || text[0] == '#' {
			continue
		}
		p, err := s.line(base, text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%s:%d: %q is no pattern: %s.", file, number, text, err)
		}
		if p != nil {
			p.source = Source{File: file, Line: number, Pattern: text}
			next.patterns = append(next.patterns, p)
		}
	}
	return next, nil
}

// line compiles a pattern of a file in base.
func (s *Set) line(base, text string) (*pattern, error) {
	if s.dialect == DVC && base != "" {
		base, text = "", moved(base, text)
	}
	return compile(s.dialect, base, text)
}

// Nested adds the pattern by which DVC passes over a repository within another.
func (s *Set) Nested(dir string) *Set {
	base, name := path.Split(dir)
	p, err := compile(DVC, strings.TrimSuffix(base, "/"), "/"+Escape(name)+"/")
	if err != nil || p == nil {
		return s
	}
	p.source = Source{File: "in sub_repo", Pattern: name}
	return &Set{dialect: s.dialect, patterns: append(s.patterns[:len(s.patterns):len(s.patterns)], p)}
}

// trim takes off what does not belong to a line's pattern.
func (s *Set) trim(line string) string {
	if s.dialect == DVC {
		return strings.TrimFunc(line, unicode.IsSpace)
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	for strings.HasSuffix(line, " ") {
		body := strings.TrimSuffix(line, " ")
		if backslashes := len(body) - len(strings.TrimRight(body, `\`)); backslashes%2 == 1 {
			break
		}
		line = body
	}
	return line
}

// Match says whether a path is ignored: by itself, or because a directory above
// it is. The sources are those that decided, the last one for the path itself.
func (s *Set) Match(p string, dir bool) (ignored bool, by []Source) {
	for i := 0; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			continue
		}
		last := i == len(p)
		decided, what := s.find(p[:i], dir || !last)
		if !last && !decided {
			continue
		}
		if what != nil {
			by = append(by, what.source)
		}
		if decided {
			return true, by
		}
	}
	return false, by
}

// Entry is Match for a walk: nothing above the path is ignored, which it knows.
func (s *Set) Entry(p string, dir bool) bool {
	for i := len(s.patterns) - 1; i >= 0; i-- {
		x := s.patterns[i]
		if (!x.dirOnly || dir) && (x.matches(p, false) || dir && s.dialect == DVC && x.matches(p, true)) {
			return !x.negated
		}
	}
	return false
}

// find is the pattern that decides. Of neighbours that ignore, DVC asks all in
// one and tells of the first.
func (s *Set) find(p string, dir bool) (ignored bool, by *pattern) {
	for end := len(s.patterns); end > 0; {
		start := end - 1
		x := s.patterns[start]
		for s.dialect == DVC && !x.negated && start > 0 && !s.patterns[start-1].negated && s.patterns[start-1].dirOnly == x.dirOnly {
			start--
		}
		if !x.dirOnly || dir {
			if by = first(s.patterns[start:end], p, false); by == nil && dir && s.dialect == DVC {
				by = first(s.patterns[start:end], p, true)
			}
			if by != nil {
				return !by.negated, by
			}
		}
		end = start
	}
	return false, nil
}

func first(group []*pattern, p string, slash bool) *pattern {
	for _, x := range group {
		if x.matches(p, slash) {
			return x
		}
	}
	return nil
}
