package cli

import (
	"context"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
)

// serviceCommand is about programs that sign in.
type serviceCommand struct {
	Add     serviceAdd     `cmd:"" help:"Make a service, and print its secret once."`
	List    serviceList    `cmd:"" help:"List services and their roles."`
	Rotate  serviceRotate  `cmd:"" help:"Give a service another secret, and print it once."`
	Role    serviceRole    `cmd:"" help:"Give a service a role, or take it away."`
	Disable serviceDisable `cmd:"" help:"Keep a service out."`
	Enable  serviceEnable  `cmd:"" help:"Let a service in again."`
	Delete  serviceDelete  `cmd:"" help:"Delete a service, with its sessions, tokens, roles and grants."`
}

type serviceAdd struct {
	asking
	Name string `arg:"" help:"Name of the service, which is its client id."`
	Role string `default:"contributor" enum:"viewer,contributor,maintainer,admin" help:"Role in the workspace: ${enum}."`
}

// Help teaches.
func (serviceAdd) Help() string {
	return `A service signs in by its name and secret: at POST /token (client_credentials), or as user and password of HTTP basic. The secret
is the last word that is printed, and cannot be shown again.

  tacit service add trainer --role contributor
` + accountHelp
}

// Run makes the service.
func (c serviceAdd) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		var made rest.AccountBody
		body := rest.NewServiceBody{Name: c.Name, RoleBody: rest.RoleBody{Role: c.Role, Everywhere: c.everywhere()}}
		if err := server.Send(ctx, "POST", "/services", body, &made); err != nil {
			return err
		}
		return t.result(made, "service %s  %s in %s  secret, shown once: %s", made.Name, c.Role, c.Workspace, made.Secret)
	})
}

type serviceList struct{ asking }

// Run prints a line a service.
func (c serviceList) Run(ctx context.Context, t *terminal) error {
	return listAccounts(ctx, t, c.asking, "/services")
}

type serviceRole struct {
	asking
	Name string `arg:"" help:"Name of the service."`
	Role string `required:"" enum:"viewer,contributor,maintainer,admin,none" help:"Role in the workspace: ${enum}."`
}

// Run gives the role.
func (c serviceRole) Run(ctx context.Context, t *terminal) error {
	return setRole(ctx, t, c.asking, "service", c.Name, c.Role)
}

type serviceDisable struct {
	asking
	Name string `arg:"" help:"Name of the service."`
}

// Run keeps the service out.
func (c serviceDisable) Run(ctx context.Context, t *terminal) error {
	return setDisabled(ctx, t, c.asking, "service", c.Name, true)
}

type serviceEnable struct {
	asking
	Name string `arg:"" help:"Name of the service."`
}

// Run lets the service in.
func (c serviceEnable) Run(ctx context.Context, t *terminal) error {
	return setDisabled(ctx, t, c.asking, "service", c.Name, false)
}

type serviceDelete struct {
	reaching
	Name string `arg:"" help:"Name of the service."`
}

// Help teaches.
func (serviceDelete) Help() string {
	return `The name may be given again, to a service that gets nothing of what it had; what the service did stays told in the audit log.

  tacit service delete trainer
` + accountHelp
}

// Run deletes the service.
func (c serviceDelete) Run(ctx context.Context, t *terminal) error {
	return deleteAccount(ctx, t, c.reaching, "service", c.Name)
}
