package browser

import (
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
)

// TestTablesBetween: between a phone and a desk a table has its columns, and too little
// room for long names. What the log tells of a caller is as long as it may be.
func TestTablesBetween(t *testing.T) {
	h := open(t)
	c := caller.Local(caller.DefaultWorkspace)
	c.Action, c.Origin = "registered_model.update", caller.Origin{Address: "127.100.100.100", Client: "test"}
	h.ctx = caller.With(h.ctx, c)
	h.fill(t)
	walk(t, h, []at{
		{"security", "/security?all=1", []string{"no findings", "posix.system", "payload.pkl, byte 220"}},
		{"security-rules", "/security/rules", []string{"custom-code", "The pickle carries code of its own"}},
		{"version", "/models/flight-delay/versions/3", []string{"payload.pkl, byte 220"}},
		{"why", "/models/flight-delay/versions/3/why?file=model.pkl", []string{"bytes around"}},
		{"audit", "/audit", []string{"registered_model.update", "127.100.100.100"}},
	}, []look{{500, false, true}, {768, false, true}, {1024, true, true}, {1200, false, true}})
}
