package kit

import (
	"context"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// PageOf is the address of the page of a named thing, "" when it has none.
func PageOf(ctx context.Context, u urn.URN) string {
	if u.Workspace != "" {
		return "" // of another workspace, which may not be seen from here
	}
	switch {
	case u.Kind == "run" && len(u.Path) == 1:
		return To(ctx, "runs", u.Path[0])
	case u.Kind == "experiment" && len(u.Path) == 1:
		return To(ctx, "experiments", u.Path[0])
	case u.Kind == "model" && len(u.Path) == 1:
		return To(ctx, "models", u.Path[0])
	case u.Kind == "model" && len(u.Path) == 2:
		return To(ctx, "models", u.Path[0], "versions", u.Path[1])
	case u.Kind == "data" && len(u.Path) == 1 && strings.Trim(strings.TrimSuffix(u.Path[0], ".dir"), "0123456789abcdef") == "" && len(strings.TrimSuffix(u.Path[0], ".dir")) == 32:
		return To(ctx, "data", "versions", u.Path[0])
	case u.Kind == "remote" && len(u.Path) == 1:
		return With(To(ctx, "data"), url.Values{"filter": {u.Path[0]}})
	case u.Kind == "artifact" && len(u.Path) > 3 && u.Path[2] == "artifacts":
		return With(To(ctx, "runs", u.Path[1], "artifacts"), url.Values{"path": {strings.Join(u.Path[3:], "/")}})
	}
	return ""
}

// LineageOf is the address of a thing's lineage.
func LineageOf(ctx context.Context, u urn.URN) string {
	return With(To(ctx, "lineage"), url.Values{"of": {u.String()}})
}

// Told is an event as a sentence: Actor Did Noun Name.
type Told struct {
	event.Event
	Actor string
	Did   string // "created", "logged"
	Noun  string // "run", "model version"
	Name  string // of the subject, short
	Icon  Icon
	Tone  string // class of the icon: refused and failed are bad
}

// Tell makes a sentence of an event. A verb is <room>.<noun>.<past participle>,
// its words joined by hyphens where there are more.
func Tell(e event.Event) Told {
	t := Told{Event: e, Actor: actorName(e.Actor), Did: e.Verb, Noun: strings.ReplaceAll(e.Subject.Kind, "-", " "), Icon: iconOf(e)}
	if parts := strings.Split(e.Verb, "."); len(parts) == 3 {
		t.Did = strings.ReplaceAll(parts[2], "-", " ")
		t.Noun = strings.NewReplacer("-", " ", "_", " ").Replace(parts[1])
	}
	switch kind := strings.ReplaceAll(e.Subject.Kind, "-", " "); {
	case t.Noun == "version" && kind == "model":
		t.Noun = "model version"
	case kind == "artifact":
	case t.Noun != kind && kind != "":
		t.Noun += " of " + kind
	}
	t.Name = nameOf(e.Subject)
	if e.Outcome != event.Done {
		t.Tone, t.Did = "bad", string(e.Outcome)+": "+t.Did
	}
	if e.Mark != "" {
		t.Did = string(e.Mark) + ": " + t.Did
	}
	if e.Mark == event.Forged {
		t.Tone = "bad"
	}
	return t
}

// actorName is a person's name, or tacit for its own parts.
func actorName(u urn.URN) string {
	switch {
	case u.Kind == "system":
		return "tacit"
	case u.Kind == "user" && u.Name() == "local":
		return "local user"
	case u.IsZero():
		return "somebody"
	}
	return u.Name()
}

// Actor is how pages call who did something, by the URN.
func Actor(text string) string {
	u, err := urn.Parse(text)
	if err != nil {
		return text
	}
	return actorName(u)
}

// nameOf is a thing's name as a sentence says it.
func nameOf(u urn.URN) string {
	if u.Kind == "artifact" && len(u.Path) > 0 {
		return u.Path[len(u.Path)-1]
	}
	short := make([]string, len(u.Path))
	for i, p := range u.Path {
		short[i] = ShortID(p)
	}
	return strings.Join(short, " ")
}

// ShortID cuts what is an id or a digest, and nothing else.
func ShortID(s string) string {
	bare := strings.TrimPrefix(s, "m-")
	if len(bare) < 20 || strings.Trim(bare, "0123456789abcdef-") != "" {
		return s
	}
	return s[:len(s)-len(bare)+8]
}

func iconOf(e event.Event) Icon { return IconOf(e.Subject) }

// IconOf is the icon of a thing's kind.
func IconOf(u urn.URN) Icon {
	switch u.Kind {
	case "run", "experiment":
		return IconFlask
	case "model", "logged-model":
		return IconModel
	case "data", "dataset", "remote":
		return IconData
	case "artifact":
		return IconFile
	case "user", "group", "token":
		return IconPerson
	}
	return IconActivity
}
