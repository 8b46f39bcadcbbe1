// Package app composes the house: it opens the foundations, gives every room
// what it needs, mounts the faces and runs the workers.
//
// rooms.go lists every room once; plan.txt says which room may import which.
// It decides nothing itself and holds no room's words.
package app
