package access

import (
	"slices"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Who gets a name that another had is told nothing of what that one did, nor of what
// was done to that one.
func TestAReusedNameReadsNothingOfTheFormer(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		socket, otto := w.socket(), urn.New("user", "otto")
		var first []string
		for round := range 2 {
			if _, err := w.CreateUser(socket, "otto", right, "default", roles.Viewer); err != nil {
				t.Fatal(err)
			}
			ctx := w.mustEnter(caller.Credentials{User: "otto", Password: right})
			all := w.told(ctx, "event.list")
			if !slices.Contains(all, "access.session.begun tacit:user/otto") || !slices.Contains(all, "access.user.created tacit:user/otto") {
				t.Errorf("nothing is told of the own account: %v", all)
			}
			if round == 0 {
				first = all
			} else if !slices.Equal(first, all) {
				t.Errorf("the next of the name is told %v, the first was told %v", all, first)
			}
			if err := w.Delete(socket, otto); err != nil {
				t.Fatal(err)
			}
			w.pass(time.Second)
		}
	})
}
