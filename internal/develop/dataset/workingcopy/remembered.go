package workingcopy

import (
	"encoding/hex"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// rememberedFile names the data that a command brought into the working copy: where
// another revision has none of the name, a checkout takes them away again, if they are
// what was brought. What somebody wrote in their place since is his. One a line: the
// trace in hex, a space, the path with \ and the line's end escaped.
const rememberedFile = "outs"

// remembered are the data that are in the working copy by a command, as it left them.
func (w *change) remembered() (map[string]snapshot.Trace, error) {
	text, err := readThere(w.Repo.In("tmp", "tacit", rememberedFile))
	if err != nil {
		return nil, err
	}
	all := map[string]snapshot.Trace{}
	for line := range strings.Lines(string(text)) {
		trace, p, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if t, err := hex.DecodeString(trace); err == nil && len(t) == len(snapshot.Trace{}) && p != "" {
			all[unescape(p)] = snapshot.Trace(t)
		}
	}
	return all, nil
}

// remember adds data to those, or says how they were left now; of parts of them nothing is
// remembered any more.
func (w *change) remember(brought map[string]snapshot.Trace) error {
	all, err := w.remembered()
	if err != nil {
		return err
	}
	former := maps.Clone(all)
	maps.DeleteFunc(all, func(p string, _ snapshot.Trace) bool {
		for folder := range above(p) {
			if _, whole := brought[folder]; whole {
				return true
			}
		}
		return false
	})
	if maps.Copy(all, brought); maps.Equal(all, former) {
		return nil
	}
	return w.saveRemembered(all)
}

// forget takes data away from those.
func (w *change) forget(places ...string) error {
	all, err := w.remembered()
	if err != nil {
		return err
	}
	n := len(all)
	maps.DeleteFunc(all, func(p string, _ snapshot.Trace) bool { return slices.Contains(places, p) })
	if len(all) == n {
		return nil
	}
	return w.saveRemembered(all)
}

func (w *change) saveRemembered(all map[string]snapshot.Trace) error {
	file, err := w.Repo.Own(rememberedFile)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, p := range slices.Sorted(maps.Keys(all)) {
		t := all[p]
		text.WriteString(hex.EncodeToString(t[:]) + " " + escape(p) + "\n")
	}
	temporary := file + ".tmp"
	if err := os.WriteFile(temporary, []byte(text.String()), 0o666); err != nil { //nolint:gosec // less the umask, as the repository's other files
		return fault.Because(err, fault.Unavailable, "'%s' cannot be written.", file)
	}
	return os.Rename(temporary, file)
}

// above are the folders that a path lies in, but the root.
func above(p string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for cut := strings.LastIndexByte(p, '/'); cut > 0 && yield(p[:cut]); {
			cut = strings.LastIndexByte(p[:cut], '/')
		}
	}
}

func escape(p string) string {
	return strings.ReplaceAll(strings.ReplaceAll(p, `\`, `\\`), "\n", `\n`)
}

func unescape(line string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(line)
}
