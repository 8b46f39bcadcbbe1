// Package ui is the face that people look at: the pages.
//
// Words. A wing is a chapter of the guide and has one package here that makes
// its pages (develop, deploy, govern); kit is what pages are made of. A page
// asks services through the interfaces of its wing's ports.go, and every page
// is a row {method, pattern, action, object} of this face.
//
// Pages are made on the server and are whole without script. They decide
// nothing: what may be done and what a filter means, the rooms say.
package ui
