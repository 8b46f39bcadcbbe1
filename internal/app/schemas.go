package app

import (
	"cmp"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/idempotency"
	"github.com/tacit-ml/tacit/internal/foundation/jobs/queue"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
)

// Schemas are the migrations of the foundations and of every room.
func Schemas() []rows.Schema {
	all := []rows.Schema{
		event.Schema(),
		secret.Schema(),
		idempotency.Schema(),
	}
	all = append(all, queue.Schemas()...)
	for _, r := range Rooms() {
		if r.Migrations != nil {
			all = append(all, rows.Schema{Name: r.Name, Files: r.Migrations})
		}
		for _, p := range r.Parts {
			all = append(all, rows.Schema{Name: p.Name, Files: p.Migrations})
		}
	}
	return all
}

// Sections are the sections of tacit.yaml: every room's own.
func Sections() []config.Section {
	var all []config.Section
	for _, r := range Rooms() {
		if r.Settings != nil {
			all = append(all, config.Section{Name: r.Name, New: r.Settings})
		}
	}
	return all
}

// LoadConfig reads the settings file. No file at all gives the defaults, unless it
// was named.
func (s Settings) LoadConfig() (*config.File, error) {
	path, required := s.ConfigPath()
	return config.Load(path, required, Sections(), "acme-ca", "acme-directory", "acme-domain", "acme-email", "auth", "blobs", "config", "dir", "listen", "log", "otlp",
		"public-url", "rows", "secret-key-file", "tls-cert", "tls-key", "trusted-proxies")
}

// Kinds are all events that any room announces, by verb.
func Kinds() []event.Kind {
	var all []event.Kind
	for _, r := range Rooms() {
		all = append(all, r.Events...)
	}
	slices.SortFunc(all, func(a, b event.Kind) int { return cmp.Compare(a.Verb, b.Verb) })
	return all
}
