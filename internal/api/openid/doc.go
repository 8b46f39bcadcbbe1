// Package openid asks providers of OpenID Connect who somebody is: discovery,
// the code flow with PKCE, and what an ID token and the provider's userinfo tell.
//
// Words. A provider is another program that people sign in at; an identity is
// what it proves of one. A flow is one way there and back: what it binds to the
// browser that began it is made of one random value, which that browser alone
// keeps, so that an answer meant for another browser, or one that comes again,
// is worth nothing.
//
// Providers are looked up when they are first asked, not at the start: one that
// is down keeps nobody from starting tacit or signing in by other ways. It keeps
// no users and decides nothing: govern/access does.
package openid
