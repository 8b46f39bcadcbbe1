// Package refusal counts what was refused, so that a client that tries the same again
// and again leaves an entry a minute, and who tries one name after the other few.
// It writes nothing: access tells what is counted.
package refusal
