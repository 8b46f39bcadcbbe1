// Package account has the pages about who enters: sign-in and the way out, a
// person's own account, and the people and services of the installation.
//
// Words. The account is the caller's own: sessions, password, personal access
// tokens. People are all others, whom an administrator looks after. A secret is
// shown on the page that answers its making, and on no other.
//
// It decides nothing: govern/access does.
package account
