package executor

import "time"

// checkpoints is the clock of Options.Checkpoint: a stopped one where nobody
// asks for it.
func (r *run) checkpoints() *time.Timer {
	t := time.NewTimer(r.opts.CheckpointEvery)
	if r.opts.Checkpoint == nil {
		t.Stop()
	}
	return t
}

// tell gives a checkpoint where something got done since the last one.
func (r *run) tell() {
	if r.changed {
		r.changed = false
		r.opts.Checkpoint(r.result.Live)
	}
}
