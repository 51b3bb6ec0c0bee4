package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// systemd tells the service manager how the daemon is, by sd_notify(3). Outside
// systemd, where $NOTIFY_SOCKET is not set, nothing is told.
type systemd struct {
	log  *slog.Logger
	last string // the STATUS that was told
}

func (s *systemd) tell(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		s.log.Warn("systemd cannot be told", "state", state, "error", err)
	}
}

func (s *systemd) ready() { s.tell(sd.SdNotifyReady) }

// reloading says since when, as a unit of Type=notify-reload wants it.
func (s *systemd) reloading() {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		s.tell(sd.SdNotifyReloading)
		return
	}
	s.tell(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", sd.SdNotifyReloading, now.Nano()/int64(time.Microsecond)))
}

func (s *systemd) stopping() { s.tell(sd.SdNotifyStopping) }

// status is the line that systemctl status shows.
func (s *systemd) status(line string) {
	if line != s.last {
		s.last = line
		s.tell("STATUS=" + line)
	}
}

// pulse is how often the loop has to beat, so that the watchdog never takes one
// that sleeps for one that hangs.
func (s *systemd) pulse() time.Duration {
	every, err := sd.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return heartbeat
	}
	return min(heartbeat, every/3)
}

// watch keeps the watchdog at bay while the loop is alive: a loop that hangs is
// restarted, since it would manage nothing and say nothing.
func (s *systemd) watch(ctx context.Context, alive func() time.Time) {
	every, err := sd.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if time.Since(alive()) < every {
				s.tell(sd.SdNotifyWatchdog)
			}
		}
	}
}
