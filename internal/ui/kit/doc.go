// Package kit is what every page is made of: the frame with its navigation,
// and the parts that stand in it.
//
// Words. A Site is what all pages share: style sheet, scripts, navigation. A
// Page is one page's title and place. A wing's package makes a templ component
// of the parts here and answers with Site.Serve. Parts take data, not HTML;
// what is a number on a page is written by kit/format, what is a curve is drawn
// by kit/chart.
//
// A part works without script: menus are <details>, tabs and sort heads are
// links, filters are GET forms. Scripts add to what is there (see web/src). No
// part carries a style attribute; the content-security policy forbids it.
//
// It knows no room and asks no service.
package kit
