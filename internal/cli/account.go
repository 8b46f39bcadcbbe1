package cli

import (
	"context"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// userCommand is about people.
type userCommand struct {
	Add     userAdd     `cmd:"" help:"Make a user."`
	Invite  userInvite  `cmd:"" help:"Make a link by which a user sets a password, once."`
	List    userList    `cmd:"" help:"List users and their roles."`
	Role    userRole    `cmd:"" help:"Give a user a role, or take it away."`
	Disable userDisable `cmd:"" help:"Keep a user out, and end the user's sessions."`
	Enable  userEnable  `cmd:"" help:"Let a user in again."`
	Delete  userDelete  `cmd:"" help:"Delete a user, with sessions, tokens, roles, grants and links to providers."`
	Passwd  userPasswd  `cmd:"" help:"Give a user another password, and end the user's sessions."`
}

// accountHelp ends the help of each command here.
const accountHelp = `
Exit codes: 0 done · 2 could not do it · 3 there is no such thing, or no tacit here · 4 wrong usage`

type userAdd struct {
	asking
	Name         string `arg:"" help:"Name of the user."`
	Role         string `required:"" enum:"viewer,contributor,maintainer,admin" help:"Role in the workspace: ${enum}."`
	PasswordFile string `required:"" placeholder:"FILE" help:"File whose first line is the password; - is standard input."`
}

// Help teaches.
func (userAdd) Help() string {
	return `A role holds in one workspace, or in all with --workspace '*'. Viewers read; contributors make and change experiments, runs and
artifacts; maintainers register, promote and delete; administrators do all. Whoever is to make users needs the role admin in all.

  tacit user add root --role admin --workspace '*' --password-file password.txt
  tacit user add ada --role contributor --password-file -
` + accountHelp
}

// Run makes the user.
func (c userAdd) Run(ctx context.Context, t *terminal) error {
	password, err := readPassword(t, c.PasswordFile)
	if err != nil {
		return err
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		var made rest.AccountBody
		body := rest.NewUserBody{Name: c.Name, Password: password, RoleBody: rest.RoleBody{Role: c.Role, Everywhere: c.everywhere()}}
		if err := server.Send(ctx, "POST", "/users", body, &made); err != nil {
			return err
		}
		return t.result(made, "user %s  %s in %s", made.Name, c.Role, c.Workspace)
	})
}

type userList struct{ asking }

// Run prints a line a user.
func (c userList) Run(ctx context.Context, t *terminal) error {
	return listAccounts(ctx, t, c.asking, "/users")
}

type userRole struct {
	asking
	Name string `arg:"" help:"Name of the user."`
	Role string `required:"" enum:"viewer,contributor,maintainer,admin,none" help:"Role in the workspace: ${enum}."`
}

// Run gives the role.
func (c userRole) Run(ctx context.Context, t *terminal) error {
	return setRole(ctx, t, c.asking, "user", c.Name, c.Role)
}

type userDisable struct {
	asking
	Name string `arg:"" help:"Name of the user."`
}

// Run keeps the user out.
func (c userDisable) Run(ctx context.Context, t *terminal) error {
	return setDisabled(ctx, t, c.asking, "user", c.Name, true)
}

type userEnable struct {
	asking
	Name string `arg:"" help:"Name of the user."`
}

// Run lets the user in.
func (c userEnable) Run(ctx context.Context, t *terminal) error {
	return setDisabled(ctx, t, c.asking, "user", c.Name, false)
}

type userDelete struct {
	reaching
	Name string `arg:"" help:"Name of the user."`
}

// Help teaches.
func (userDelete) Help() string {
	return `The name may be given again, to somebody who gets nothing of what it had; what the user did stays told in the audit log. Whom a
provider of OpenID Connect knows comes back as a new user at the next sign-in: tacit user disable keeps out for good.

  tacit user delete ada
` + accountHelp
}

// Run deletes the user.
func (c userDelete) Run(ctx context.Context, t *terminal) error {
	return deleteAccount(ctx, t, c.reaching, "user", c.Name)
}

type userPasswd struct {
	asking
	Name            string `arg:"" help:"Name of the user."`
	PasswordFile    string `required:"" placeholder:"FILE" help:"File whose first line is the new password; - is standard input."`
	OldPasswordFile string `placeholder:"FILE" help:"File of the password before, for who changes their own over --url."`
}

// Run changes the password.
func (c userPasswd) Run(ctx context.Context, t *terminal) error {
	password, err := readPassword(t, c.PasswordFile)
	if err != nil {
		return err
	}
	old := ""
	if c.OldPasswordFile != "" {
		if old, err = readPassword(t, c.OldPasswordFile); err != nil {
			return err
		}
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		path := "/users/" + url.PathEscape(c.Name) + "/password"
		if err := server.Send(ctx, "PUT", path, rest.PasswordBody{Password: password, Old: old}, nil); err != nil {
			return nothing(err)
		}
		return t.result(map[string]string{"name": c.Name}, "user %s has another password", c.Name)
	})
}

func listAccounts(ctx context.Context, t *terminal, a asking, path string) error {
	return a.ask(ctx, t, func(server *client.Client) error {
		all, err := accountsIn(ctx, server, a, path)
		if err != nil {
			return err
		}
		if t.json {
			return t.document(all)
		}
		var lines [][]string
		for _, one := range all {
			state, roles := "enabled", []string{}
			if one.Disabled {
				state = "disabled"
			}
			for _, g := range one.Roles {
				roles = append(roles, g.Role+" in "+g.Workspace)
			}
			lines = append(lines, []string{one.Name, state, strings.Join(roles, ", ")})
		}
		t.columns(lines)
		return nil
	})
}

func deleteAccount(ctx context.Context, t *terminal, a reaching, kind, name string) error {
	return a.askIn(ctx, t, "", func(server *client.Client) error {
		if err := server.Send(ctx, "DELETE", "/"+kind+"s/"+url.PathEscape(name), nil, nil); err != nil {
			return nothing(err)
		}
		return t.result(map[string]any{"name": name, "deleted": true}, "%s %s is deleted", kind, name)
	})
}

func setRole(ctx context.Context, t *terminal, a asking, kind, name, role string) error {
	body := rest.RoleBody{Role: strings.TrimPrefix(role, "none"), Everywhere: a.everywhere()}
	return a.ask(ctx, t, func(server *client.Client) error {
		if err := server.Send(ctx, "PUT", "/"+kind+"s/"+url.PathEscape(name)+"/role", body, nil); err != nil {
			return nothing(err)
		}
		return t.result(map[string]string{"name": name, "role": role, "workspace": a.Workspace}, "%s %s  %s in %s", kind, name, role, a.Workspace)
	})
}

func setDisabled(ctx context.Context, t *terminal, a asking, kind, name string, disabled bool) error {
	return a.ask(ctx, t, func(server *client.Client) error {
		if err := server.Send(ctx, "PATCH", "/"+kind+"s/"+url.PathEscape(name), rest.DisabledBody{Disabled: disabled}, nil); err != nil {
			return nothing(err)
		}
		state := "enabled"
		if disabled {
			state = "disabled"
		}
		return t.result(map[string]any{"name": name, "disabled": disabled}, "%s %s is %s", kind, name, state)
	})
}

// readPassword reads the first line of a file, or of standard input.
func readPassword(t *terminal, path string) (string, error) {
	in := t.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", wrongUsage(fault.Because(err, fault.Invalid, "The password file %s cannot be read.", path))
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, 8<<10))
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", wrongUsage(fault.New(fault.Invalid, "The password file %s begins with an empty line.", path))
	}
	return line, nil
}
