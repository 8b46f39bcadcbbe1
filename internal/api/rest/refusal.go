package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// mostPlaces is how many places of a message a sentence names.
const mostPlaces = 3

// refused tells what huma finds wrong with a request as tacit tells its own
// refusals: the place and what is expected there in a sentence, the remedy
// beside it, and the reason in the request's line in the log.
func refused(ctx huma.Context, _ string, answer any) (any, error) {
	model, ok := answer.(*huma.ErrorModel)
	if !ok {
		return answer, nil
	}
	p := &problem{
		Type: blank, Title: strings.ToLower(model.Title), Status: model.Status, Detail: sentenceOf(model), Errors: model.Errors,
		Hint: fmt.Sprintf("%s/openapi.json says what %s %s takes", root, ctx.Operation().Method, root+ctx.Operation().Path),
	}
	if p.Status == http.StatusUnsupportedMediaType {
		p.Hint = "send JSON, with Content-Type: application/json"
	}
	if f, ok := ctx.Context().Value(failureKey{}).(*failure); ok {
		f.err = p
	}
	return p, nil
}

// sentenceOf names what is wrong and where, of many places the first.
func sentenceOf(m *huma.ErrorModel) string {
	if len(m.Errors) == 0 {
		return "The request is refused: " + m.Detail + "."
	}
	var places []string
	for _, e := range m.Errors[:min(len(m.Errors), mostPlaces)] {
		places = append(places, strings.TrimPrefix(e.Location+": "+e.Message, ": "))
	}
	sentence := "The request is refused: " + strings.Join(places, "; ")
	if more := len(m.Errors) - mostPlaces; more > 0 {
		sentence += fmt.Sprintf("; and %d more", more)
	}
	return sentence + "."
}
