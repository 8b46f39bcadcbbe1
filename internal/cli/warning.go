package cli

import "github.com/alecthomas/kong"

// warning is of a setting that somebody made and nothing reads.
type warning struct {
	what         string // environment or config
	text, remedy string
}

// warnings are of what stands in the environment and in the folder and is not read.
func (p place) warnings(k *kong.Context) (all []warning) {
	for _, s := range p.strays(k) {
		all = append(all, warning{"environment", s.String(), s.remedy()})
	}
	if unread, read := p.settings().UnreadConfig(); unread != "" {
		all = append(all, warning{"config", unread + " is not read: settings are read at " + read, "move it there, or name it by --config"})
	}
	return all
}

// warnOf notes warnings beside the result.
func (t *terminal) warnOf(all []warning) {
	for _, w := range all {
		t.note("warning: %s; %s", w.text, w.remedy)
	}
}
