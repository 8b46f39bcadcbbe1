package demo

import (
	"context"
	"strings"
	"testing"
)

// What is no version of anything ends the walk, and says which command it was.
func TestShellEndsAtTheFirstFailure(t *testing.T) {
	t.Parallel()
	c := &shell{ctx: context.Background(), program: "/nowhere/tacit", folder: t.TempDir()}
	c.tacit("init")
	if c.err == nil || !strings.Contains(c.err.Error(), "tacit data init failed") {
		t.Fatalf("%v", c.err)
	}
	first := c.err
	if out := c.git("--version"); out != "" || c.err != first {
		t.Errorf("%q, %v", out, c.err)
	}
}
