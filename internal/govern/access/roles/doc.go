// Package roles says what roles may do: which actions there are, the least role that
// each takes, the shipped policies that say so in Cedar, and the scopes by which a
// token lets through less. It decides nothing about objects, and keeps nothing.
package roles
