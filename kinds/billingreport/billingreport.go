// Package billingreport is the kind of a legacy Cost and Usage Report, which
// AWS delivers into a bucket.
package billingreport

import (
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/bucket"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

const created = "AWS takes it at the creation of a report only: it is {before}"

// fixed is what AWS takes at the creation of a report only (CloudFormation's
// schema of AWS::CUR::ReportDefinition, 2026).
var fixed = map[string]string{"timeUnit": created, "elements": created, "versioning": created}

// Kind is a billing report.
var Kind = &kind.Kind{
	Name:     "billing-report",
	Doc:      "a Cost and Usage Report that AWS delivers into a bucket",
	Requires: []*kind.Kind{bucket.Kind},
	Marked:   true,
	Prunes:   true,
	Fixed:    fixed,
	Calls: map[string][]string{"create": {"PutReportDefinition"}, "update": {"ModifyReportDefinition"},
		"delete": {"DeleteReportDefinition"}},
	Desired: desired,
	Live:    live,
	Confirm: confirm,
	Create:  create,
	Update:  update,
	Delete:  remove,
	Resume:  resume,
}

const inputName = "name"

// desired wants each report after its bucket and what the file says in the
// bucket's policy: AWS tests it when a report is made.
func desired(p *spec.Payer, _ *resource.State) ([]resource.Object, error) {
	objects := make([]resource.Object, 0, len(p.BillingReports))
	for _, r := range p.BillingReports {
		o := resource.Object{Ref: r.Ref(), Attrs: attributes(r), Origin: r.Pos.String(), Facts: map[string]string{},
			Inputs: resource.Attrs{inputName: resource.Lit(r.Name)},
			After:  []resource.Ref{spec.BucketRef(r.Bucket), spec.BucketPolicyRef(r.Bucket)}}
		switch {
		case r.Adopt.Own:
			o.Facts[resource.FactAdopt] = "own"
		case r.Adopt.Adopt:
			o.Facts[resource.FactAdopt] = "true"
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// attributes are those that the file sets. AWS asks for nearly all of them, so
// spec has filled in what the file leaves out.
func attributes(r spec.BillingReport) resource.Attrs {
	attrs := resource.Attrs{
		"bucket": resource.Lit(r.Bucket), "region": resource.Lit(r.Region), "prefix": resource.Lit(r.Prefix),
		"timeUnit": resource.Lit(r.TimeUnit), "format": resource.Lit(r.Format), "compression": resource.Lit(r.Compression),
		"elements": listed(r.Elements), "artifacts": listed(r.Artifacts), "versioning": resource.Lit(r.Versioning),
		"refreshClosedReports": resource.Lit(strconv.FormatBool(r.Refresh)),
	}
	orgs.SetWanted(attrs, r.Tags)
	return attrs
}

// listed is a list whose order means nothing.
func listed[T ~string](items []T) resource.Text {
	names := make([]string, len(items))
	for i, s := range items {
		names[i] = string(s)
	}
	slices.Sort(names)
	return resource.Lit(strings.Join(names, ", "))
}

// items takes a list apart again.
func items[T ~string](t resource.Text) []T {
	all := []T{} // AWS wants the list, be it empty
	if t.Value() != "" {
		for _, s := range strings.Split(t.Value(), ", ") {
			all = append(all, T(s))
		}
	}
	return all
}
