// Package security is the pages about what models would do when they are loaded:
// the findings of a workspace, the rules, why a file is judged so, and the panels
// of a version's page.
//
// Words. A verdict, a finding, a coverage and a rule are those of govern/scan. The
// package judges nothing, and shows findings to whoever may read the version.
package security
