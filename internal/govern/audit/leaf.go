package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/event"
)

// kept is what stays of an entry for ever. Fields are in the order of their
// keys, as canonical JSON has them.
type kept struct {
	Action    string       `json:"action"`
	After     string       `json:"after"`
	Before    string       `json:"before"`
	Cause     string       `json:"cause"`
	ID        string       `json:"id"`
	Links     []event.Link `json:"links"`
	Outcome   string       `json:"outcome"`
	Part      string       `json:"part"` // SHA-256 of the part that may be emptied, in hexadecimal
	Position  int64        `json:"position"`
	Subject   string       `json:"subject"`
	Time      int64        `json:"time"` // microseconds since 1970
	Verb      string       `json:"verb"`
	Workspace string       `json:"workspace"`
}

// emptiable is the part of an entry that retention may take out.
type emptiable struct {
	Actor   string `json:"actor"`
	Address string `json:"address"`
	Client  string `json:"client"`
	Data    string `json:"data"` // JSON as it was written, as a text
	Request string `json:"request"`
}

// partOf is the part of e that may be emptied.
func partOf(e event.Event) emptiable {
	p := emptiable{Actor: e.Actor.String(), Address: e.Origin.Address, Client: e.Origin.Client, Request: e.Origin.Request}
	if raw, ok := e.Data.(json.RawMessage); ok {
		p.Data = string(raw)
	}
	return p
}

// hash is the SHA-256 of the part's canonical JSON.
func (p emptiable) hash() tlog.Hash { return sha256.Sum256(canonical(p)) }

// leafText is what the leaf of e is the hash of, with the hash of its other part.
func leafText(e event.Event, part tlog.Hash) []byte {
	links := e.Links
	if links == nil {
		links = []event.Link{}
	}
	return canonical(kept{
		Action: e.Action, After: e.After, Before: e.Before, Cause: e.Cause, ID: e.ID, Links: links, Outcome: string(e.Outcome),
		Part: hex.EncodeToString(part[:]), Position: e.Position, Subject: e.Subject.String(), Time: e.Time.UnixMicro(), Verb: e.Verb, Workspace: e.Workspace,
	})
}

// canonical writes v, whose fields are in the order of their keys and hold
// texts and whole numbers, as RFC 8785 has it.
func canonical(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("audit: %T: %v", v, err)) // texts and numbers always have a form
	}
	return plainSeparators(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// plainSeparators writes U+2028 and U+2029 as they are: encoding/json escapes
// them, the RFC does not.
func plainSeparators(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u202`)) {
		return text
	}
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\':
			plain = append(plain, text[i])
		case bytes.HasPrefix(text[i:], []byte(`\u2028`)):
			plain = append(plain, "\u2028"...)
			i += 5
		case bytes.HasPrefix(text[i:], []byte(`\u2029`)):
			plain = append(plain, "\u2029"...)
			i += 5
		default: // an escape of two characters at least, whose second may be a backslash
			plain = append(plain, text[i], text[i+1])
			i++
		}
	}
	return plain
}
