package world

import (
	"maps"
	"slices"
	"strings"
)

// maxReports is how many reports an account may have: so says the
// documentation of ReportLimitReachedException.
const maxReports = 5

// billing is the service that writes reports into buckets.
const billing = "billingreports.amazonaws.com"

// Report is a ReportDefinition.
type Report struct {
	ReportName, TimeUnit, Format, Compression string
	AdditionalSchemaElements                  []string
	S3Bucket, S3Prefix, S3Region              string
	AdditionalArtifacts                       []string
	RefreshClosedReports                      bool
	ReportVersioning                          string
	BillingViewArn                            string `json:",omitempty"`
}

// report is a report of an account, live and saved.
type report struct {
	Account string
	Report  Report
	Tags    []Tag `json:",omitempty"`
	Seq     uint64
}

func (r *report) order() uint64 { return r.Seq }

func noValidReport(format string, args ...any) *Error {
	return refuse("ValidationException", format, args...)
}

func (w *World) reportsOf(account string) *list[*report] {
	if w.reports[account] == nil {
		w.reports[account] = &list[*report]{}
	}
	return w.reports[account]
}

func (w *World) report(account, name string) *report {
	for _, r := range w.reportsOf(account).items {
		if r.Report.ReportName == name {
			return r
		}
	}
	return nil
}

// checkReport holds a definition against the rules for what goes together, and
// its bucket against what the service needs.
func (w *World) checkReport(who string, r *Report) error {
	if r.ReportVersioning == "" {
		r.ReportVersioning = "CREATE_NEW_REPORT"
	}
	athena := slices.Contains(r.AdditionalArtifacts, "ATHENA")
	switch parquet := r.Format == "Parquet"; {
	case parquet != (r.Compression == "Parquet"):
		return noValidReport("Compression %s does not go with format %s.", r.Compression, r.Format)
	case athena && len(r.AdditionalArtifacts) > 1:
		return noValidReport("ATHENA cannot be combined with other artifacts.")
	case athena && (!parquet || r.ReportVersioning != "OVERWRITE_REPORT" || r.S3Prefix == ""):
		return noValidReport("ATHENA needs format Parquet, report versioning OVERWRITE_REPORT and a prefix.")
	case len(r.AdditionalArtifacts) > 0 && !athena && parquet:
		return noValidReport("REDSHIFT and QUICKSIGHT do not read Parquet.")
	}
	b := w.buckets[r.S3Bucket]
	if b == nil || b.Owner != who || b.Region != r.S3Region || !w.mayDeliver(b, r) {
		return noValidReport("Failed to verify customer bucket permission. accountId= %s, bucket name: %s, bucket region: %s", who, r.S3Bucket, r.S3Region)
	}
	return nil
}

// mayDeliver tells whether the policy of a bucket lets the service look at it
// and write a report of its owner's account there. The policy that AWS's own
// guide gives compares the source with definition/* letter by letter, so the
// service must say that of itself; who compares with the report's name, or with
// a wildcard, is let pass too.
func (w *World) mayDeliver(b *bucket, r *Report) bool {
	key := strings.TrimPrefix(r.S3Prefix+"/"+r.ReportName+"/aws-programmatic-access-test-object", "/")
	for _, name := range []string{"*", r.ReportName} {
		context := map[string][]string{
			"aws:sourceaccount": {b.Owner},
			"aws:sourcearn":     {"arn:" + partition(b.Region) + ":cur:" + home + ":" + b.Owner + ":definition/" + name},
		}
		if w.serviceMay(b, billing, "s3:GetBucketAcl", "", context) &&
			w.serviceMay(b, billing, "s3:GetBucketPolicy", "", context) &&
			w.serviceMay(b, billing, "s3:PutObject", key, context) {
			return true
		}
	}
	return false
}

// PutReportDefinition makes a report.
func (w *World) PutReportDefinition(who string, r Report, tags []Tag) error {
	switch {
	case w.report(who, r.ReportName) != nil:
		return refuse("DuplicateReportNameException", "A report with the same name already exists in the account.")
	case w.reportsOf(who).len() >= maxReports:
		return refuse("ReportLimitReachedException", "This account already has five reports defined.")
	}
	if err := checkReportTags(tags); err != nil {
		return err
	}
	if err := w.checkReport(who, &r); err != nil {
		return err
	}
	w.account(who)
	w.reportsOf(who).add(&report{Account: who, Report: r, Tags: merged(nil, tags), Seq: w.next()})
	return nil
}

// DescribeReportDefinitions lists the reports of an account.
func (w *World) DescribeReportDefinitions(who string, p Page) ([]Report, uint64) {
	page, next := w.reportsOf(who).page(p, nil)
	out := make([]Report, len(page))
	for i, r := range page {
		out[i] = r.Report
	}
	return out, next
}

// ModifyReportDefinition replaces a report. Its name, its time unit, what its
// lines hold and how its versions are kept stay.
func (w *World) ModifyReportDefinition(who, name string, r Report) error {
	old := w.report(who, name)
	if old == nil {
		return noValidReport("The report definition %s does not exist.", name)
	}
	if err := w.checkReport(who, &r); err != nil {
		return err
	}
	same := slices.Equal(slices.Sorted(slices.Values(r.AdditionalSchemaElements)), slices.Sorted(slices.Values(old.Report.AdditionalSchemaElements)))
	if r.ReportName != name || r.TimeUnit != old.Report.TimeUnit || r.ReportVersioning != old.Report.ReportVersioning || !same {
		return noValidReport("The name, the time unit, the schema elements and the versioning of a report cannot be changed.")
	}
	old.Report = r
	return nil
}

// DeleteReportDefinition removes a report.
func (w *World) DeleteReportDefinition(who, name string) error {
	r := w.report(who, name)
	if r == nil {
		return noValidReport("The report definition %s does not exist.", name)
	}
	w.reportsOf(who).remove(r)
	return nil
}

func checkReportTags(tags []Tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		if seen[t.Key] || strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return noValidReport("The tag key %s stands twice, or is one of AWS's.", t.Key)
		}
		seen[t.Key] = true
	}
	if len(tags) > maxTags {
		return noValidReport("A report has at most %d tags.", maxTags)
	}
	return nil
}

// merged are tags with others over them, in the order of their keys.
func merged(old, tags []Tag) []Tag {
	all := map[string]string{}
	for _, t := range append(slices.Clone(old), tags...) {
		all[t.Key] = t.Value
	}
	out := make([]Tag, 0, len(all))
	for _, k := range slices.Sorted(maps.Keys(all)) {
		out = append(out, Tag{k, all[k]})
	}
	return out
}

func (w *World) reportToTag(who, name string) (*report, error) {
	if r := w.report(who, name); r != nil {
		return r, nil
	}
	return nil, refuse("ResourceNotFoundException", "The specified report (%s) in the request doesn't exist.", name)
}

// TagReport sets tags on a report.
func (w *World) TagReport(who, name string, tags []Tag) error {
	r, err := w.reportToTag(who, name)
	if err != nil {
		return err
	}
	all := merged(r.Tags, tags)
	if err := checkReportTags(tags); err != nil {
		return err
	}
	if err := checkReportTags(all); err != nil {
		return err
	}
	r.Tags = all
	return nil
}

// UntagReport takes tags off; keys that are not there are no mistake.
func (w *World) UntagReport(who, name string, keys []string) error {
	r, err := w.reportToTag(who, name)
	if err == nil {
		r.Tags = slices.DeleteFunc(slices.Clone(r.Tags), func(t Tag) bool { return slices.Contains(keys, t.Key) })
	}
	return err
}

// TagsOfReport lists the tags of a report.
func (w *World) TagsOfReport(who, name string) ([]Tag, error) {
	r, err := w.reportToTag(who, name)
	if err != nil {
		return nil, err
	}
	return append([]Tag{}, r.Tags...), nil
}

func (w *World) saveReports() []*report {
	var out []*report
	for _, account := range slices.Sorted(maps.Keys(w.reports)) {
		out = append(out, w.reports[account].items...)
	}
	return out
}

func (w *World) readReports(reports []*report) {
	for _, r := range reports {
		if r != nil {
			w.reportsOf(r.Account).add(r)
		}
	}
}
