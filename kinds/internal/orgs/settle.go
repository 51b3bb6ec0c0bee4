package orgs

import (
	"context"
	"slices"
	"time"

	"github.com/payer-reconciler/reconciler/cloud"
)

// Settle does what may be refused for a moment because AWS does not see
// everywhere yet what was just made: while the error has one of the codes, it
// does it again after 1, 2, 3 … s on the session's clock, [Looks] times in all.
// The last error is its own.
func Settle(ctx context.Context, s *cloud.Session, codes []string, do func() error) error {
	for look := 1; ; look++ {
		err := do()
		if err == nil || look == Looks || !slices.Contains(codes, cloud.Code(err)) {
			return err
		}
		if err := s.Sleep(ctx, time.Duration(look)*time.Second); err != nil {
			return err
		}
	}
}
