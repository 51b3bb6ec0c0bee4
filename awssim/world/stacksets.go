package world

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// StackSetsPrincipal is the service principal of CloudFormation's service-managed stack sets.
const StackSetsPrincipal = "member.org.stacksets.cloudformation.amazonaws.com"

// The figures of the AWS CloudFormation user guide, "StackSets quotas" and
// "Template limits", and of the API reference, read 2026-11.
const (
	maxTemplate  = 51200 // bytes of a template in a call
	maxStackSets = 1000
	maxTargets   = 50 // units of one operation
)

// StackSet is a service-managed stack set of a management account in a region.
// The fields are those of the service model, beside a few of our own; all of it
// is state, so that a world writes it down as it is.
type StackSet struct {
	Seq                   uint64
	Owner, Home           string // the account and the region where it lives
	StackSetName          string
	StackSetId            string
	StackSetARN           string
	Description           string `json:",omitempty"`
	Status                string
	TemplateBody          string
	Capabilities          []string
	Tags                  []Tag
	Auto, Retain          bool // of automatic deployment
	OrganizationalUnitIds []string
	Regions               []string
	Instances             []*StackInstance // by account, then region
	Operations            []*StackOperation
	Generation            int // of the template and the tags
}

func (s *StackSet) order() uint64 { return s.Seq }

// StackInstance is the stack of a set in one account and region.
type StackInstance struct {
	Account, Region, StackId, OrganizationalUnitId string
	Status, DetailedStatus, StatusReason           string
	LastOperationId                                string
	Generation                                     int
	Role                                           string // what it has made
	Held                                           stackHeld
}

// StackPreferences say how an operation goes about its accounts.
type StackPreferences struct {
	FailureToleranceCount, FailureTolerancePercentage *int `json:",omitempty"`
	MaxConcurrentCount, MaxConcurrentPercentage       *int `json:",omitempty"`
	ConcurrencyMode                                   string
}

// Check refuses what AWS refuses in preferences.
func (p StackPreferences) Check() error {
	switch {
	case p.FailureToleranceCount != nil && p.FailureTolerancePercentage != nil,
		p.MaxConcurrentCount != nil && p.MaxConcurrentPercentage != nil:
		return invalidStack("Specify either a count or a percentage, not both")
	case p.ConcurrencyMode != "" && p.ConcurrencyMode != "STRICT_FAILURE_TOLERANCE" && p.ConcurrencyMode != "SOFT_FAILURE_TOLERANCE":
		return invalidStack("Value '%s' at 'operationPreferences.concurrencyMode' failed to satisfy constraint", p.ConcurrencyMode)
	}
	return nil
}

// tolerance is how many accounts of n may fail.
func (p StackPreferences) tolerance(n int) int {
	switch {
	case p.FailureToleranceCount != nil:
		return *p.FailureToleranceCount
	case p.FailureTolerancePercentage != nil:
		return n * *p.FailureTolerancePercentage / 100
	}
	return 0
}

func invalidStack(format string, args ...any) *Error {
	return refuse("ValidationError", format, args...)
}

func noStackSet(name string) *Error {
	return refuse("StackSetNotFoundException", "StackSet %s not found", name)
}

// stacksOrg finds the organization of who may operate service-managed stack sets.
func (w *World) stacksOrg(who string) (*org, error) {
	a := w.account(who)
	if a.org == nil || a.org.master != a {
		return nil, invalidStack("You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set")
	}
	if !a.org.stacksOn() {
		return nil, invalidStack("You must enable organizations access to operate a service managed stack set")
	}
	return a.org, nil
}

// stacksOn says that CloudFormation itself was let in. Trusted access that was
// given through Organizations alone is not enough.
func (o *org) stacksOn() bool {
	_, trusted := o.services[StackSetsPrincipal]
	return trusted && o.stacks
}

// ActivateOrganizationsAccess lets stack sets into the organization. Again is no mistake.
func (w *World) ActivateOrganizationsAccess(who string) error {
	o, err := w.stacksPayer(who)
	if err != nil {
		return err
	}
	o.stacks = true
	return w.EnableAWSServiceAccess(who, StackSetsPrincipal)
}

// DeactivateOrganizationsAccess ends that.
func (w *World) DeactivateOrganizationsAccess(who string) error {
	o, err := w.stacksPayer(who)
	if err != nil {
		return err
	}
	for _, s := range w.stackSets {
		if s.Owner == who && s.Status == "ACTIVE" {
			return refuse("InvalidOperationException", "There are service-managed stack sets in the organization.")
		}
	}
	o.stacks = false
	delete(o.services, StackSetsPrincipal)
	return nil
}

// DescribeOrganizationsAccess tells whether stack sets are let in.
func (w *World) DescribeOrganizationsAccess(who string) (string, error) {
	o, err := w.stacksPayer(who)
	switch {
	case err != nil:
		return "", err
	case o.stacksOn():
		return "ENABLED", nil
	}
	return "DISABLED", nil
}

func (w *World) stacksPayer(who string) (*org, error) {
	a := w.account(who)
	if a.org == nil || a.org.master != a || a.org.features != "ALL" {
		return nil, refuse("InvalidOperationException", "You must be the management account of an organization with all features.")
	}
	return a.org, nil
}

var stackSetName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

// NewStackSet is what CreateStackSet and UpdateStackSet are asked for.
type NewStackSet struct {
	Name, Region, Description, Template string
	UsePrevious                         bool
	Capabilities                        []string
	Tags                                []Tag // nil: an update keeps them
	Auto, Retain                        *bool
	Preferences                         StackPreferences
	Units, Regions                      []string // an update: of those instances alone; none: of all
	Filter                              StackFilter
}

// CreateStackSet makes a stack set without any instance.
func (w *World) CreateStackSet(who string, in NewStackSet) (string, error) {
	if _, err := w.stacksOrg(who); err != nil {
		return "", err
	}
	switch {
	case !stackSetName.MatchString(in.Name):
		return "", invalidStack("1 validation error detected: Value '%s' at 'stackSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", in.Name)
	case in.Auto == nil:
		return "", invalidStack("AutoDeployment must be specified for service-managed stack sets")
	case len(in.Description) > 1024:
		return "", invalidStack("The description is longer than 1024 characters")
	}
	if err := checkStackTemplate(in.Template, in.Capabilities); err != nil {
		return "", err
	}
	if err := checkStackTags(in.Tags); err != nil {
		return "", err
	}
	live := 0
	for _, s := range w.stackSets {
		if s.Owner != who || s.Home != in.Region || s.Status != "ACTIVE" {
			continue
		}
		if live++; s.StackSetName == in.Name {
			return "", refuse("NameAlreadyExistsException", "StackSet %s already exists", in.Name)
		}
	}
	if live >= maxStackSets {
		return "", refuse("LimitExceededException", "You have reached the number of stack sets.")
	}
	n := w.next()
	id := in.Name + ":" + uuid(hash(who, in.Region, in.Name)+n)
	w.stackSets = append(w.stackSets, &StackSet{
		Seq: n, Owner: who, Home: in.Region, StackSetName: in.Name, StackSetId: id, Status: "ACTIVE", Description: in.Description,
		StackSetARN:  "arn:aws:cloudformation:" + in.Region + ":" + who + ":stackset/" + id,
		TemplateBody: in.Template, Capabilities: in.Capabilities, Tags: slices.Clone(in.Tags), Auto: *in.Auto, Retain: in.Retain != nil && *in.Retain,
	})
	return id, nil
}

func checkStackTags(tags []Tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case t.Key == "" || t.Value == "" || len(t.Key) > 128 || len(t.Value) > 256:
			return invalidStack("1 validation error detected: a tag at 'tags' failed to satisfy constraint on its length")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return invalidStack("aws: prefixed tag key names are not allowed for external use.")
		case seen[t.Key]:
			return invalidStack("Duplicate tag keys found: %s", t.Key)
		}
		seen[t.Key] = true
	}
	if len(tags) > maxTags {
		return invalidStack("More than %d tags", maxTags)
	}
	return nil
}

// uuid is a number in the letters of a UUID.
func uuid(seed uint64) string {
	s := letters(hexa, 32, seed)
	return fmt.Sprintf("%s-%s-%s-%s-%s", s[:8], s[8:12], s[12:16], s[16:20], s[20:])
}

// stackSet finds an active set by name, by id or by ARN.
func (w *World) stackSet(who, region, name string) (*StackSet, error) {
	for _, s := range w.stackSets {
		if s.Owner == who && s.Home == region && s.Status == "ACTIVE" && (s.StackSetName == name || s.StackSetId == name || s.StackSetARN == name) {
			return s, nil
		}
	}
	return nil, noStackSet(name)
}

// DescribeStackSet tells of one set.
func (w *World) DescribeStackSet(who, region, name string) (*StackSet, error) {
	return w.stackSet(who, region, name)
}

// ListStackSets lists the sets of a region in a state, all where none is given.
func (w *World) ListStackSets(who, region, status string, p Page) ([]*StackSet, uint64) {
	l := list[*StackSet]{w.stackSets}
	return l.page(p, func(s *StackSet) bool {
		return s.Owner == who && s.Home == region && (status == "" || s.Status == status)
	})
}

// DeleteStackSet deletes a set that has no instance left.
func (w *World) DeleteStackSet(who, region, name string) error {
	s, err := w.stackSet(who, region, name)
	if err != nil {
		return nil // AWS declares no error for a set that is not there
	}
	if err := s.idle(); err != nil {
		return err
	}
	if len(s.Instances) > 0 {
		return refuse("StackSetNotEmptyException", "StackSet is not empty")
	}
	s.Status, s.TemplateBody, s.Operations = "DELETED", "", nil
	return nil
}

// UpdateStackSet changes a set, and begins to bring the change to its instances.
func (w *World) UpdateStackSet(who string, in NewStackSet, operation string) (string, error) {
	o, err := w.stacksOrg(who)
	if err != nil {
		return "", err
	}
	s, err := w.stackSet(who, in.Region, in.Name)
	if err != nil {
		return "", err
	}
	if in.UsePrevious {
		in.Template = s.TemplateBody
	}
	if err := checkStackTemplate(in.Template, in.Capabilities); err != nil {
		return "", err
	}
	if err := checkStackTags(in.Tags); err != nil {
		return "", err
	}
	if err := s.idle(); err != nil {
		return "", err
	}
	if err := in.Filter.check("UPDATE"); err != nil {
		return "", err
	}
	op := &StackOperation{Action: "UPDATE", Preferences: in.Preferences, ID: operation, Units: in.Units, Filter: in.Filter}
	if len(in.Units) > 0 {
		op.Targets = s.within(o, in.Units, in.Regions, in.Filter)
	} else {
		for _, i := range s.Instances {
			op.Targets = append(op.Targets, StackTarget{Account: i.Account, Region: i.Region, Unit: i.OrganizationalUnitId})
		}
	}
	op.Targets = slices.DeleteFunc(op.Targets, func(t StackTarget) bool { return s.instance(t).Status == "INOPERABLE" })
	s.change(in)
	return w.beginStack(s, op)
}

// change takes over what an update says of the set. Without another template or
// tags its instances stay what they are.
func (s *StackSet) change(in NewStackSet) {
	if in.Template != s.TemplateBody {
		for _, i := range s.Instances {
			i.Status = "OUTDATED"
		}
	}
	if in.Template != s.TemplateBody || in.Tags != nil || len(in.Units) == 0 {
		s.Generation++
	}
	s.TemplateBody, s.Capabilities, s.Description = in.Template, in.Capabilities, in.Description
	if in.Tags != nil {
		s.Tags = slices.Clone(in.Tags)
	}
	if in.Auto != nil {
		s.Auto, s.Retain = *in.Auto, in.Retain != nil && *in.Retain
	}
}

// idle refuses where an operation is under way.
func (s *StackSet) idle() error {
	for _, op := range s.Operations {
		if op.underWay() {
			return refuse("OperationInProgressException", "Another Operation on StackSet %s is in progress: %s", s.StackSetARN, op.ID)
		}
	}
	return nil
}

// DefaultStackTime is how long an operation on a stack set takes where the clock is driven by hand.
const DefaultStackTime = 30 * time.Second
