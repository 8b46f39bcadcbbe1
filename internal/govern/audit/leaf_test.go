package audit

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// TestLeavesAreCanonical holds the text of a leaf, which others hash as well.
func TestLeavesAreCanonical(t *testing.T) {
	t.Parallel()
	e := event.Event{
		Position: 7, ID: "e", Time: time.UnixMicro(12).UTC(), Workspace: "default", Actor: urn.New("user", "ada"), Verb: "a.b.made", Action: "b.create",
		Subject: urn.New("b", "ü/<x>"), Outcome: event.Done, Origin: caller.Origin{Client: "\"<&>\\\u2028\\u2028\n"}, Data: json.RawMessage(`{"n": 1}`),
	}
	part := `{"actor":"tacit:user/ada","address":"","client":"\"<&>\\` + "\u2028" + `\\u2028\n","data":"{\"n\": 1}","request":""}`
	if got := string(canonical(partOf(e))); got != part {
		t.Errorf("got  %s\nwant %s", got, part)
	}
	text := `{"action":"b.create","after":"","before":"","cause":"","id":"e","links":[],"outcome":"done","part":"0000000000000000000000000000000000000000000000000000000000000000",` +
		`"position":7,"subject":"tacit:b/%C3%BC%2F%3Cx%3E","time":12,"verb":"a.b.made","workspace":"default"}`
	if got := string(leafText(e, tlog.Hash{})); got != text {
		t.Errorf("got  %s\nwant %s", got, text)
	}
}

// TestEdgeIsTheTree: the root made at the right edge is the library's, whatever
// the leaves.
func TestEdgeIsTheTree(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(t *rapid.T) {
		var e edge
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(places []int64) ([]tlog.Hash, error) {
			var all []tlog.Hash
			for _, p := range places {
				all = append(all, stored[p])
			}
			return all, nil
		})
		for i := range rapid.Int64Range(0, 300).Draw(t, "size") {
			h := tlog.RecordHash(fmt.Append(nil, i))
			more, err := tlog.StoredHashesForRecordHash(i, h, read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, h)
			e.add(h, func(level int, n int64, h tlog.Hash) {
				if int64(len(stored)) != tlog.StoredHashIndex(level, n) {
					t.Fatalf("hash %d of level %d came at place %d", n, level, len(stored))
				}
				stored = append(stored, h)
			})
			if want := stored[len(stored)-1]; more[len(more)-1] != want {
				t.Fatalf("leaf %d", i)
			}
		}
		if want, err := tlog.TreeHash(e.size, read); err != nil || want != e.root() {
			t.Fatalf("%d leaves: %s, %s, %v", e.size, e.root(), want, err)
		}
	})
}
