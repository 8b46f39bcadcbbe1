// Package peer is tacit under the names of the scanners that people already run:
// called as modelscan, picklescan, fickling or modelaudit, the program takes that
// one's command line, prints in its shape and ends with its exit codes.
//
// What is told are tacit's own findings, of which there are more than theirs, and a
// finding is never hidden behind a file that could not be read. With
// --strict-compat the answers are those of modelscan 0.8.8 and picklescan 1.0.5
// themselves, exit codes and blind spots included.
//
// An option of the other program is carried out, or refused by its name with the
// reason; none is ignored. One file holds one program.
package peer
