package cli

import (
	"context"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
)

// tokenCommand is about personal access tokens.
type tokenCommand struct {
	Create tokenCreate `cmd:"" help:"Make a token, and print it once."`
	List   tokenList   `cmd:"" help:"List a user's tokens."`
	Revoke tokenRevoke `cmd:"" help:"End a token."`
}

// owned are the flags of commands about a user's tokens.
type owned struct {
	asking
	User string `required:"" placeholder:"NAME" help:"User whose token it is."`
}

func (o owned) path() string { return "/users/" + url.PathEscape(o.User) + "/tokens" }

type tokenCreate struct {
	owned
	Name    string   `required:"" placeholder:"N" help:"What the token is called."`
	Expires *string  `placeholder:"TIME" help:"How long it holds, as 30d or 12h, 3650d at most; until it is revoked unless set."`
	Scope   []string `placeholder:"WORD" help:"What it lets through: a role, an action as run.update, or run.*; given again for more. All that the user may do unless set."`
}

// Help teaches.
func (tokenCreate) Help() string {
	return `The token is the last word that is printed, and cannot be shown again. A token never lets more through than its user may do.

  tacit token create --user ada --name laptop --expires 30d
  export MLFLOW_TRACKING_TOKEN=$(tacit token create --user ada --name train --scope contributor | awk '{print $NF}')
` + accountHelp
}

// Run makes the token.
func (c tokenCreate) Run(ctx context.Context, t *terminal) error {
	body := rest.NewTokenBody{Name: c.Name}
	for _, word := range c.Scope {
		body.Scope += " " + word
	}
	if c.Expires != nil {
		holds, err := parseTime(*c.Expires)
		if err != nil {
			return err
		}
		body.Expires = new(c.settings().Now().Add(holds).UTC())
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		var made rest.TokenBody
		if err := server.Send(ctx, "POST", c.path(), body, &made); err != nil {
			return nothing(err)
		}
		return t.result(made, "token %s of %s  %s  shown once: %s", made.Name, c.User, until(made.Expires), made.Token)
	})
}

type tokenList struct{ owned }

// Run prints a line a token.
func (c tokenList) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		page, err := client.Get[rest.Page[rest.TokenBody]](ctx, server, c.path(), nil)
		if err != nil {
			return nothing(err)
		}
		if t.json {
			return t.document(page.Items)
		}
		var lines [][]string
		for _, one := range page.Items {
			state, used, scope := until(one.Expires), "never used", one.Scope
			if one.Revoked != nil {
				state = "revoked"
			}
			if one.Used != nil {
				used = "used " + one.Used.Format(time.DateTime)
			}
			if scope == "" {
				scope = "all"
			}
			lines = append(lines, []string{one.Name, state, used, scope})
		}
		t.columns(lines)
		return nil
	})
}

type tokenRevoke struct {
	owned
	Name string `arg:"" help:"Name of the token."`
}

// Run ends the token.
func (c tokenRevoke) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		if err := server.Send(ctx, "DELETE", c.path()+"/"+url.PathEscape(c.Name), nil, nil); err != nil {
			return nothing(err)
		}
		return t.result(map[string]string{"name": c.Name, "user": c.User}, "token %s of %s is revoked", c.Name, c.User)
	})
}

// until says in words when a token ends.
func until(expires *time.Time) string {
	if expires == nil {
		return "until revoked"
	}
	return "until " + expires.Format(time.DateTime)
}
