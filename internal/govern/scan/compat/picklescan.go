package compat

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/tacit-ml/tacit/ml/numpy"
)

// Safety is picklescan's word for a global.
type Safety string

// The three.
const (
	Innocuous  Safety = "innocuous"
	Suspicious Safety = "suspicious"
	Dangerous  Safety = "dangerous"
)

// PickleGlobal is one that picklescan found.
type PickleGlobal struct {
	Module, Name string
	Safety       Safety
}

// Line is one that a program logs.
type Line struct {
	Level string // DEBUG, INFO, WARNING, ERROR or CRITICAL
	Text  string
}

// PickleScan is what picklescan answers.
type PickleScan struct {
	Globals                                  []PickleGlobal
	Scanned, Infected, Dangerous, Suspicious int
	Failed                                   bool // a file could not be read to its end
	Lines                                    []Line
	// Unhandled is the exception at which it stopped, as a traceback ends: no
	// summary was printed.
	Unhandled string
}

// ExitCode is picklescan's: 2 wins.
func (p *PickleScan) ExitCode() int {
	switch {
	case p.Unhandled != "" || p.Failed:
		return 2
	case p.Dangerous > 0:
		return 1
	}
	return 0
}

// PickleScanOptions are those of its command line.
type PickleScanOptions struct {
	Strict                                   bool
	Exclude, Include, ExcludeDir, IncludeDir []*regexp.Regexp
}

// EntersFolder says whether a folder's path passes; excludes win.
func (o PickleScanOptions) EntersFolder(at string) bool {
	return !anyOf(o.ExcludeDir, at) && (len(o.IncludeDir) == 0 || anyOf(o.IncludeDir, at))
}

// ReadsFile says whether a file's path passes; excludes win.
func (o PickleScanOptions) ReadsFile(at string) bool {
	return !anyOf(o.Exclude, at) && (len(o.Include) == 0 || anyOf(o.Include, at))
}

const (
	pickleExtensions = ".pkl .pickle .joblib .dat .data"
	torchExtensions  = ".bin .pt .pth .ckpt"
	zipExtensions    = ".zip .npz .7z"
	torchMagic       = "119547037146038801333356" // 0x1950a86a20f9469cfc6c
)

// pickleScan is one run of picklescan.
type pickleScan struct {
	PickleScanOptions
	lists map[string]map[string]names
	out   *PickleScan
}

// PickleScanFile answers for a file by its absolute path.
func PickleScanFile(ctx context.Context, at string, f File, o PickleScanOptions) *PickleScan {
	p := newPickleScan(o)
	if err := ctx.Err(); err != nil {
		p.stop(err)
	} else if err := p.bytes(newStream(f.Bytes, f.Size), at, suffixOf(at)); err != nil {
		p.stop(err)
	}
	return p.out
}

// PickleScanTree answers for the files of a folder, root being its absolute path.
// Links to files are read, links to folders are not followed.
func PickleScanTree(ctx context.Context, root string, fsys Files, o PickleScanOptions) *PickleScan {
	p := newPickleScan(o)
	if err := p.tree(ctx, root, fsys); err != nil {
		p.stop(err)
	}
	return p.out
}

func newPickleScan(o PickleScanOptions) *pickleScan {
	return &pickleScan{PickleScanOptions: o, lists: readList(pickleScanText), out: &PickleScan{}}
}

func (p *pickleScan) stop(err error) {
	p.out.Unhandled = otherError
	var f *failure
	if errors.As(err, &f) {
		p.out.Unhandled = f.class
	}
	if err.Error() != "" {
		p.out.Unhandled += ": " + err.Error()
	}
}

func (p *pickleScan) log(level, format string, args ...any) {
	p.out.Lines = append(p.out.Lines, Line{level, fmt.Sprintf(format, args...)})
}

func (p *pickleScan) tree(ctx context.Context, root string, fsys Files) error {
	enter := func(name string) bool { return p.EntersFolder(path.Join(root, name)) }
	return fsys.walk(".", enter, func(name string) error {
		at := path.Join(root, name)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !has(pickleExtensions, suffixOf(name)) && !has(torchExtensions, suffixOf(name)) && !has(zipExtensions, suffixOf(name)):
			return nil
		case !p.ReadsFile(at):
			return nil
		}
		f, closing, err := fsys.Follow(name)
		if err != nil {
			return raise(osError, "%s", err)
		}
		defer closing()
		if f.Folder {
			return nil
		}
		return p.bytes(newStream(f.Bytes, f.Size), at, suffixOf(name))
	})
}

func anyOf(patterns []*regexp.Regexp, text string) bool {
	for _, r := range patterns {
		if r.MatchString(text) {
			return true
		}
	}
	return false
}

// bytes scans what has an extension.
func (p *pickleScan) bytes(s *stream, id, ext string) error {
	if has(torchExtensions, ext) {
		wrong, err := p.torch(s, id)
		if err != nil || wrong == "" {
			return err
		}
		p.log("WARNING", "WARNING: Invalid PyTorch magic number for file %s: %s != %s. Trying to scan as non-PyTorch file.", id, wrong, torchMagic)
		s.at = 0
	}
	if ext == ".npy" {
		return p.numpy(s, id)
	}
	zip, err := isZip(s)
	s.at = 0
	switch {
	case err != nil:
		return err
	case zip:
		return p.zip(s, id)
	}
	if seven, err := begins(s, "7z\xbc\xaf\x27\x1c"); err != nil || seven {
		return orSeven(err)
	}
	return p.pickle(s, id, true)
}

// orSeven is what a 7z file raises: picklescan reads it with an extra.
func orSeven(err error) error {
	if err != nil {
		return err
	}
	return raise(otherError, "py7zr is required to scan 7z archives, install picklescan using: 'pip install picklescan[7z]'")
}

// torch scans as torch's files are laid out. wrong is a magic number that is none.
func (p *pickleScan) torch(s *stream, id string) (wrong string, err error) {
	if zip, err := begins(s, "PK\x03\x04"); err != nil || zip {
		if err != nil {
			return "", err
		}
		return "", p.zip(s, id)
	}
	if seven, err := begins(s, "7z\xbc\xaf\x27\x1c"); err != nil || seven {
		return "", orSeven(err)
	}
	before := *p.out
	magic, err := magicNumber(s)
	if err != nil {
		return "", err
	}
	if magic != torchMagic {
		s.at = 0
		if err := p.pickle(s, id, false); err != nil {
			return "", err
		}
		if len(p.out.Globals) == len(before.Globals) {
			p.out.Scanned = before.Scanned
			return magic, nil
		}
	}
	for range 5 {
		if err := p.pickle(s, id, false); err != nil {
			return "", err
		}
	}
	p.out.Scanned, p.out.Infected = before.Scanned+1, min(before.Infected+1, p.out.Infected)
	return "", nil
}

// magicNumber is the first number among the opcodes, None when there is none. The
// stream is at its start again when there is one.
func magicNumber(s *stream) (string, error) {
	for {
		o, v, err := s.next(false)
		switch {
		case isA(err, valueError):
			return "None", nil
		case err != nil:
			return "", err
		case strings.Contains(o.name, "INT") || strings.Contains(o.name, "LONG"):
			s.at = 0
			return memoKey(v), nil
		case o.name == "STOP":
			return "None", nil
		}
	}
}

func (p *pickleScan) zip(s *stream, id string) error {
	z, err := openZip(s)
	if err != nil {
		return err
	}
	for _, m := range z.members {
		err := p.member(z, m.name, id)
		if isA(err, badZip, runtimeError) {
			p.log("WARNING", "Invalid file %s in zip archive %s: %s", m.name, id, err)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *pickleScan) member(z *zipFile, name, id string) error {
	s, err := z.open(name, true)
	if err != nil {
		return err
	}
	head, err := s.read(8)
	if err != nil {
		return err
	}
	s.at = 0
	ext := suffixOf(name)
	switch {
	case has(pickleExtensions, ext), len(head) > 1 && head[0] == 0x80 && head[1] <= 5:
		return p.pickle(s, id+":"+name, true)
	case ext == ".npy", strings.HasPrefix(string(head), "\x93NUMPY"):
		return p.numpy(s, id+":"+name)
	}
	return nil
}

func (p *pickleScan) numpy(s *stream, id string) error {
	head, err := s.bytesAt(0, 8)
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(string(head), "PK\x03\x04"), strings.HasPrefix(string(head), "PK\x05\x06"):
		return raise(valueError, ".npz file not handled as zip file: %s", id)
	case !strings.HasPrefix(string(head), "\x93NUMPY"):
		return p.pickle(s, id, true)
	case len(head) < 8:
		return shortNumpy(head)
	}
	h, err := numpy.ReadHeader(s.r)
	if err != nil {
		return raise(valueError, "%s", err)
	}
	if !h.Type.HasObject {
		p.out.Scanned++
		return nil
	}
	s.at = h.Offset
	return p.pickle(s, id, true)
}

// pickle scans a pickle, or all that stand one behind the other.
func (p *pickleScan) pickle(s *stream, id string, all bool) error {
	globals, err := listing{first: 0, texts: true, partial: true}.globals(s, all)
	if g, ok := asGenops(err); ok {
		if len(g.globals) == 0 {
			p.log("WARNING", "WARNING: could not parse %s as pickle: %s", id, g)
			p.out.Scanned++
			return nil
		}
		p.log("ERROR", "ERROR: parsing pickle in %s: %s", id, g)
		p.out.Failed = true
		globals, err = g.globals, nil
	}
	if err != nil {
		return err
	}
	p.out.Scanned++
	found := false
	for _, g := range globals {
		found = p.judge(id, g.module.text, g.name.text) || found
	}
	if found {
		p.out.Infected++
	}
	return nil
}

// judge counts a global and reports whether it is dangerous.
func (p *pickleScan) judge(id, module, name string) bool {
	safety, note := p.safety(module, name), ""
	if safety == Suspicious && p.Strict {
		safety, note = Dangerous, " (promoted by --strict)"
	}
	p.out.Globals = append(p.out.Globals, PickleGlobal{module, name, safety})
	switch safety {
	case Dangerous:
		p.log("WARNING", "%s: dangerous import '%s %s' FOUND%s", id, module, name, note)
		p.out.Dangerous++
	case Suspicious:
		p.out.Suspicious++
	}
	return safety == Dangerous
}

func (p *pickleScan) safety(module, name string) Safety {
	unsafe, ok := p.lists["dangerous"][module]
	for i := 0; !ok && i < len(module); i++ { // of all modules above, one with any name
		if module[i] == '.' && p.lists["dangerous"][module[:i]].any {
			unsafe, ok = names{any: true}, true
		}
	}
	switch {
	case strings.Contains(module, "unknown") || strings.Contains(name, "unknown"), ok && unsafe.has(name):
		return Dangerous
	case p.lists["innocuous"][module].has(name):
		return Innocuous
	}
	return Suspicious
}

func (n names) has(name string) bool {
	for _, l := range n.list {
		if l == name {
			return true
		}
	}
	return n.any || n.parts != "" && strings.Contains(n.parts, name)
}
