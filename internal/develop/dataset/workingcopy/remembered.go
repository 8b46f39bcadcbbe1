package workingcopy

import (
	"os"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// rememberedFile names the outs that a command brought into the working copy: where
// another revision has none of the name, a checkout takes them away again. One path a
// line, with \ and the line's end escaped.
const rememberedFile = "outs"

// remembered are the outs that are in the working copy by a command.
func (w *change) remembered() ([]string, error) {
	text, err := readThere(w.Repo.In("tmp", "tacit", rememberedFile))
	if err != nil {
		return nil, err
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if p := unescape(strings.TrimSuffix(line, "\n")); p != "" {
			all = append(all, p)
		}
	}
	return all, nil
}

// remember adds outs to those.
func (w *change) remember(outs []string) error {
	all, err := w.remembered()
	if err != nil {
		return err
	}
	n := len(all)
	all = slices.Compact(slices.Sorted(slices.Values(append(all, outs...))))
	if len(all) == n {
		return nil
	}
	return w.saveRemembered(all)
}

// forget takes outs away from those.
func (w *change) forget(outs ...string) error {
	all, err := w.remembered()
	if err != nil {
		return err
	}
	n := len(all)
	all = slices.DeleteFunc(all, func(p string) bool { return slices.Contains(outs, p) })
	if len(all) == n {
		return nil
	}
	return w.saveRemembered(all)
}

func (w *change) saveRemembered(all []string) error {
	file, err := w.Repo.Own(rememberedFile)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, p := range all {
		text.WriteString(escape(p) + "\n")
	}
	temporary := file + ".tmp"
	if err := os.WriteFile(temporary, []byte(text.String()), 0o666); err != nil { //nolint:gosec // less the umask, as the repository's other files
		return fault.Because(err, fault.Unavailable, "'%s' cannot be written.", file)
	}
	return os.Rename(temporary, file)
}

func escape(p string) string {
	return strings.ReplaceAll(strings.ReplaceAll(p, `\`, `\\`), "\n", `\n`)
}

func unescape(line string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(line)
}
