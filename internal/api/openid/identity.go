package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// mostGroups bounds how many groups a person may be told to be in.
const mostGroups = 10_000

// Finish gives who signed in, by the code with which the provider sent them back
// in the flow f. fault.Unauthenticated, fault.Unavailable.
func (c *Client) Finish(ctx context.Context, p access.Provider, f Flow, redirect, code string) (i access.Identity, err error) {
	defer fault.Wrap(&err, "openid.Finish(%s)", p.Name)
	k, err := c.discover(ctx, p)
	if err != nil {
		return i, err
	}
	o, err := c.oauth(p, k, redirect)
	if err != nil {
		return i, err
	}
	ctx = oidc.ClientContext(ctx, c.http)
	token, err := o.Exchange(ctx, code, oauth2.VerifierOption(f.verifier()))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		err = told(refused)
		if refused.ErrorCode != "" && refused.Response.StatusCode < 500 {
			return i, unproved(p, err)
		}
	}
	if err != nil {
		return i, unavailable(p, err)
	}
	raw, _ := token.Extra("id_token").(string)
	signed, err := k.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms(), Now: c.Now}).Verify(ctx, raw)
	if err != nil {
		return i, unproved(p, err)
	}
	if subtle.ConstantTimeCompare([]byte(signed.Nonce), []byte(f.nonce())) == 0 {
		return i, unproved(p, errors.New("the nonce of the ID token is another flow's"))
	}
	if signed.AccessTokenHash != "" {
		if err := signed.VerifyAccessToken(token.AccessToken); err != nil {
			return i, unproved(p, err)
		}
	}
	claims, err := c.claims(ctx, p, k, signed, token)
	if err != nil {
		return i, err
	}
	i = access.Identity{Provider: p, Subject: signed.Subject, Answer: f.nonce()}
	i.Name, _ = claims[p.NameClaim].(string)
	i.Groups, err = groups(claims[p.GroupsClaim])
	if err != nil {
		return i, unproved(p, fmt.Errorf("claim %s: %w", p.GroupsClaim, err))
	}
	return i, nil
}

// errorWord is a code of RFC 6749, section 5.2.
var errorWord = regexp.MustCompile(`^[a-z_]{1,60}$`)

// told is why a provider gave no token, in none of its own words but the code:
// they may repeat what it was asked by.
func told(r *oauth2.RetrieveError) error {
	if errorWord.MatchString(r.ErrorCode) {
		return fmt.Errorf("the provider answered %s: %s", r.Response.Status, r.ErrorCode)
	}
	return fmt.Errorf("the provider answered %s", r.Response.Status)
}

// claims are those of the ID token and, where what is wanted stands there alone,
// of the provider's userinfo.
func (c *Client) claims(ctx context.Context, p access.Provider, k known, signed *oidc.IDToken, token *oauth2.Token) (map[string]any, error) {
	claims := map[string]any{}
	if err := signed.Claims(&claims); err != nil {
		return nil, unproved(p, err)
	}
	wanted := claims[p.NameClaim] == nil || p.GroupsClaim != "" && claims[p.GroupsClaim] == nil
	if !wanted || k.UserInfoEndpoint() == "" {
		return claims, nil
	}
	info, err := k.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		if unreached := (*url.Error)(nil); !errors.As(err, &unreached) { // else it has the answer's words
			err = errors.New("the userinfo was refused")
		}
		return nil, unavailable(p, err)
	}
	if info.Subject != signed.Subject {
		return nil, unproved(p, errors.New("the userinfo is another's"))
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return nil, unproved(p, err)
	}
	for _, name := range []string{p.NameClaim, p.GroupsClaim} {
		if claims[name] == nil {
			claims[name] = more[name]
		}
	}
	return claims, nil
}

// groups reads a claim that tells groups: a text, or a list of texts.
func groups(claim any) ([]string, error) {
	switch claim := claim.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{claim}, nil
	case []any:
		if len(claim) > mostGroups {
			return nil, fmt.Errorf("it tells more than %d groups", mostGroups)
		}
		all := make([]string, 0, len(claim))
		for _, one := range claim {
			name, ok := one.(string)
			if !ok {
				return nil, fmt.Errorf("it is no list of texts")
			}
			all = append(all, name)
		}
		return all, nil
	}
	return nil, fmt.Errorf("it is neither a text nor a list of texts")
}

// unproved says that the provider did not prove who somebody is, in the same
// words whatever was wrong; the log tells why.
func unproved(p access.Provider, err error) error {
	return fault.WithHint(fault.Because(err, fault.Unauthenticated, "%s did not prove who you are.", p.Title), "sign in again")
}
