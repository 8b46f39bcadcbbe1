package inspect

import (
	"bytes"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleScript is of programs in text.
const RuleScript = "script"

// looksText takes a source for text by its first bytes.
func looksText(s *Source) bool {
	var t letters
	return t.take(s.Head) && (s.Size > int64(len(s.Head)) || t.end())
}

// readText reads a source as text: UTF-8, UTF-16 with its mark, or the letters of
// an older code page. What a program in it does is not read.
func readText(v *visit, s *Source) Reading {
	var t letters
	in := io.NewSectionReader(s.Bytes, 0, s.Size)
	b := make([]byte, min(s.Size, 256<<10))
	for {
		n, err := in.Read(b)
		if !t.take(b[:n]) {
			return Reading{Status: pickle.Failure}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return Reading{Status: pickle.Failure, Reason: err.Error()}
		}
	}
	if !t.end() {
		return Reading{Status: pickle.Failure}
	}
	out := Reading{Format: "text", Coverage: all(s.Size, false), Guess: true}
	if f, ok := script(s, v.depth > 0); ok {
		out.Format, out.Findings = "script", []Finding{f}
	}
	out.Findings = append(out.Findings, installed(s)...)
	return out
}

// letters tells text from other bytes, in pieces.
type letters struct {
	n, high int64 // bytes, and of them those that are no ASCII
	control int64 // and those that are no letters of any text
	broken  bool  // they are no UTF-8
	wide    bool  // UTF-16
	rest    []byte
}

// take reads on and reports whether the bytes can still be text.
func (t *letters) take(b []byte) bool {
	if t.n == 0 && len(b) > 1 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		t.wide = len(b) < 4 || b[2] != 0 || b[3] != 0
	}
	t.n += int64(len(b))
	if t.wide {
		return true
	}
	for _, c := range b {
		switch {
		case c >= 0x80:
			t.high++
		case c == 0:
			return false
		case c < ' ' && !(c >= '\b' && c <= '\r') && c != 0x1b:
			t.control++
		}
	}
	if !t.broken && (t.high > 0 || len(t.rest) > 0) {
		t.utf8(b)
	}
	return t.plain()
}

// plain reports whether what was taken is UTF-8, in which vocabularies have a few
// control characters, or mostly ASCII and none of them.
func (t *letters) plain() bool {
	const rare = 1000
	if t.broken {
		return t.control == 0 && t.high*4 <= t.n
	}
	return t.control*rare <= t.n
}

// utf8 reads on and keeps a letter of which the rest is to come.
func (t *letters) utf8(b []byte) {
	if len(t.rest) > 0 {
		b = append(t.rest, b...)
		t.rest = nil
	}
	for len(b) > 0 {
		if !utf8.FullRune(b) {
			t.rest = slices.Clone(b)
			return
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			t.broken = true
			return
		}
		b = b[n:]
	}
}

// end reports whether what was taken is text as a whole.
func (t *letters) end() bool {
	if len(t.rest) > 0 {
		t.broken = true
	}
	return !t.wide && t.plain() || t.wide && t.n%2 == 0
}

// script is the finding against text that is a program: by its first line, or by
// the name of the file, which is all that tells Python from prose.
func script(s *Source, contained bool) (Finding, bool) {
	f := Finding{Rule: RuleScript, Severity: pickle.Low, Member: s.Path, Count: 1}
	line, _, _ := bytes.Cut(s.Head, []byte("\n"))
	switch extension := path.Ext(s.Name()); {
	case bytes.HasPrefix(line, []byte("#!")) && bytes.IndexByte(line, '/') > 0:
		f.Args = short(strings.TrimSpace(string(line[2:])))
		f.Why = "the file is a program that the system runs by " + f.Args
	case orders(s.Name()) != "":
		f.Why = orders(s.Name())
	case programs()[extension] != "":
		f.Why = "the file is a program in " + programs()[extension]
	default:
		return f, false
	}
	switch {
	case contained:
		f.Severity = pickle.Medium
		f.Why += ", inside a container that a loader opens"
	case disguised(s):
		f.Severity = pickle.Medium
		f.Why += ", under the name of a model"
	case startsPython(s.Name()):
		f.Severity = pickle.Medium
	}
	return f, true
}

// disguised reports whether a program has the name of a model. Python reads the
// .pth files beside its libraries when it starts: one that imports is a program as
// torch's checkpoints, which are called so too, are none.
func disguised(s *Source) bool {
	if path.Ext(s.Name()) == ".pth" {
		return s.Starts("#!") || s.Starts("import ") || s.Starts("import\t") || bytes.Contains(s.Head, []byte("\nimport ")) || bytes.Contains(s.Head, []byte("\nimport\t"))
	}
	return namesModel(s.Name())
}

// namesModel reports whether a file of that name should hold a model, which is no
// text and has bytes.
func namesModel(name string) bool {
	switch path.Ext(name) {
	case ".bin", ".pt", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill", ".npy", ".npz", ".h5", ".hdf5", ".keras", ".pb", ".onnx", ".gguf", ".safetensors", ".skops", ".tflite", ".model", ".bst", ".ubj", ".cbm", ".mar":
		return true
	}
	return false
}

// programs are the languages by the names of files.
func programs() map[string]string {
	return map[string]string{
		".py": "Python", ".pyw": "Python", ".pth": "Python", ".sh": "a shell", ".bash": "a shell", ".zsh": "a shell", ".bat": "Windows' shell",
		".cmd": "Windows' shell", ".ps1": "PowerShell", ".vbs": "Visual Basic", ".js": "JavaScript", ".pl": "Perl", ".rb": "Ruby",
		".lua": "Lua", ".php": "PHP",
	}
}

const pointerStart = "version https://git-lfs.github.com/spec/"

// looksPointer takes a source for a pointer of Git LFS, which stands where a file
// should be that was not fetched.
func looksPointer(s *Source) bool {
	return s.Size < 1024 && s.Starts(pointerStart) && bytes.Contains(s.Head, []byte("\noid ")) && bytes.Contains(s.Head, []byte("\nsize "))
}

func readPointer(_ *visit, s *Source) Reading {
	return Reading{
		Format: "git-lfs pointer", Status: pickle.Inconclusive, Coverage: all(s.Size, false),
		Reason: "a pointer of Git LFS, not the file that it stands for: not scanned; fetch it with git lfs pull",
	}
}

// short cuts text for a finding.
func short(s string) string {
	const most = 120
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
