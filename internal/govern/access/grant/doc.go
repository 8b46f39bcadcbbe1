// Package grant says what grants let through: their levels, what they are on, and
// which of several is the nearest to a thing, of one and as a condition over many.
// It keeps none and gives none: that is access.
package grant
