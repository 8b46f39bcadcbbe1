package inspect

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// A file that says it is empty is read before it is called so.
func TestFilesThatHideTheirSize(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/mem"); err != nil {
		t.Skip("there is no procfs here")
	}
	for name, want := range map[string]bool{"cpuinfo": true, "self/mem": false, "self/status": true} {
		s, closing, err := Open(Disk("/proc"), name)
		if !want {
			if err == nil || !strings.Contains(err.Error(), "its size is said to be 0") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if p := inspector(t).File(context.Background(), s); p.Size == 0 || p.Status == pickle.Complete && p.Format[0] == "empty" {
			t.Errorf("%s: %+v", name, p)
		}
		closing()
	}
}
