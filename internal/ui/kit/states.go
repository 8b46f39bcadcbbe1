package kit

import "strings"

// RunState is a run's status, as MLflow writes it, as tone and word.
func RunState(status string) (Tone, string) {
	word := strings.ToLower(status)
	switch status {
	case "FINISHED":
		return Good, word
	case "FAILED":
		return Bad, word
	case "RUNNING":
		return Going, word
	}
	return Idle, word
}

// StageTone is the colour of a model stage: what serves is green, what is on
// trial has the accent.
func StageTone(stage string) string {
	switch stage {
	case "Production":
		return "ok"
	case "Staging":
		return "info"
	}
	return ""
}
