package inspect

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestWhatABudgetEndsIsNotText: a pickle that uses up a budget in front of what it
// calls is malicious and not complete, also where its bytes could be text or
// another format's.
func TestWhatABudgetEndsIsNotText(t *testing.T) {
	t.Parallel()
	payload := "cposix\nsystem\n(S'id'\ntR."
	stack := "(" + strings.Repeat("N", 2<<20+64) + payload[:len(payload)-1] + "l."
	var globals bytes.Buffer
	for i := range 1<<16 + 64 {
		fmt.Fprintf(&globals, "ca%d\nb\n0", i)
	}
	globals.WriteString(payload)
	for name, data := range map[string]string{"stack.pkl": stack, "stack.txt": stack, "stack.gif": "GIF89a\x01\x00\x01" + stack, "globals.pkl": globals.String()} {
		err := inspector(t).Tree(t.Context(), fstest.MapFS{name: {Data: []byte(data)}}, func(p Part) error {
			if p.Status == pickle.Complete || p.Verdict != pickle.Malicious || !strings.Contains(p.Reason, "budget") {
				t.Errorf("%s: %s, %s: %s", name, p.Status, p.Verdict, p.Reason)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
