package azure

import (
	"context"
	"net/http"
	"net/url"
)

// Create makes the container, or takes it away.
func (p *Place) Create(ctx context.Context, method string) error {
	r, err := p.request(ctx, method, "", url.Values{"restype": {"container"}}, nil)
	if err != nil {
		return err
	}
	answer, err := p.client.Do(r, "", http.StatusConflict)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// At asks another server, as if it were the account's.
func (p *Place) At(address string) {
	u, err := url.Parse(address + "/" + p.Container)
	if err != nil {
		panic(err)
	}
	p.base = u
}
