package cli

import (
	"context"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type userInvite struct {
	asking
	Name string `arg:"" help:"Name of the user."`
	Role string `default:"" enum:",viewer,contributor,maintainer,admin" placeholder:"ROLE" help:"Make the user, with this role in the workspace: viewer, contributor, maintainer, admin."`
}

// Help teaches.
func (userInvite) Help() string {
	return `The link is the last word that is printed. It holds for a day, works once, and ends those made before: whoever opens it first chooses
the password and is signed in. With --role the user is made; without, a user who is there gets another password so.

  tacit user invite ada --role contributor
  tacit user invite ada
` + accountHelp
}

// Run makes the link.
func (c userInvite) Run(ctx context.Context, t *terminal) error {
	if c.everywhere() && c.Role == "" {
		return wrongUsage(fault.New(fault.Invalid, "--workspace '*' says where the role holds: give --role."))
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		if c.Role == "" {
			var link rest.InvitationBody
			if err := server.Send(ctx, "POST", "/users/"+url.PathEscape(c.Name)+"/invitation", nil, &link); err != nil {
				return nothing(err)
			}
			return t.result(link, "user %s  link until %s  works once: %s", c.Name, link.Expires.Format(time.DateTime), link.Link)
		}
		var made rest.AccountBody
		body := rest.NewUserBody{Name: c.Name, RoleBody: rest.RoleBody{Role: c.Role, Everywhere: c.everywhere()}}
		if err := server.Send(ctx, "POST", "/users", body, &made); err != nil {
			return err
		}
		return t.result(made, "user %s  %s in %s  works once, within a day: %s", made.Name, c.Role, c.Workspace, made.Link)
	})
}
