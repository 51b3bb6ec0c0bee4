package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// addTags puts in the tags that the file sets on any account, or that a CSV
// has a column for, from one bulk read.
func (r *reader) addTags(ctx context.Context) error {
	keys := map[string]bool{}
	for a := range r.p.AllAccounts() {
		for k := range a.Tags {
			keys[k] = true
		}
	}
	for _, f := range r.p.CSVs() {
		for _, c := range f.Columns {
			if key, ok := strings.CutPrefix(c, "tag:"); ok {
				keys[key] = true
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	bulk, err := orgs.BulkTags(ctx, r.s, "organizations:account")
	if err != nil {
		return err
	}
	for i := range r.objects {
		orgs.AddBulk(&r.objects[i], bulk[r.objects[i].Outputs["arn"]], keys)
	}
	return nil
}

// matchNames finds the wanted accounts that live under another address, by
// their name: their root email was changed, or the file's was.
func (r *reader) matchNames(missing map[string]spec.Account, wanted map[resource.Ref]bool) {
	for i := range r.objects {
		o := &r.objects[i]
		a, ok := missing[o.Facts[resource.FactName]]
		if !ok || wanted[o.Ref] || o.Facts[resource.FactSystem] != "" || closed(o.Facts[resource.FactState]) {
			continue
		}
		if _, taken := r.byRef[a.Ref()]; taken {
			continue // two accounts bear the name: the first stands for both
		}
		delete(r.byRef, o.Ref)
		o.Ref = a.Ref()
		r.byRef[o.Ref] = i
	}
}

// refusePattern blocks a pool none of whose emails lives while its accounts
// live under other ones: the pattern was edited, and the plan would make the
// whole pool a second time. free are accounts that nobody claims.
func (r *reader) refusePattern(free []int) {
	var changed []spec.Pool
	for _, pool := range r.p.Pools {
		if len(pool.Accounts) > 0 && r.noneLives(pool) {
			changed = append(changed, pool)
		}
	}
	for _, pool := range changed {
		ids := map[string]bool{}
		for _, a := range pool.Accounts {
			ids[a.ID] = true
		}
		same := 0
		for _, i := range free {
			o := r.objects[i]
			if o.Owner == r.p.Name && o.Facts[resource.FactPool] == pool.Name && ids[o.Facts[resource.FactID]] {
				same++
			}
		}
		if same == 0 {
			continue
		}
		reason := fmt.Sprintf("all %d emails of pool %s changed, while %d of its accounts live under other ones; "+
			"the root email cannot be changed by an API: put the old pattern back, or give the new accounts a pool of their own",
			len(pool.Accounts), pool.Name, same)
		for _, a := range pool.Accounts {
			r.put(resource.Object{Ref: a.Ref(), Facts: map[string]string{resource.FactAbsent: "true", resource.FactBlocked: reason}})
		}
	}
}

// matchMarks finds the wanted accounts that live under another address and
// another name, by the mark that their creation gave them. Without it they
// would be made a second time.
func (r *reader) matchMarks(missing map[string]spec.Account, free []int) {
	byEmail := map[string]spec.Account{}
	byID := map[[2]string]spec.Account{}
	for _, a := range missing {
		byEmail[orgs.MarkName(a.Ref().Name)] = a
		if a.Pool != "" {
			byID[[2]string{a.Pool, a.ID}] = a
		}
	}
	for _, i := range free {
		o := &r.objects[i]
		if o.Owner != r.p.Name || closed(o.Facts[resource.FactState]) {
			continue
		}
		a, ok := byEmail[o.Attrs["tags."+orgs.KeyName].Value()]
		if !ok {
			a, ok = byID[[2]string{o.Facts[resource.FactPool], o.Facts[resource.FactID]}]
		}
		if _, taken := r.byRef[a.Ref()]; !ok || taken {
			continue
		}
		delete(r.byRef, o.Ref)
		o.Ref = a.Ref()
		r.byRef[o.Ref] = i
	}
}

// noneLives says that no account of the pool is there, or under way.
func (r *reader) noneLives(pool spec.Pool) bool {
	for _, a := range pool.Accounts {
		if i, ok := r.byRef[a.Ref()]; ok && r.objects[i].Facts[resource.FactAbsent] == "" {
			return false
		}
	}
	return true
}

// free lists the live accounts that no entry of the file claims.
func (r *reader) free(wanted map[resource.Ref]bool) []int {
	var free []int
	for i, o := range r.objects {
		if !wanted[o.Ref] && o.ID() != "" && o.Facts[resource.FactSystem] == "" {
			free = append(free, i)
		}
	}
	return free
}

// readSurplus reads the marks of the accounts that nobody claims where a pool
// parks its surplus.
func (r *reader) readSurplus(ctx context.Context) error {
	parks := false
	for _, pool := range r.p.Pools {
		parks = parks || pool.Surplus.Action == "park"
	}
	if !parks {
		return nil
	}
	wanted := map[resource.Ref]bool{}
	for a := range r.p.AllAccounts() {
		wanted[a.Ref()] = true
	}
	return r.readMarks(ctx, slices.DeleteFunc(r.free(wanted), func(i int) bool {
		return r.p.Run.Unmarked != nil && r.p.Run.Unmarked(r.objects[i].ID()) // nothing of ours to park
	}))
}

// readMarks reads the marks of some accounts: those that the bulk read shows
// from there, the others one by one, since the bulk read may lag.
func (r *reader) readMarks(ctx context.Context, some []int) error {
	if len(some) == 0 {
		return nil
	}
	bulk, err := orgs.BulkTags(ctx, r.s, "organizations:account", tagtypes.TagFilter{Key: aws.String(orgs.KeyPayer)})
	if err != nil {
		return err
	}
	return orgs.Each(ctx, some, func(ctx context.Context, _, i int) error {
		o := r.objects[i]
		if o.OwnerRead {
			return nil
		}
		tags := bulk[o.Outputs["arn"]]
		if tags[orgs.KeyPayer] == "" {
			var err error
			if tags, err = readTags(ctx, r.s, o.ID()); err != nil {
				return err
			}
		}
		r.objects[i] = marked(o, tags)
		return nil
	})
}

// marked puts what the mark says into a live account.
func marked(o resource.Object, tags map[string]string) resource.Object {
	o = orgs.Confirm(o, tags)
	facts := make(map[string]string, len(o.Facts)+2)
	for k, v := range o.Facts {
		facts[k] = v
	}
	if v := tags[orgs.KeyPool]; v != "" {
		facts[resource.FactPool], facts[resource.FactID] = v, tags[orgs.KeyID]
	}
	if o.Attrs["ou"].Value() == spec.RootRef.String() && o.Owner != "" && facts[factListed] == "" && recent(facts[resource.FactJoined]) {
		facts[resource.FactNew] = "true"
	}
	o.Facts = facts
	return o
}

// recent says whether an account joined so short a time ago that its creation
// may not have ended: a run that was killed is taken up again within a day.
func recent(joined string) bool {
	at, err := time.Parse(time.RFC3339, joined)
	return err == nil && time.Since(at) < 24*time.Hour
}

func confirm(ctx context.Context, s *cloud.Session, have resource.Object) (resource.Object, error) {
	if have.ID() == "" {
		have.OwnerRead = true // a request of ours under way, or none at all
		return have, nil
	}
	tags, err := readTags(ctx, s, have.ID())
	if err != nil {
		return have, err
	}
	return marked(have, tags), nil
}

// readTags reads the tags of an account that is there. One that AWS does not
// know is younger than its lists: they are asked again.
func readTags(ctx context.Context, s *cloud.Session, id string) (tags map[string]string, err error) {
	err = orgs.Settle(ctx, s, []string{"TargetNotFoundException"}, func() error {
		tags, err = orgs.ReadTags(ctx, s, id)
		return err
	})
	return tags, err
}
