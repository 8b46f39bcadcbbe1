package fault

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// placed is an error of a package's own that has a fault below it.
type placed struct {
	line  int
	below error
}

func (p *placed) Error() string { return fmt.Sprintf("line %d: %v", p.line, p.below) }
func (p *placed) Unwrap() error { return p.below }

func TestWhatIsToldOfAnError(t *testing.T) {
	t.Parallel()
	plain := errors.New("disk on fire")
	for name, c := range map[string]struct {
		err            error
		kind           Kind
		sentence, hint string
	}{
		"a fault":               {WithHint(New(Invalid, "%q is no port.", "x"), "write a number"), Invalid, `"x" is no port.`, "write a number"},
		"a fault over a cause":  {Because(plain, Unavailable, "The store does not answer."), Unavailable, "The store does not answer.", ""},
		"below another error":   {fmt.Errorf("open: %w", New(NotFound, "There is none.")), NotFound, "There is none.", ""},
		"beside another error":  {errors.Join(plain, New(Limit, "Too many.")), Limit, "Too many.", ""},
		"no fault":              {plain, Internal, "Something went wrong inside tacit. The request id leads to the reason in the server's log.", ""},
		"no fault, with a hint": {WithHint(plain, "call the fire brigade"), Internal, "Something went wrong inside tacit. The request id leads to the reason in the server's log.", "call the fire brigade"},
	} {
		if KindOf(c.err) != c.kind || Sentence(c.err) != c.sentence || HintOf(c.err) != c.hint || !Is(c.err, c.kind) {
			t.Errorf("%s: %s, %q, hint %q", name, KindOf(c.err), Sentence(c.err), HintOf(c.err))
		}
	}
	if Is(nil, Internal) || WithHint(nil, "nothing") != nil || After(plain, time.Second) != plain {
		t.Error("no error, or one that is no fault, became a fault")
	}
	if Kind(200).String() != "internal" || Unsupported.String() != "unsupported" {
		t.Error("the names of the kinds are not the kinds'")
	}
}

// Operations come before what they are wrapped around, for the operator alone;
// the cause and errors around the fault stay to be found.
func TestWrap(t *testing.T) {
	t.Parallel()
	cause := errors.New("EOF")
	inner := func() (err error) {
		defer Wrap(&err, "rows.Read")
		return &placed{7, WithHint(Because(cause, Invalid, "It ends too early."), "send all of it")}
	}
	outer := func() (err error) {
		defer Wrap(&err, "room.Get(%s)", "a")
		return inner()
	}
	err := outer()
	if got, want := err.Error(), "room.Get(a): rows.Read: It ends too early.: EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if Sentence(err) != "It ends too early." || HintOf(err) != "send all of it" || !Is(err, Invalid) {
		t.Errorf("%q, hint %q, %s", Sentence(err), HintOf(err), KindOf(err))
	}
	var p *placed
	if !errors.As(err, &p) || p.line != 7 || !errors.Is(err, cause) {
		t.Error("the error around the fault, or its cause, is lost")
	}
	if again := After(WithHint(err, "later"), time.Second); !errors.As(again, &p) || HintOf(again) != "later" {
		t.Error("another hint loses the error around the fault")
	}
	var none error
	if Wrap(&none, "nothing"); none != nil {
		t.Errorf("no error became %v", none)
	}
	plain := cause
	if Wrap(&plain, "a"); plain.Error() != "a: internal: EOF" || KindOf(plain) != Internal {
		t.Errorf("an error that is no fault: %v", plain)
	}
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	err := New(Limit, "Too often.")
	for wait, want := range map[time.Duration]int{0: 1, time.Millisecond: 1, time.Second: 1, 1001 * time.Millisecond: 2, time.Minute: 60} {
		if got := Seconds(After(err, wait), 1); got != want {
			t.Errorf("after %s: %d s, want %d", wait, got, want)
		}
	}
	if got := Seconds(errors.New("no fault"), 5); got != 5 {
		t.Errorf("no fault: %d s, want the least", got)
	}
}
