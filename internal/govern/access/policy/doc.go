// Package policy is what Cedar policies say: it reads them, decides by them, and
// says the same as a condition of a list.
//
// Words. A policy permits or forbids; what no policy permits is denied, and a
// forbid wins. Policies are text in the language Cedar (cedarpolicy.com); a Set
// is those of one installation. A resource is what an action is asked on, with
// its name, its tags and what it is within: a run in its experiment. A
// vocabulary is the actions that there are, each with the groups it is in.
//
// Decide asks Cedar's own engine about one resource. Condition gives filter
// trees over the resources of a list, which select those that Decide would let
// through: so a policy may test of a resource only what a list can test too, and
// Parse refuses the rest with its place. It refuses as well what could silently
// not apply: a name of nothing, and a tag's value asked without hasTag.
//
// It knows no rows, no roles' meaning and no grants: package access does.
package policy
