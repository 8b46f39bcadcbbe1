package inspect

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleTorchScript is of operators of TorchScript that leave the model.
const RuleTorchScript = "torchscript-operator"

// torchScript is a part that holds code of TorchScript. Its language has no
// imports, and its programs call operators alone: those of torch, a few of which
// read and write files, and those of libraries that the process has loaded. What
// is not of that language is read by its bytes and its name, as a script is.
func (v *visit) torchScript(s *Source) Part {
	if s.Size > v.budget.Text {
		return unread(s.Path, s.Size, pickle.Inconclusive, usedUp{fmt.Sprintf("%d bytes of text", v.budget.Text)}.Error())
	}
	text := make([]byte, s.Size)
	if n, err := s.Bytes.ReadAt(text, 0); n < len(text) && err != io.EOF {
		return v.failed(s.Path, s.Size, err)
	}
	if !isTorchScript(string(text)) {
		return v.part(s)
	}
	out := Reading{Format: "torchscript", Coverage: all(s.Size, false)}
	seen := map[string]int{}
	called(string(text), func(name string, at int64) {
		why := outside(name)
		if why == "" {
			return
		}
		if i, again := seen[name]; again {
			out.Findings[i].Count++
			return
		}
		seen[name] = len(out.Findings)
		out.Findings = append(out.Findings, Finding{
			Rule: RuleTorchScript, Severity: pickle.Medium, Name: name, Offset: at, Length: int64(len(name)), Member: s.Path, Why: why, Count: 1,
		})
	})
	return join(s, v.chain, []Reading{out, readPickle(v, s, true, true)})
}

// torchCode are the folders of a zip file that have code of TorchScript: those
// beside a file of its constants. An archive of TorchServe has none, as its code is
// what the server imports; models are files in it.
func torchCode(members []archive.Member) map[string]bool {
	out := map[string]bool{}
	for _, m := range members {
		if strings.EqualFold(m.Name, "MAR-INF/MANIFEST.json") {
			return nil
		}
		if folder, name := path.Split(m.Name); name == "constants.pkl" {
			out[folder+"code/"] = true
		}
	}
	return out
}

// scripted reports whether a member lies in a folder with code of TorchScript.
func (z *zipped) scripted(name string) bool {
	for i := range len(name) {
		if name[i] == '/' && z.torch[name[:i+1]] {
			return true
		}
	}
	return false
}

// outside says why a call leaves the model, "" when it does not.
func outside(name string) string {
	first, rest, _ := strings.Cut(name, ".")
	switch first {
	case "torch":
		switch rest {
		case "save", "load", "from_file":
			return "it reads or writes a file by a name that the model gives"
		}
	case "ops":
		space, operator, _ := strings.Cut(rest, ".")
		switch space {
		case "aten":
			return outside("torch." + operator)
		case "prim", "quantized", "_quantized", "torchvision", "torchaudio", "torchtext", "_caffe2", "static_runtime", "inductor", "mkldnn", "mkldnn_prepacked", "prepacked", "xnnpack", "profiler", "cuda", "onednn", "sparse":
			return ""
		}
		return "it calls an operator of a library that the loading process must have: " + space
	}
	return ""
}

// called gives the dotted names before an opening bracket, outside of strings
// and comments.
func called(text string, found func(name string, at int64)) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '#':
			i = past(text, i, "\n")
		case c == '"' || c == '\'':
			i = pastString(text, i)
		case letter(c):
			from := i
			for i < len(text) && (letter(text[i]) || text[i] == '.' || text[i] >= '0' && text[i] <= '9') {
				i++
			}
			if i < len(text) && text[i] == '(' {
				found(text[from:i], int64(from))
			}
		default:
			i++
		}
	}
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// past is the place behind the next end, or that of the end of the text.
func past(text string, at int, end string) int {
	if n := strings.Index(text[at:], end); n >= 0 {
		return at + n + len(end)
	}
	return len(text)
}

func pastString(text string, at int) int {
	quote := text[at]
	if strings.HasPrefix(text[at:], strings.Repeat(string(quote), 3)) {
		return past(text, at+3, strings.Repeat(string(quote), 3))
	}
	for at++; at < len(text) && text[at] != quote && text[at] != '\n'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return at + 1
}
