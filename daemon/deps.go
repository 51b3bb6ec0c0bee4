package daemon

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/daemon/metrics"
	"github.com/payer-reconciler/reconciler/daemon/status"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/spec"
)

// Entry is what a pass asks of a session into a payer, beside the payer itself.
type Entry struct {
	Gate    func(ctx context.Context) (context.Context, context.CancelFunc, error)
	Observe func(cloud.Call)
	Audit   func(cloud.Write)
}

// Options are what a daemon is made of.
type Options struct {
	Config *config.Config
	// Reload reads the config file again.
	Reload func() (*config.Config, error)
	// Open enters a payer.
	Open    func(ctx context.Context, p *spec.Payer, e Entry) (*cloud.Session, error)
	Kinds   []*kind.Kind
	Presets fs.FS
	Version string
	Who     string // the user and the host, for whoever finds the lock held
	Log     *slog.Logger
	// Audit takes the line of every write; nil where none are kept.
	Audit func(cloud.Write)
	// Reopened is told when the log files are to be opened anew, as behind a
	// rotation; it may be nil.
	Reopened func(*config.Config) error

	// Hangup is told by SIGHUP: read the config again and look at everything.
	Hangup <-chan struct{}
	// Abort, once closed, cuts short what is under way.
	Abort <-chan struct{}
	// Once makes one pass over every payer and ends.
	Once bool
	// Grace is how long changes under way may take once the daemon is to end;
	// 0 is 45 s.
	Grace time.Duration

	pace pace
}

// pace is how fast a daemon does what no config says; 0 is its own pace. Tests
// are in a hurry.
type pace struct {
	lease     time.Duration // its time to live
	pauseLook time.Duration // how often a pause is looked for while changes are made
	pages     time.Duration // how often CSVs are committed while changes are made
	apply     time.Duration // how long a plan is applied whatever newer commits come
}

// deps is what every pass needs and none changes.
type deps struct {
	opts    Options
	log     *slog.Logger
	board   *status.Board
	metrics *metrics.Metrics
	source  source
	slot    *slot
	abort   <-chan struct{} // cuts short what is under way
}
