// Package oauth speaks OAuth 2.0 to programs: POST /token gives bearer tokens
// for a user's password, a service's secret or a refresh token (RFC 6749), POST
// /revoke ends them (RFC 7009), and /.well-known/oauth-authorization-server
// says where these are (RFC 8414).
//
// Words. A client of OAuth is a service, by its name and secret; programs that
// people use are public clients and have none. Tokens are opaque: what they are
// stands in the records alone, so that they end at once.
//
// It is not an OpenID Connect provider: it tells nobody who a user is.
package oauth
